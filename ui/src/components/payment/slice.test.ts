import { expect, test } from "vitest";

import { sliceOf, topFor } from "./slice";

test.each([
  [0, 660, 1000, { from: 0, to: 18 }],
  [6600, 660, 1000, { from: 92, to: 118 }],
  [65_340, 660, 1000, { from: 982, to: 1000 }],
  [-40, 660, 1000, { from: 0, to: 18 }],
  [9999, 660, 3, { from: 3, to: 3 }],
  [0, 0, 0, { from: 0, to: 0 }],
])("from %i px, %i px of %i rows are %o", (top, height, count, expected) => {
  expect(sliceOf(top, height, 66, count)).toEqual(expected);
});

test("every row in sight is drawn, wherever one stands", () => {
  for (let top = 0; top < 66_000; top += 37) {
    const { from, to } = sliceOf(top, 601, 66, 1_000_000);
    expect(from * 66).toBeLessThanOrEqual(top);
    expect(to * 66).toBeGreaterThanOrEqual(top + 601);
    expect(to - from).toBeLessThan(30);
  }
});

test.each([
  ["above", 2, 660, 132],
  ["in sight", 12, 660, 660],
  ["below", 25, 660, 1056],
  ["the last in sight", 19, 660, 660],
])("a row that is %s is brought in by the shortest way", (_, index, top, expected) => {
  expect(topFor(index, top, 660, 66)).toBe(expected);
});
