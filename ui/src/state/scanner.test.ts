import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { attachScanner, Burst } from "./scanner";

function run(text: string, gap: number, end: "enter" | "pause"): string[] {
  const seen: string[] = [];
  const burst = new Burst({
    scanned: (code) => seen.push(`scan ${code}`),
    typed: (keys) => seen.push(`keys ${keys}`),
  });
  let at = 1000;
  for (const key of text) burst.key(key, (at += gap));
  if (end === "enter") seen.push(burst.enter(at + gap) ? "swallowed" : "passed");
  else burst.flush();
  return seen;
}

describe("a burst is told from typing by its speed and length", () => {
  test.each([
    ["5012345678900", 10, "enter", ["scan 5012345678900", "swallowed"]],
    ["5012345678900", 29, "pause", ["scan 5012345678900"]],
    ["123456", 10, "pause", ["scan 123456"]],
    ["12345", 10, "pause", ["keys 12345"]],
    ["12345", 10, "enter", ["keys 12345", "passed"]],
    ["123456", 30, "pause", ["keys 123456"]],
    ["123456", 49, "enter", ["keys 123456", "passed"]],
    ["1234", 50, "pause", ["keys 1", "keys 2", "keys 3", "keys 4"]],
  ] as const)("%s every %i ms then %s", (text, gap, end, expected) => {
    expect(run(text, gap, end)).toEqual(expected);
  });
});

test("a burst that stutters on a busy machine stays one burst", () => {
  const seen: string[] = [];
  const burst = new Burst({
    scanned: (code) => seen.push(`scan ${code}`),
    typed: (keys) => seen.push(`keys ${keys}`),
  });
  const at = [0, 10, 55, 60, 70, 80, 220, 230];
  at.forEach((time, index) => burst.key(String(index), time));
  expect(burst.enter(370)).toBe(true);
  expect(seen).toEqual(["scan 01234567"]);
});

describe("keys in the window", () => {
  let scans: string[];
  let keys: string[];
  let stop: () => void;

  beforeEach(() => {
    vi.useFakeTimers();
    scans = [];
    keys = [];
    stop = attachScanner({ onScan: (t) => scans.push(t), onKey: (k) => keys.push(k) });
  });

  afterEach(() => {
    stop();
    vi.useRealTimers();
    document.body.replaceChildren();
  });

  /** Presses keys as a browser does: a key that is not prevented lands in the field. */
  function press(field: HTMLElement, text: string, gap: number): void {
    for (const key of text) {
      vi.advanceTimersByTime(gap);
      const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
      Object.defineProperty(event, "timeStamp", { value: Date.now() });
      const lands = field.dispatchEvent(event);
      if (lands && field instanceof HTMLInputElement) field.value += key;
    }
  }

  function field(attributes: Record<string, string>): HTMLInputElement {
    const input = document.createElement("input");
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
    document.body.append(input);
    input.focus();
    return input;
  }

  test("a 13-digit burst never lands in a guarded field, not even its first key", () => {
    const input = field({ "data-burst": "guard", type: "text" });
    let most = "";
    input.addEventListener("input", () => (most = input.value));
    press(input, "5012345678900", 10);
    vi.advanceTimersByTime(200);
    expect({ value: input.value, most, scans }).toEqual({
      value: "",
      most: "",
      scans: ["5012345678900"],
    });
  });

  test("typing at a person's speed lands in a guarded field", () => {
    const input = field({ "data-burst": "guard", type: "text" });
    press(input, "1234567", 80);
    vi.advanceTimersByTime(200);
    expect([input.value, scans]).toEqual(["1234567", []]);
  });

  test("an ordinary text field keeps every key", () => {
    const input = field({ type: "text" });
    press(input, "5012345678900", 10);
    vi.advanceTimersByTime(200);
    expect([input.value, scans]).toEqual(["5012345678900", []]);
  });

  test("outside fields a burst is a scan and a single key is a shortcut", () => {
    press(document.body, "https://x/1?2", 5);
    vi.advanceTimersByTime(200);
    press(document.body, "/", 200);
    vi.advanceTimersByTime(200);
    expect([scans, keys]).toEqual([["https://x/1?2"], ["/"]]);
  });
});
