/** Draws a QR code as one path: no markup from outside, no inline style. */

/** White margin the standard asks for, in modules. */
export const QUIET = 4;

export interface Drawing {
  /** Side of the square with its margin, in modules. */
  readonly side: number;
  /** Path data: one run of dark modules a step. */
  readonly path: string;
}

/** Null for rows that are not a square of `0` and `1`: a wrong code is worse than none. */
export function drawQr(rows: readonly string[]): Drawing | null {
  const size = rows.length;
  if (size === 0 || rows.some((row) => row.length !== size || /[^01]/.test(row))) return null;
  const path = rows.map((row, y) => runsOf(row, y)).join("");
  return { side: size + 2 * QUIET, path };
}

function runsOf(row: string, y: number): string {
  return [...row.matchAll(/1+/g)]
    .map((run) => `M${run.index + QUIET} ${y + QUIET}h${run[0].length}v1h-${run[0].length}z`)
    .join("");
}
