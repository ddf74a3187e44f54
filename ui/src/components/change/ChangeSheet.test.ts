import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test, vi } from "vitest";

import { change, payment } from "../../fixtures/data";
import type { Change } from "../../bindings/Change";
import { FakeDoor, fault, type Scene } from "../../fixtures/fake";
import { useDoor } from "../../host";
import ChangeSheet from "./ChangeSheet.svelte";
import type { AskKind } from "./form";

let door: FakeDoor;
const closed = vi.fn();

function open(kind: AskKind, scene: Scene = {}, changes: readonly Change[] = []): void {
  door = new FakeDoor(scene);
  useDoor(door);
  render(ChangeSheet, { kind, payment: payment(), changes, onclose: closed });
}

beforeEach(() => closed.mockClear());

const asked = (name: string) =>
  door.asked.filter((one) => one.name === name).map((one) => one.args);
const press = (name: string | RegExp) => fireEvent.click(screen.getByRole("button", { name }));

async function fill(label: string, value: string): Promise<void> {
  await fireEvent.input(screen.getByLabelText(label), { target: { value } });
}

async function confirm(name: string): Promise<void> {
  const button = await screen.findByRole("button", { name });
  await waitFor(() => expect(button.hasAttribute("disabled")).toBe(false));
  await fireEvent.click(button, { detail: 1 });
}

test("old, new and difference are shown while typing", async () => {
  open("adjust");
  await fill("New total", "300.00");
  const parts = within(screen.getByTestId("old-new-difference"));
  expect(parts.getAllByRole("definition").map((part) => part.textContent)).toEqual([
    "£350.00",
    "£300.00",
    "-£50.00",
  ]);
});

test("a change is previewed, then asked for exactly as previewed, once", async () => {
  open("adjust");
  await fill("New total", "30000");
  await press("Preview");
  expect((await screen.findByTestId("preview-digest")).textContent).toMatch(/^[0-9a-f]{64}$/);
  expect(asked("change.ask")).toEqual([]);
  await confirm("Adjust to £300.00");
  await screen.findByText("waiting to send");
  expect(asked("change.ask")).toEqual(asked("change.preview"));
  expect(asked("change.ask")).toHaveLength(1);
});

test("Enter in the amount asks for a preview and never for the change", async () => {
  open("adjust");
  await fill("New total", "30000");
  const form = screen.getByLabelText("New total").closest("form");
  await fireEvent.submit(form!);
  await screen.findByTestId("preview-digest");
  expect([asked("change.preview").length, asked("change.ask").length]).toEqual([1, 0]);
});

test("keeping the payment asks for nothing", async () => {
  open("refund");
  await press("Keep payment");
  expect([closed.mock.calls.length, asked("change.ask").length]).toEqual([1, 0]);
});

test("an ambiguous amount is asked about and nothing is previewed", async () => {
  open("adjust");
  await fill("New total", "1,234");
  await press("Preview");
  expect(screen.getByRole("alert").textContent).toContain("Which amount is meant?");
  expect(asked("change.preview")).toEqual([]);
  await press("Use £1,234.00");
  await press("Preview");
  await screen.findByTestId("preview-digest");
  expect(asked("change.preview")).toMatchObject([{ total: "1234.00" }]);
});

describe("faults", () => {
  test("a refusal is on top, takes focus, links to the field and says so of money", async () => {
    open("adjust", { failing: { "change.preview": fault("out_of_range") } });
    await fill("New total", "80.00");
    await press("Preview");
    const alert = await screen.findByRole("alert");
    expect(document.activeElement).toBe(alert);
    expect(alert.textContent).toContain("No money moved.");
    await fireEvent.click(within(alert).getByRole("link"));
    expect(document.activeElement).toBe(screen.getByLabelText("New total"));
  });

  test("a part that the provider does not take is told at the amount", async () => {
    const part = fault("not_allowed", "", { detail: { why: "part_not_offered" } });
    open("refund", { failing: { "change.preview": part } });
    await fireEvent.change(screen.getByLabelText("Reason"), { target: { value: "duplicate" } });
    await press("Preview");
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("only for the whole amount");
    await fireEvent.click(within(alert).getByRole("link"));
    expect(document.activeElement).toBe(screen.getByLabelText("Amount to return"));
  });

  test("with the keyring closed nothing can be shown, and asking goes on", async () => {
    open("adjust", { failing: { "change.preview": fault("keyring") } });
    await fill("New total", "300.00");
    await press("Preview");
    expect((await screen.findByRole("alert")).textContent).toContain("keyring");
    await confirm("Adjust to £300.00");
    await waitFor(() => expect(asked("change.ask")).toMatchObject([{ total: "300.00" }]));
  });

  test("no answer to the question says that it may have been stored", async () => {
    const gone = fault("unreachable", "", { money: "unknown", retry: true });
    open("adjust", { failing: { "change.ask": gone } });
    await fill("New total", "300.00");
    await press("Preview");
    await confirm("Adjust to £300.00");
    await screen.findByText(/may have been stored/);
    expect(screen.getByRole("alert").textContent).toContain("not known yet");
  });
});

test("a refund is approved on the spot by a named second person; the session stays", async () => {
  open("refund");
  await fill("Amount to return", "42.00");
  await fireEvent.change(screen.getByLabelText("Reason"), { target: { value: "goods_returned" } });
  await press("Preview");
  await confirm("Refund £42.00");
  await fireEvent.click(await screen.findByRole("button", { name: "Name an approver" }));
  await fireEvent.click(await screen.findByRole("button", { name: /Maren Lindqvist/ }));
  await fill("PIN of Maren Lindqvist", "864201");
  await confirm("Approve: Refund £42.00");
  await screen.findByText("waiting to send");
  expect(asked("change.approve")).toMatchObject([{ staff_id: "s-3", pin: "864201" }]);
  expect(asked("session.sign_in")).toEqual([]);
});

test("the requester cannot be named as the second person", async () => {
  open("refund", {
    desk: {
      person: {
        staff_id: "s-3",
        name: "Maren Lindqvist",
        role: "manager",
        may: [],
        pin_check: "full",
      },
    },
  });
  await fireEvent.change(screen.getByLabelText("Reason"), { target: { value: "duplicate" } });
  await press("Preview");
  await confirm("Refund £350.00");
  await fireEvent.click(await screen.findByRole("button", { name: "Name an approver" }));
  const own = await screen.findByRole("button", { name: /Maren Lindqvist/ });
  expect([own.hasAttribute("disabled"), own.textContent?.includes("asked for it")]).toEqual([
    true,
    true,
  ]);
});

describe("a waiting adjustment", () => {
  const waiting = [change({ change_id: "c-7" })];
  const label = /Replace the waiting adjustment/;

  test("stays beside a new one unless a person replaces it", async () => {
    open("adjust", {}, waiting);
    await fill("New total", "280.00");
    await press("Preview");
    await screen.findByTestId("preview-digest");
    expect(asked("change.preview")).toMatchObject([{ instead_of: null }]);
  });

  test("is replaced by choice, in the same question", async () => {
    open("adjust", {}, waiting);
    await fill("New total", "280.00");
    await fireEvent.click(screen.getByRole("checkbox", { name: label }));
    await screen.findByText(/ends here and is never sent/);
    await press("Preview");
    await screen.findByTestId("preview-digest");
    expect(asked("change.preview")).toMatchObject([{ instead_of: "c-7" }]);
  });

  test("is offered for adjustments only", () => {
    open("refund", {}, waiting);
    expect(screen.queryByRole("checkbox", { name: label })).toBeNull();
  });
});
