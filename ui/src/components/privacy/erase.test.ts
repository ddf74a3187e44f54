import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test } from "vitest";

import { FakeDoor } from "../../fixtures/fake";
import { useDoor } from "../../host";
import EraseSheet from "./EraseSheet.svelte";

let door: FakeDoor;
let done = 0;
const asked = () =>
  door.asked.filter(({ name }) => name.startsWith("privacy.")).map(({ args }) => args);
const press = (name: string) => fireEvent.click(screen.getByRole("button", { name }));

async function confirm(): Promise<void> {
  const button = screen.getByRole<HTMLButtonElement>("button", { name: "Erase for good" });
  await waitFor(() => expect(button.disabled).toBe(false));
  await fireEvent.click(button);
}

async function open(of: { payment: string } | { staff: string }): Promise<void> {
  done = 0;
  door = new FakeDoor({});
  useDoor(door);
  render(EraseSheet, { of, name: "INV-1", ondone: () => (done += 1), onclose: () => {} });
  await press("Show what would go");
  expect((await screen.findByRole("alert")).textContent).toContain("Choose why it is erased");
  expect(asked()).toEqual([]);
  await fireEvent.change(screen.getByLabelText("Why"), { target: { value: "law" } });
  await press("Show what would go");
  await screen.findByText("This would go");
}

const type = (value: string) =>
  fireEvent.input(screen.getByLabelText("Confirming word"), { target: { value } });

beforeEach(() => document.body.replaceChildren());

test("what would go is shown first; another word erases nothing; the word erases", async () => {
  await open({ payment: "p-1" });
  const ask = { payment: "p-1", reason: "law" };
  expect(screen.getByText("Texts of the payment").nextElementSibling?.textContent).toBe("6");
  await type("k7m2pq");
  await confirm();
  expect((await screen.findByRole("alert")).textContent).toContain("The word is k7m2px");
  expect(asked()).toEqual([{ ...ask, confirm: null }]);
  expect(done).toBe(0);
  await type(" k7m2px ");
  await confirm();
  await screen.findByText("This was erased");
  expect(asked()[1]).toEqual({ ...ask, confirm: "k7m2px" });
  expect(screen.getByText("before-schema-7.db")).toBeTruthy();
  expect(screen.getByText(/the till clears them by itself/)).toBeTruthy();
  expect(screen.queryByLabelText("Confirming word")).toBeNull();
  expect(done).toBe(1);
});

test("a person's name goes the same way, and what stands in its place is said", async () => {
  await open({ staff: "s-6" });
  expect(screen.getByText(/former staff 6/)).toBeTruthy();
  await type("k7m2px");
  await confirm();
  await screen.findByText("This was erased");
  expect(asked()[1]).toEqual({ staff: "s-6", reason: "law", confirm: "k7m2px" });
});
