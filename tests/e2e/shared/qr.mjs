/** Reads a QR code the way a phone does: from the picture alone. */
import jsQR from "jsqr";
import { PNG } from "pngjs";

/**
 * What a picture of a QR code says; null when no code can be read in it.
 * @param {Buffer} png
 * @returns {string | null}
 */
export function readQr(png) {
  const picture = PNG.sync.read(png);
  const pixels = new Uint8ClampedArray(picture.data);
  // Both ways of importing the package are met: by Node itself and by a bundler.
  const read = /** @type {typeof jsQR.default} */ (jsQR.default ?? jsQR);
  return read(pixels, picture.width, picture.height)?.data ?? null;
}
