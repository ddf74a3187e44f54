/** Which rows of one height are in sight, and how far a row is from it. Pixels throughout. */

/** From the first up to, and without, the last. */
export interface Slice {
  readonly from: number;
  readonly to: number;
}

/** Rows drawn above and below those in sight, so that a quick hand meets no gap. */
const BESIDE = 8;

export function sliceOf(top: number, height: number, row: number, count: number): Slice {
  const first = Math.floor(Math.max(0, top) / row) - BESIDE;
  const last = Math.ceil((Math.max(0, top) + height) / row) + BESIDE;
  const to = Math.min(count, last);
  return { from: Math.min(Math.max(0, first), to), to };
}

/** Where to scroll to so that a row is wholly in sight, moving as little as possible. */
export function topFor(index: number, top: number, height: number, row: number): number {
  const start = index * row;
  if (start < top) return start;
  return start + row > top + height ? start + row - height : top;
}
