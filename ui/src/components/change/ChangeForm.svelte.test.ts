import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";

import { money, payment } from "../../fixtures/data";
import { FakeDoor } from "../../fixtures/fake";
import { FIELDS, may, type ProviderWord } from "../../fixtures/offers";
import { useDoor } from "../../host";
import ChangeForm from "./ChangeForm.svelte";
import { draftFor, FIELD } from "./draft";
import { formOf, type AskKind, type FormField, type PaymentKind } from "./form";

beforeEach(() => useDoor(new FakeDoor()));

/** Where each field is seen on the screen. */
const SEEN: Readonly<Record<FormField, string>> = {
  total: FIELD.amount,
  amount: FIELD.amount,
  at: FIELD.at,
  invoice: FIELD.invoice,
  reference: FIELD.reference,
  description: FIELD.description,
  metadata: FIELD.metadata,
  items: `${FIELD.lines}-0`,
  reason: FIELD.reason,
  note: FIELD.note,
  email: FIELD.email,
};

function show(kind: AskKind, provider: ProviderWord = "bumper", limits = {}): void {
  const allowed = kind === "start" ? [] : [may(provider, kind, limits)];
  const about = kind === "start" ? null : payment({ provider, allowed, metadata: { bay: "4" } });
  const form = formOf(kind, about);
  const draft = $state({ ...draftFor(form), currency: "GBP" });
  draft.items = [{ item: "Tyre", quantity: "1", price: "1.00" }];
  render(ChangeForm, { draft, form, accounts: [], problems: [] });
}

/** Ids of everything that can be filled in, rows of metadata aside. */
function filledIn(): string[] {
  const ids = [...document.querySelectorAll("input, select, textarea, legend[id]")]
    .map((one) => one.id)
    .filter((id) => id !== "" && !id.startsWith(`${FIELD.metadata}-`));
  return [...new Set(ids)].sort();
}

describe("a form shows exactly the fields of its row and no other", () => {
  const providers = Object.keys(FIELDS) as ProviderWord[];
  const kinds = Object.keys(FIELDS.bumper) as PaymentKind[];
  test.each(providers.flatMap((provider) => kinds.map((kind) => [provider, kind] as const)))(
    "%s, %s",
    (provider, kind) => {
      show(kind, provider);
      const expected = FIELDS[provider][kind].map((field) => SEEN[field]);
      expect(filledIn()).toEqual([...expected].sort());
      const money = screen.queryByTestId("old-new-difference") !== null;
      expect(money).toBe(["adjust", "refund", "capture"].includes(kind));
    },
  );

  test("a start", () => {
    show("start");
    const expected = ["account", "amount", "email", "invoice", "reference", "lines-0"];
    expect(filledIn()).toEqual(expected.map((name) => `change-${name}`).sort());
  });
});

test("the limits stand beside the amount and are read out with it", () => {
  show("adjust", "bumper", { least: money("60.00"), most: money("900.00") });
  expect(screen.getByText("Allowed: £60.00 to £900.00")).toBeTruthy();
  const described = screen.getByLabelText("New total").getAttribute("aria-describedby");
  expect(described).toContain("change-amount-limits");
});

test("a capture says what is released, and offers all of it again", async () => {
  show("capture", "moyasar", { most: money("350.00") });
  const field = screen.getByLabelText<HTMLInputElement>("Amount to capture");
  await fireEvent.input(field, { target: { value: "100.00" } });
  const parts = () =>
    within(screen.getByTestId("old-new-difference"))
      .getAllByRole("definition")
      .map((part) => part.textContent);
  expect(parts()).toEqual(["£350.00", "£250.00", "£100.00"]);
  await fireEvent.click(screen.getByRole("button", { name: "All of it: £350.00" }));
  expect(parts()).toEqual(["£350.00", "£0.00", "£350.00"]);
});

test("where only the whole is possible, it says so and no amount can be typed", () => {
  show("refund", "norce", { least: money("350.00"), most: money("350.00") });
  expect(screen.getByText("Only the whole amount is possible: £350.00.")).toBeTruthy();
  expect(screen.queryByLabelText("Amount to return")).toBeNull();
});

describe("metadata", () => {
  const values = () =>
    screen.getAllByLabelText<HTMLInputElement>(/^(Key|Value) \d+$/).map((one) => one.value);

  test("shows its limits, keeps known keys, and adds and removes rows", async () => {
    show("relabel", "moyasar");
    expect(screen.getByText(/Keys up to 40 characters, values up to 200\./).textContent).toContain(
      "1 of 30 keys.",
    );
    expect(screen.getByLabelText("Key 1").hasAttribute("readonly")).toBe(true);
    await fireEvent.click(screen.getByRole("button", { name: "Add a key" }));
    await fireEvent.input(screen.getByLabelText("Key 2"), { target: { value: "colour" } });
    await fireEvent.input(screen.getByLabelText("Value 2"), { target: { value: "red" } });
    expect(values()).toEqual(["bay", "4", "colour", "red"]);
    await fireEvent.click(screen.getByRole("button", { name: "Remove colour" }));
    expect(values()).toEqual(["bay", "4"]);
  });

  test("a key that is at the provider stays in sight when it is taken away, and comes back", async () => {
    show("relabel", "wepay");
    await fireEvent.click(screen.getByRole("button", { name: "Remove bay" }));
    expect(screen.getByLabelText("Value 1").hasAttribute("disabled")).toBe(true);
    await fireEvent.click(screen.getByRole("button", { name: "Keep bay" }));
    expect(screen.getByLabelText("Value 1").hasAttribute("disabled")).toBe(false);
  });
});

test("reasons that the owner added stand before the last of those every till knows", async () => {
  show("refund");
  await screen.findByRole("option", { name: "damaged in shop" });
  const options = screen.getAllByRole("option").map((one) => one.textContent.trim());
  expect(options.slice(-3)).toEqual(["damaged in shop", "loyalty", "Other"]);
});
