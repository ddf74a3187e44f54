import { fireEvent, render, screen } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";

import { payment } from "../../fixtures/data";
import { may, mayNot } from "../../fixtures/offers";
import { OTHERS } from "../../fixtures/others";
import type { Payment } from "../../bindings/Payment";
import { t } from "../../messages";
import AllowedActions from "./AllowedActions.svelte";

const asked = vi.fn();

function show(subject: Payment): void {
  asked.mockClear();
  render(AllowedActions, { payment: subject, onask: asked });
}

const button = (name: string) => screen.getByRole("button", { name });

function other(id: string): Payment {
  const found = OTHERS.find((one) => one.payment_id === id);
  if (found === undefined) throw new Error(id);
  return found;
}

test("every row is shown, with the reason in the screen's own words", () => {
  show(other("w-unconfirmed"));
  const rows = screen.getAllByRole("listitem").map((row) => row.textContent?.trim());
  expect(rows).toHaveLength(6);
  expect(rows[0]).toContain(t.why.unconfirmed);
  expect(rows[4]).toContain(t.why.too_late);
  expect(document.body.textContent).not.toContain("the backend's words");
});

test("Moyasar's amount cannot be changed: a held one is captured for less", async () => {
  show(other("m-held"));
  expect(button("Adjust amount").hasAttribute("disabled")).toBe(true);
  expect(screen.getByText(/^Moyasar cannot change the amount\. Capture less/)).toBeTruthy();
  await fireEvent.click(button("Capture less instead"));
  expect(asked.mock.calls).toEqual([["capture"]]);
});

test("Moyasar's amount cannot be changed: a paid one is returned in part", async () => {
  show(other("m-paid"));
  await fireEvent.click(button("Refund a part instead"));
  expect(asked.mock.calls).toEqual([["refund"]]);
});

test("another way that is closed itself is told and not offered", () => {
  const allowed = [
    mayNot("moyasar", "adjust", "use_instead", "capture"),
    mayNot("moyasar", "capture", "too_late"),
  ];
  show(payment({ provider: "moyasar", allowed }));
  expect(screen.getByText(/Capture less than is held/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Capture less instead" })).toBeNull();
});

test("a pair without words of its own still says that there is another way", () => {
  const allowed = [
    mayNot("norce", "capture", "use_instead", "adjust"),
    may("norce", "adjust"),
  ];
  show(payment({ provider: "norce", allowed }));
  expect(screen.getByText(t.why.use_instead)).toBeTruthy();
});

test("texts are called invoice only where the invoice number is the only one", () => {
  show(payment());
  expect(button("Change invoice")).toBeTruthy();
  document.body.replaceChildren();
  show(other("m-held"));
  expect(button("Change texts")).toBeTruthy();
});
