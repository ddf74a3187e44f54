import { fireEvent, render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";

import AmountField from "./AmountField.svelte";
import { EMPTY } from "./entry";

function field(decimals = 2, currency = "GBP"): HTMLInputElement {
  render(AmountField, { id: "a", label: "New total", entry: EMPTY, decimals, currency });
  return screen.getByLabelText<HTMLInputElement>("New total");
}

async function keys(input: HTMLInputElement, text: string): Promise<void> {
  for (const data of text) {
    const event = new InputEvent("beforeinput", {
      inputType: "insertText",
      data,
      bubbles: true,
      cancelable: true,
    });
    await fireEvent(input, event);
  }
}

test.each([
  [2, "GBP", "1250", "12.50"],
  [2, "GBP", "12.50", "12.50"],
  [0, "JPY", "500", "500"],
  [3, "KWD", "1234", "1.234"],
])("with %i decimals (%s) the keys %s show %s", async (decimals, currency, typed, expected) => {
  const input = field(decimals, currency);
  await keys(input, typed);
  expect(input.value).toBe(expected);
});

test("deleting takes back one key", async () => {
  const input = field();
  await keys(input, "1250");
  input.setSelectionRange(5, 5);
  const event = new InputEvent("beforeinput", {
    inputType: "deleteContentBackward",
    bubbles: true,
    cancelable: true,
  });
  await fireEvent(input, event);
  expect(input.value).toBe("1.25");
});

test("a marked amount is replaced by the next key", async () => {
  const input = field();
  await keys(input, "1250");
  input.setSelectionRange(0, input.value.length);
  await keys(input, "7");
  expect(input.value).toBe("0.07");
});

test("an amount that cannot be read is marked and explained at the field", async () => {
  const input = field();
  await fireEvent.input(input, { target: { value: "12,50" } });
  expect(input.getAttribute("aria-invalid")).toBe("true");
  expect(document.getElementById("a-help")?.textContent).toContain("Which amount is meant?");
  await fireEvent.click(screen.getByRole("button", { name: "Use £12.50" }));
  expect([input.value, input.getAttribute("aria-invalid")]).toEqual(["12.50", null]);
});

test("the field keeps scanner bursts out", () => {
  expect(field().dataset.burst).toBe("guard");
});
