import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import App from "./App.svelte";
import { FakeDoor, fault, type Scene } from "./fixtures/fake";
import { useDoor } from "./host";
import { clock } from "./state/clock.svelte";
import { search } from "./state/search.svelte";
import { session } from "./state/session.svelte";

let door: FakeDoor;

function start(scene: Scene = {}, hash = "#/desk"): void {
  session.desk = null;
  session.fault = null;
  location.hash = hash;
  door = new FakeDoor(scene);
  useDoor(door);
  render(App);
}

const times = (name: string) => door.asked.filter((one) => one.name === name).length;

beforeEach(() => {
  search.text = "";
  search.filter = null;
});
afterEach(() => void vi.useRealTimers());

test("a till that is not set up shows the set-up", async () => {
  start({ desk: { person: null, first_run: true } });
  await screen.findByRole("heading", { name: "Set up this till" });
});

test("a person signs in with name and PIN and comes to the desk", async () => {
  start({ desk: { person: null } });
  await fireEvent.click(await screen.findByRole("button", { name: /Priya Shah/ }));
  await fireEvent.input(screen.getByLabelText("PIN"), { target: { value: "246810" } });
  await fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await screen.findByRole("heading", { name: "Payments" });
});

test("a wrong PIN is said at the field and the PIN is gone", async () => {
  start({ desk: { person: null } });
  await fireEvent.click(await screen.findByRole("button", { name: /Priya Shah/ }));
  const pin = screen.getByLabelText<HTMLInputElement>("PIN");
  await fireEvent.input(pin, { target: { value: "111111" } });
  await fireEvent.keyDown(pin, { key: "Enter" });
  expect((await screen.findByRole("alert")).textContent).toContain("That PIN does not fit.");
  expect(pin.value).toBe("");
});

test("training is marked on the sign-in and on every view", async () => {
  for (const hash of [
    "#/desk",
    "#/payment/p-1",
    "#/queue",
    "#/approvals",
    "#/signature/c-sign",
    "#/settings",
  ]) {
    start({}, hash);
    expect((await screen.findByTestId("training")).textContent).toContain("Training");
    document.body.replaceChildren();
  }
});

test("a call that needs a sign-in leads to the sign-in", async () => {
  start({ failing: { "payment.list": fault("sign_in_needed") } });
  await screen.findByRole("heading", { name: "Who is at the till?" });
});

test("an offline till says so in a banner that stays, and can go online again", async () => {
  start({ desk: { line: { mode: "on_purpose", detail: null, last_contact_at: null, breakers: [] } } });
  expect((await screen.findByTestId("line-banner")).textContent).toContain("Nothing is sent");
  expect(
    screen.getByRole("switch", { name: "Work offline on purpose" }).getAttribute("aria-checked"),
  ).toBe("true");
  await fireEvent.click(screen.getByRole("button", { name: "Go online" }));
  await waitFor(() => expect(screen.queryByTestId("line-banner")).toBeNull());
});

test("clocks that disagree are said as long as they do", async () => {
  for (const [code, words] of [
    ["set_back", "1 day behind"],
    ["set_forward", "1 day ahead"],
    ["provider_differs", "differ by 1 day"],
    ["ahead", "runs 1 day ahead"],
  ] as const) {
    start({ desk: { clock: { code, by_ms: 86_400_000 } } });
    expect((await screen.findByTestId("clock-banner")).textContent).toContain(words);
    document.body.replaceChildren();
  }
});

test("ages and countdowns go by the till's time, not by the screen's clock", async () => {
  const tomorrow = Date.now() + 86_400_000;
  start({ desk: { now: new Date(tomorrow).toISOString() } });
  await waitFor(() => expect(Math.abs(clock.now - tomorrow)).toBeLessThan(10_000));
  session.desk = null;
  start();
  await waitFor(() => expect(Math.abs(clock.now - Date.now())).toBeLessThan(10_000));
});

test("signing out says what is unsent", async () => {
  start();
  await fireEvent.click(await screen.findByRole("button", { name: "Switch person or sign out" }));
  expect((await screen.findByRole("dialog")).textContent).toContain(
    "2 changes are still waiting to be sent.",
  );
});

test("input is told to the backend at most every 30 seconds", async () => {
  start();
  await screen.findByRole("heading", { name: "Payments" });
  vi.useFakeTimers({ now: Date.now() + 60_000 });
  const before = times("session.touch");
  for (let i = 0; i < 20; i += 1) {
    await fireEvent.pointerDown(document.body);
    vi.advanceTimersByTime(2_000);
  }
  expect(times("session.touch") - before).toBe(2);
});

test("? opens the help with the shortcuts", async () => {
  start({}, "#/queue");
  await screen.findByRole("heading", { name: "Queue" });
  await fireEvent.keyDown(document.body, { key: "?" });
  await screen.findByRole("dialog", { name: "Help and shortcuts" });
});

test("Escape in a view leads back to the desk", async () => {
  start({}, "#/queue");
  await screen.findByRole("heading", { name: "Queue" });
  await fireEvent.keyDown(document.body, { key: "Escape" });
  await screen.findByRole("heading", { name: "Payments" });
});

test("a change that moved on is shown and said aloud", async () => {
  start({}, "#/queue");
  await screen.findByRole("heading", { name: "Change the invoice" });
  await door.call("change.drop", { change_id: "c-queued", evidence: null });
  await waitFor(() =>
    expect(screen.queryByRole("heading", { name: "Change the invoice" })).toBeNull(),
  );
});

test("the queue shows what needs a person first", async () => {
  start({}, "#/queue");
  await screen.findByRole("heading", { name: "Queue" });
  const states = () => [...document.querySelectorAll("article")].map((one) => one.dataset.state);
  await waitFor(() => expect(states().length).toBe(8));
  expect(states()).toEqual([
    "in_doubt",
    "conflict",
    "needs_customer",
    "awaiting_approval",
    "in_doubt",
    "in_doubt",
    "sending",
    "queued",
  ]);
});

test("a store that is open for reading only is said on every view, with the reason", async () => {
  start({ desk: { rescue: "counterfoil.db was made by a newer version" } });
  const banner = await screen.findByTestId("rescue-banner");
  expect(banner.textContent).toContain("made by a newer version");
});

test("a payment starts only at an account whose provider lets it", async () => {
  start();
  await fireEvent.click(await screen.findByRole("button", { name: "Start a payment" }));
  const choice = await screen.findByLabelText<HTMLSelectElement>("Account");
  await waitFor(() => expect(choice.options.length).toBe(3));
  expect([...choice.options].map((one) => one.text)).toEqual([
    "Choose an account",
    "Harbour Street",
    "Mill Lane",
  ]);
});
