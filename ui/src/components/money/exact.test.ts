import { describe, expect, test } from "vitest";

import { decimalsOf, decimalsOfCurrency, difference, minorOfText, textOfMinor } from "./exact";

const money = (text: string, currency = "GBP") => ({
  text,
  currency,
  minor: text.replace(".", ""),
});

describe("minor units and text", () => {
  test.each([
    [1250n, 2, "12.50"],
    [5n, 2, "0.05"],
    [0n, 2, "0.00"],
    [-4200n, 2, "-42.00"],
    [-5n, 3, "-0.005"],
    [500n, 0, "500"],
    [9007199254740993n, 2, "90071992547409.93"],
  ])("%s with %i decimals is %s and back", (minor, decimals, text) => {
    expect(textOfMinor(minor, decimals)).toBe(text);
    expect(minorOfText(text, decimals)).toBe(minor);
  });

  test.each([
    ["12.5", 2],
    ["12", 2],
    ["12.505", 2],
    ["", 2],
    ["1e2", 0],
  ])("%s does not fit %i decimals", (text, decimals) => {
    expect(minorOfText(text, decimals)).toBeNull();
  });
});

describe("differences are exact", () => {
  test.each([
    ["350.00", "300.00", "-50.00"],
    ["300.00", "350.00", "50.00"],
    ["0.10", "0.30", "0.20"],
    ["90071992547409.93", "90071992547409.94", "0.01"],
  ])("from %s to %s is %s", (from, to, expected) => {
    expect(difference(money(from), money(to)).text).toBe(expected);
  });
});

test("decimals come from the backend's text, or from the currency for a new payment", () => {
  expect([decimalsOf(money("500", "JPY")), decimalsOf(money("1.234", "KWD"))]).toEqual([0, 3]);
  expect(["GBP", "JPY", "KWD", "??"].map(decimalsOfCurrency)).toEqual([2, 0, 3, 2]);
});
