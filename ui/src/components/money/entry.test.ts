import { describe, expect, test } from "vitest";

import { EMPTY, erase, exactly, fill, paste, read, shown, type, type Entry } from "./entry";

const entryOf = (keys: string, decimals: number): Entry => type(EMPTY, keys, decimals);

function outcome(entry: Entry, decimals: number): string {
  const reading = read(entry, decimals);
  if (reading.kind === "refused") return [reading.why, ...reading.options].join(" | ");
  return reading.kind === "empty" ? "empty" : reading.text;
}

describe("typed digits are minor units", () => {
  test.each([
    ["1250", 2, "12.50"],
    ["5", 2, "0.05"],
    ["0", 2, "0.00"],
    ["0007", 2, "0.07"],
    ["500", 0, "500"],
    ["1234", 3, "1.234"],
    ["", 2, "empty"],
    ["999999999999999", 2, "9999999999.99"],
  ])("%s with %i decimals is %s", (keys, decimals, expected) => {
    expect(outcome(entryOf(keys, decimals), decimals)).toBe(expected);
  });
});

describe("typed decimal text is read as written", () => {
  test.each([
    ["12.50", 2, "12.50"],
    ["0.05", 2, "0.05"],
    [".50", 2, "0.50"],
    ["1.234", 3, "1.234"],
    ["350.00", 2, "350.00"],
    ["007.00", 2, "7.00"],
  ])("%s with %i decimals is %s", (keys, decimals, expected) => {
    expect(outcome(entryOf(keys, decimals), decimals)).toBe(expected);
  });
});

describe("ambiguous or wrong text is refused with its readings, never guessed", () => {
  test.each([
    ["12,50", 2, "comma | 12.50"],
    ["1,234", 2, "comma | 1234.00"],
    ["1,234", 3, "comma | 1234.000 | 1.234"],
    ["1,234", 0, "comma | 1234"],
    ["1,234.50", 2, "comma | 1234.50"],
    ["1.234,50", 2, "comma | 1234.50"],
    ["1,2,3", 2, "comma"],
    ["1.5", 2, "too_few | 1.50"],
    ["12.", 2, "too_few | 12.00"],
    ["1.234", 2, "too_many | 1234.00"],
    ["1.2345", 3, "too_many"],
    ["1.234.567", 2, "too_many | 1234567.00"],
    ["500.00", 0, "too_many"],
    ["500.", 0, "too_many"],
    ["-5.00", 2, "characters"],
    ["1e3", 2, "characters"],
    ["£5.00", 2, "characters"],
    ["12 50", 2, "characters"],
    ["1234567890123.00", 2, "too_long"],
  ])("pasted %s with %i decimals: %s", (text, decimals, expected) => {
    expect(outcome(paste(text), decimals)).toBe(expected);
  });

  test("pasted bare digits could be major or minor units", () => {
    expect(outcome(paste("250"), 2)).toBe("whole | 250.00 | 2.50");
    expect(outcome(paste("500"), 0)).toBe("500");
  });

  test("digits of other scripts are refused", () => {
    expect(outcome(paste("١٢.٥٠"), 2)).toBe("characters");
  });
});

describe("keys", () => {
  test("the field shows every key at once", () => {
    const seen = ["1", "12", "125", "1250"].map((keys) => shown(entryOf(keys, 2), 2));
    expect(seen).toEqual(["0.01", "0.12", "1.25", "12.50"]);
  });

  test("00 adds two digits", () => {
    expect(shown(type(entryOf("12", 2), "00", 2), 2)).toBe("12.00");
  });

  test("erasing takes the last key back and ends empty", () => {
    expect(shown(erase(entryOf("1250", 2)), 2)).toBe("1.25");
    expect(erase(entryOf("1", 2))).toEqual(EMPTY);
    expect(erase(paste("5"))).toEqual(EMPTY);
    expect(erase(EMPTY)).toEqual(EMPTY);
  });

  test("a chosen reading becomes the amount", () => {
    expect(outcome(exactly("1234.00"), 2)).toBe("1234.00");
    expect(outcome(exactly("0.05"), 2)).toBe("0.05");
  });

  test("text filled in by a program is read like typed keys", () => {
    expect(outcome(fill("350.00", 2), 2)).toBe("350.00");
    expect(outcome(fill("35000", 2), 2)).toBe("350.00");
  });
});
