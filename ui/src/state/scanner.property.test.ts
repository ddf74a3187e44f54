import { expect, test } from "vitest";

import { BURST_LEAST, Burst } from "./scanner";

/** Chance that repeats itself: a linear congruential generator (Numerical Recipes). */
function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const KEYS = ["0", "9", "a", "Z", "-", "/", " ", "é", "😀", "\u202e", '"', "&", "<"];
const GAPS = [0, 1, 10, 29, 30, 49, 50, 149, 150, 1000, -5, -1000];

test("with any keys at any times each key comes out once, in order, and a scan is no short run", () => {
  for (let seed = 0; seed < 2_000; seed += 1) {
    const below = dice(seed);
    const out: string[] = [];
    const burst = new Burst({
      scanned: (text) => {
        expect(text.length, `seed ${seed}`).toBeGreaterThanOrEqual(BURST_LEAST);
        out.push(text);
      },
      typed: (text) => out.push(text),
    });
    let pressed = "";
    let at = below(1_000);
    for (let step = below(60); step > 0; step -= 1) {
      at += GAPS[below(GAPS.length)] ?? 0;
      const act = below(10);
      if (act === 0) burst.enter(at);
      else if (act === 1) burst.flush();
      else {
        const key = KEYS[below(KEYS.length)] ?? "";
        pressed += key;
        burst.key(key, at);
      }
    }
    burst.flush();
    expect(burst.holding).toBe(false);
    expect(out.join(""), `seed ${seed}`).toBe(pressed);
  }
});
