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
  // Node hands over the package, a bundler its function.
  const read = "default" in jsQR ? /** @type {typeof jsQR} */ (jsQR.default) : jsQR;
  return read(pixels, picture.width, picture.height)?.data ?? null;
}
