import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, expect, test } from "vitest";

import { FakeDoor, type Scene } from "../../fixtures/fake";
import { useDoor } from "../../host";
import { session } from "../../state/session.svelte";
import StaffList from "./StaffList.svelte";

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
  render(StaffList);
  await screen.findByText("Maren Lindqvist");
}

const dialog = () => within(screen.getByRole("dialog"));
const asked = (name: string) => door.asked.filter((one) => one.name === name).map((o) => o.args);
const press = (name: string) => fireEvent.click(dialog().getByRole("button", { name }));
const change = (name: string) =>
  fireEvent.click(screen.getByRole("button", { name: `Change ${name}` }));

async function confirm(name: string): Promise<void> {
  const button = dialog().getByRole<HTMLButtonElement>("button", { name });
  await waitFor(() => expect(button.disabled).toBe(false));
  await fireEvent.click(button);
}

async function fill(label: string, value: string): Promise<void> {
  await fireEvent.input(dialog().getByLabelText(label), { target: { value } });
}

beforeEach(() => document.body.replaceChildren());

test("who has left stands behind a switch; locks and missing keys are said", async () => {
  await open();
  expect(screen.queryByText(/^Bartholomew/)).toBeNull();
  expect(document.querySelector('[data-staff="s-2"]')?.textContent).toContain("Locked for");
  expect(document.querySelector('[data-staff="s-1"]')?.textContent).toContain("no key yet");
  await fireEvent.click(screen.getByLabelText("Show those who have left"));
  expect(document.querySelector('[data-staff="s-6"]')?.textContent).toContain("left ");
});

test("a new name and a new role are two calls, and only for what differs", async () => {
  await open();
  await change("Tom Okafor");
  await confirm("Save");
  expect((await screen.findByRole("alert")).textContent).toContain("Nothing is different yet");
  await fill("Name", "Tom Okafor-Bell");
  await confirm("Save");
  await screen.findByText("Tom Okafor-Bell");
  expect(asked("staff.rename")).toEqual([{ staff: "s-2", name: "Tom Okafor-Bell" }]);
  expect(asked("staff.role")).toEqual([]);
  await change("Tom Okafor-Bell");
  await fireEvent.change(dialog().getByLabelText("Role"), { target: { value: "manager" } });
  await confirm("Save");
  await waitFor(() => expect(asked("staff.role")).toEqual([{ staff: "s-2", role: "manager" }]));
});

test("the last owner can neither leave nor lose the role, in words", async () => {
  await open();
  await change("Ellis Whitcombe");
  expect(dialog().queryByRole("button", { name: "Give a new PIN" })).toBeNull();
  await fireEvent.change(dialog().getByLabelText("Role"), { target: { value: "cashier" } });
  await confirm("Save");
  expect((await screen.findByRole("alert")).textContent).toContain("This is the last owner here.");
  await press("Has left");
  expect(screen.queryByRole("alert")).toBeNull();
  await confirm("Ellis Whitcombe has left");
  expect((await screen.findByRole("alert")).textContent).toContain(
    "Make somebody else an owner first.",
  );
});

test("an owner gives a new PIN, typed twice", async () => {
  await open();
  await change("Priya Shah");
  await press("Give a new PIN");
  await fill("PIN", "482915");
  await fill("PIN again", "482916");
  await confirm("Set the new PIN");
  expect((await screen.findByRole("alert")).textContent).toContain("The two PINs differ");
  expect(asked("staff.pin")).toEqual([]);
  await fill("PIN again", "482915");
  await confirm("Set the new PIN");
  await waitFor(() => expect(asked("staff.pin")).toEqual([{ staff: "s-1", pin: "482915" }]));
});

test("a person leaves and comes back with a new PIN", async () => {
  await open();
  await change("Priya Shah");
  await press("Has left");
  await confirm("Priya Shah has left");
  await waitFor(() => expect(screen.queryByText("Priya Shah")).toBeNull());
  await fireEvent.click(screen.getByLabelText("Show those who have left"));
  await fireEvent.click(await screen.findByRole("button", { name: "Priya Shah is back" }));
  await fill("PIN", "739164");
  await fill("PIN again", "739164");
  await confirm("Take back");
  await screen.findByRole("button", { name: "Change Priya Shah" });
  expect(asked("staff.return")).toEqual([{ staff: "s-1", pin: "739164" }]);
});

test("whoever is no owner looks at the list and changes nobody", async () => {
  await open({ desk: { person: { ...OWNER, may: ["read", "ask", "decide"] } } });
  expect(screen.queryByRole("button", { name: /^Change / })).toBeNull();
});
