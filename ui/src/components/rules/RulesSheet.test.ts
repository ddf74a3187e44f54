import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, expect, test } from "vitest";

import { FakeDoor, fault, type Scene } from "../../fixtures/fake";
import { useDoor } from "../../host";
import { session } from "../../state/session.svelte";
import Settings from "../../views/Settings.svelte";

let door: FakeDoor;
const OWNER = {
  staff_id: "s-4",
  name: "Ellis Whitcombe",
  role: "owner",
  may: ["read", "ask", "refund_alone", "decide", "set_up"],
  pin_check: "full",
};

async function open(scene: Scene = {}): Promise<void> {
  door = new FakeDoor({ desk: { person: OWNER }, ...scene });
  useDoor(door);
  session.desk = null;
  await session.load();
  render(Settings);
  await screen.findByRole("heading", { name: "Rules" });
}

const written = () =>
  door.asked.filter(({ name }) => name === "settings.set").map(({ args }) => args);
const press = (name: string | RegExp) =>
  fireEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name }));

async function edit(): Promise<void> {
  const opener = screen.getByRole<HTMLButtonElement>("button", { name: "Change the rules" });
  await waitFor(() => expect(opener.disabled).toBe(false));
  await fireEvent.click(opener);
}

async function choose(label: string, value: string): Promise<void> {
  await fireEvent.change(screen.getByLabelText(label), { target: { value } });
}

async function fill(label: string, value: string): Promise<void> {
  await fireEvent.input(screen.getByLabelText(label), { target: { value } });
}

async function save(name: RegExp): Promise<void> {
  await press("See what changes");
  const button = screen.getByRole<HTMLButtonElement>("button", { name });
  await waitFor(() => expect(button.disabled).toBe(false));
  await fireEvent.click(button);
}

beforeEach(() => document.body.replaceChildren());

test("rules are sentences and words; no raw key of theirs is on the page", async () => {
  await open();
  await screen.findByText("Every refund needs a second person.");
  await screen.findByText("A refund above 500.00 needs a second person.");
  expect(document.body.textContent).not.toMatch(/(permission|approval|offline|reasons|lock)\.[a-z]/);
  expect(screen.getByText("retry.base_ms")).toBeTruthy();
});

test("what changes is shown first; nothing is written before it is saved", async () => {
  await open();
  await edit();
  await choose("Refund, cashier", "denied");
  await fill("One refund above, manager", "");
  await press("See what changes");
  const list = screen.getByRole("dialog").textContent;
  expect(list).toContain("Refund, cashier");
  expect(list).toContain("Not allowed");
  expect(written()).toEqual([]);
  await press("Back to the rules");
  await save(/^Save 2 changes$/);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(written()).toEqual([
    { key: "permission.cashier.refund", value: "denied" },
    { key: "approval.refund_over.manager", value: "never" },
  ]);
});

test("a refused value stops there, is marked at its field, and says what was saved before", async () => {
  await open();
  await edit();
  await choose("Void, manager", "approval");
  await fill("One refund above, cashier", "");
  await save(/^Save 2 changes$/);
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("One refund above, cashier takes something else.");
  expect(alert.textContent).not.toContain("approval.refund_over");
  expect(screen.getByText(/^1 of 2 were saved/)).toBeTruthy();
  expect(screen.getByLabelText("One refund above, cashier").getAttribute("aria-invalid")).toBe(
    "true",
  );
  await fill("One refund above, cashier", "20.00");
  await save(/^Save 1 change$/);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("whoever does not set up reads the rules and changes none", async () => {
  await open({ desk: { person: { ...OWNER, role: "manager", may: ["read", "ask", "decide"] } } });
  await screen.findByText("Every refund needs a second person.");
  for (const name of ["Change the rules", "Add a person", "Bring in a key"]) {
    expect(screen.queryByRole("button", { name })).toBeNull();
  }
});

test("rules that cannot be read are said, with a way to try again", async () => {
  await open({ failing: { "settings.list": fault("store", "locked", { retry: true }) } });
  expect((await screen.findByRole("alert")).textContent).toContain("store cannot be read");
});
