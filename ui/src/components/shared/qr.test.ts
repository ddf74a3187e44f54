import { expect, test } from "vitest";

import { drawQr, QUIET } from "./qr";

/** Fills a grid from the path again, the way a browser would. */
function modulesOf(path: string, side: number): string[] {
  const grid = Array.from({ length: side }, () => Array<string>(side).fill("0"));
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let i = 0; i < Number(length); i += 1) grid[Number(y)]![Number(x) + i] = "1";
  }
  return grid.map((row) => row.join(""));
}

test("every module is drawn where it stands, inside a white margin", () => {
  const rows = ["1011", "0000", "1111", "0110"];
  const drawing = drawQr(rows);
  expect(drawing?.side).toBe(4 + 2 * QUIET);
  const grid = modulesOf(drawing?.path ?? "", drawing?.side ?? 0);
  const inner = grid.slice(QUIET, -QUIET).map((row) => row.slice(QUIET, -QUIET));
  expect(inner).toEqual(rows);
  expect(grid.join("").replace(/0/g, "").length).toBe(9);
});

test.each([[[]], [["10"]], [["10", "1"]], [["10", "1x"]]])("%j is no code", (rows) => {
  expect(drawQr(rows)).toBeNull();
});
