import { render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";

import { attempt, payment } from "../../fixtures/data";
import { OTHERS } from "../../fixtures/others";
import { moment } from "../../messages/format";
import Attempts from "../change/Attempts.svelte";
import PaymentSlip from "./PaymentSlip.svelte";

function facts(): Record<string, string> {
  const terms = screen.getAllByRole("term").map((one) => one.textContent?.trim() ?? "");
  const texts = screen.getAllByRole("definition").map((one) => one.textContent?.trim() ?? "");
  return Object.fromEntries(terms.map((term, at) => [term, texts[at] ?? ""]));
}

test("what only some providers tell is shown where it is told", () => {
  const held = OTHERS.find((one) => one.payment_id === "w-held")!;
  render(PaymentSlip, { payment: { ...held, description: "Brakes" } });
  expect(facts()).toMatchObject({
    Provider: "WePay",
    "Made on": moment(held.made_at ?? ""),
    Description: "Brakes",
    Metadata: "bay 4work_order 5512",
  });
  const due = screen.getByText(/^To be captured on/).textContent;
  expect(due).toContain(moment(held.capture_at ?? ""));
  expect(screen.queryByText(/^Captured:/)).toBeNull();
  expect(screen.getByText("authorised")).toBeTruthy();
});

test("what was captured is shown, and when", () => {
  const paid = OTHERS.find((one) => one.payment_id === "w-paid")!;
  const capture_at = "2026-01-02T10:00:00Z";
  render(PaymentSlip, { payment: { ...paid, capture_at } });
  expect(screen.getByText(/^Captured:/).textContent).toBe("Captured: US$312.40");
  expect(screen.getByText(/^Captured on/).textContent).toContain(moment(capture_at));
});

test("what a provider does not tell has no line", () => {
  render(PaymentSlip, { payment: payment() });
  expect(Object.keys(facts())).not.toContain("Made on");
  expect(screen.queryByText(/^Captured/)).toBeNull();
});

test("an attempt shows the provider's own name for it, where there is one", () => {
  const attempts = [attempt({ outcome: "accepted", correlation_id: "corr-7" })];
  render(Attempts, { attempts });
  expect(screen.getByText("corr-7")).toBeTruthy();
  expect(screen.getByText(/accepted: the provider is still working on it/)).toBeTruthy();
});
