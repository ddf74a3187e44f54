import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, expect, test } from "vitest";

import App from "../../App.svelte";
import { FakeDoor, type Scene } from "../../fixtures/fake";
import { useDoor } from "../../host";
import { session } from "../../state/session.svelte";

let door: FakeDoor;
const SHORT = {
  staff_id: "s-4",
  name: "Ellis Whitcombe",
  role: "owner",
  may: ["read", "ask"],
  pin_check: "short",
};
const CLOSED = {
  mode: "keyring_closed",
  detail: "locked",
  last_contact_at: null,
  breakers: [],
} as const;

async function start(scene: Scene = {}, hash = "#/desk"): Promise<void> {
  session.desk = null;
  session.fault = null;
  location.hash = hash;
  door = new FakeDoor(scene);
  useDoor(door);
  render(App);
  await screen.findByRole("heading", { level: 1 });
}

/** The first is the page's own; a sheet has a header of its own. */
const bar = () => screen.getAllByRole("banner")[0] ?? document.body;
const dialog = () => within(screen.getByRole("dialog"));
const asked = (name: string) => door.asked.filter((one) => one.name === name).map((o) => o.args);

async function confirm(name: string): Promise<void> {
  const button = dialog().getByRole<HTMLButtonElement>("button", { name });
  await waitFor(() => expect(button.disabled).toBe(false));
  await fireEvent.click(button);
}

async function fill(label: string, value: string): Promise<void> {
  await fireEvent.input(dialog().getByLabelText(label), { target: { value } });
}

const openSheet = async () =>
  fireEvent.click(await screen.findByRole("button", { name: "Switch person or sign out" }));

beforeEach(() => document.body.replaceChildren());

test("somebody else takes over in one step, on the same view, after reading what is unsent", async () => {
  await start({}, "#/queue");
  await openSheet();
  expect(screen.getByRole("dialog").textContent).toContain(
    "2 changes are still waiting to be sent.",
  );
  expect(screen.getByRole("dialog").textContent).toContain("Nothing is lost");
  expect(dialog().queryByRole("button", { name: /^Priya Shah/ })).toBeNull();
  await fireEvent.click(await dialog().findByRole("button", { name: /^Maren Lindqvist/ }));
  await fill("PIN of Maren Lindqvist", "864201");
  await confirm("Take over");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(within(bar()).getByText("Maren Lindqvist")).toBeTruthy();
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Queue");
  expect(asked("session.sign_out")).toEqual([]);
});

test("with a wrong PIN the one who sits there stays, and the PIN is gone", async () => {
  await start();
  await openSheet();
  await fireEvent.click(await dialog().findByRole("button", { name: /^Maren Lindqvist/ }));
  await fill("PIN of Maren Lindqvist", "111111");
  await confirm("Take over");
  expect((await screen.findByRole("alert")).textContent).toContain("That PIN does not fit.");
  expect(dialog().getByLabelText<HTMLInputElement>("PIN of Maren Lindqvist").value).toBe("");
  expect(within(bar()).getByText("Priya Shah")).toBeTruthy();
});

test("g p opens the switch", async () => {
  await start();
  await screen.findByRole("heading", { name: "Payments" });
  await fireEvent.keyDown(document.body, { key: "g" });
  await fireEvent.keyDown(document.body, { key: "p" });
  await screen.findByRole("dialog", { name: "Switch person or sign out" });
});

test("everybody changes their own PIN, giving the present one", async () => {
  await start();
  await openSheet();
  await fireEvent.click(await dialog().findByRole("button", { name: "Change your PIN" }));
  await confirm("Change PIN");
  expect((await screen.findByRole("alert")).textContent).toContain("Type your present PIN");
  await fill("Present PIN", "000000");
  await fill("New PIN", "482915");
  await fill("PIN again", "482915");
  await confirm("Change PIN");
  await waitFor(() =>
    expect(screen.getByRole("alert").textContent).toContain("That PIN does not fit."),
  );
  await fill("Present PIN", "246810");
  await confirm("Change PIN");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(asked("session.pin").at(-1)).toEqual({ pin: "246810", new_pin: "482915" });
});

test("whoever was let in without the keyring reads that they may ask, not decide", async () => {
  await start({ desk: { person: SHORT } });
  const banner = await screen.findByTestId("short-check-banner");
  expect(banner.textContent).toContain("you may ask, not decide");
  await fireEvent.click(within(banner).getByRole("button", { name: "Give the PIN" }));
  await dialog().findByLabelText("PIN of Ellis Whitcombe");
  await fill("PIN of Ellis Whitcombe", "975310");
  await confirm("Take over");
  await waitFor(() => expect(screen.queryByTestId("short-check-banner")).toBeNull());
});

test("an owner makes the keyring's part anew; others are not offered it", async () => {
  await start({ desk: { person: { ...SHORT, role: "manager" } } });
  await screen.findByTestId("short-check-banner");
  expect(screen.queryByRole("button", { name: "The keyring is lost" })).toBeNull();
  document.body.replaceChildren();
  await start({ desk: { person: SHORT } });
  await fireEvent.click(await screen.findByRole("button", { name: "The keyring is lost" }));
  expect(screen.getByRole("dialog").textContent).toContain("Everybody else needs a new PIN");
  await fill("Present PIN", "975310");
  await fill("New PIN", "482915");
  await fill("PIN again", "482915");
  await confirm("Make it anew");
  await waitFor(() => expect(screen.queryByTestId("short-check-banner")).toBeNull());
  expect(asked("till.new_pepper")).toEqual([{ pin: "975310", new_pin: "482915" }]);
});

test("the sign-in and the second person say when the keyring is closed", async () => {
  await start({ desk: { person: null, line: { ...CLOSED, breakers: [] } } });
  await screen.findByText(/You can sign in and ask for changes; deciding waits/);
  document.body.replaceChildren();
  await start({ desk: { line: { ...CLOSED, breakers: [] } } }, "#/approvals");
  await fireEvent.click(await screen.findByRole("button", { name: "Approve" }));
  await screen.findByText(/nobody can decide until it is unlocked/);
});
