import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, expect, test } from "vitest";

import { ANSWER, CHALLENGE } from "../../fixtures/remote";
import { change } from "../../fixtures/data";
import { FakeDoor, fault, type Scene } from "../../fixtures/fake";
import { useDoor } from "../../host";
import { becauseText } from "../../messages/words";
import { session } from "../../state/session.svelte";
import Approvals from "../../views/Approvals.svelte";
import Keys from "./Keys.svelte";
import { tidy } from "./text";

let door: FakeDoor;

async function open(scene: Scene = {}): Promise<void> {
  door = new FakeDoor(scene);
  useDoor(door);
  session.desk = null;
  await session.load();
  render(Approvals);
  await screen.findByRole("button", { name: "Answer a challenge" });
}

const dialog = () => within(screen.getByRole("dialog"));
const asked = (name: string) => door.asked.filter((one) => one.name === name).map((o) => o.args);

async function confirm(name: string | RegExp): Promise<void> {
  const button = await dialog().findByRole<HTMLButtonElement>("button", { name });
  await waitFor(() => expect(button.disabled).toBe(false));
  await fireEvent.click(button);
}

async function fill(label: string, value: string): Promise<void> {
  await fireEvent.input(dialog().getByLabelText(label), { target: { value } });
}

beforeEach(() => document.body.replaceChildren());

test("an approval that no longer holds says why it waits again", async () => {
  const explanation = "Waits for a second person anew: the approver has left.";
  const because = [{ code: "refund_over", words: "a refund above 50.00 needs a second person" }];
  await open({
    changes: [change({ state: "awaiting_approval", explanation, approval_because: because })],
  });
  await screen.findByText(explanation);
  await screen.findByText("A refund above 50.00 needs a second person.");
});

test("rules have own words for a known code, else the backend's sentence", () => {
  const say = (code: string) => becauseText({ code, words: "refunds above 5 need a second one." });
  expect(say("kind")).toBe("This kind of change always needs a second person here.");
  expect(say("new_code")).toBe("Refunds above 5 need a second one.");
});

test("this till shows a challenge once, with the code to compare, and takes the answer", async () => {
  await open();
  await fireEvent.click(await screen.findByRole("button", { name: "Ask another till" }));
  expect((await dialog().findByTestId("short-code")).textContent).toBe("K7QM-2XTA");
  expect(dialog().getByLabelText<HTMLTextAreaElement>("Challenge as text").value).toBe(CHALLENGE);
  expect(dialog().getByRole("img", { name: "QR code with the challenge" })).toBeTruthy();
  expect(asked("approval.challenge")).toEqual([{ change_id: "c-approve" }]);
  await confirm("Take the answer");
  expect((await screen.findByRole("alert")).textContent).toContain("Scan or paste the answer");
  await fill("Answer of the other till", ` ${ANSWER.slice(0, 9)}\n${ANSWER.slice(9)} `);
  await confirm("Take the answer");
  await screen.findByText("Nothing waits for approval");
  expect(asked("approval.accept")).toEqual([{ answer: ANSWER }]);
});

test("an answer that is refused is said, and nothing is approved", async () => {
  const refused = fault("approval_refused", "It was used before.");
  await open({ failing: { "approval.accept": refused } });
  await fireEvent.click(await screen.findByRole("button", { name: "Ask another till" }));
  await dialog().findByTestId("short-code");
  await fill("Answer of the other till", ANSWER);
  await confirm("Take the answer");
  expect((await screen.findByRole("alert")).textContent).toContain("It was used before.");
});

test("another till reads the challenge, names the approver first, and gives the answer", async () => {
  await open();
  await fireEvent.click(screen.getByRole("button", { name: "Answer a challenge" }));
  await fill("Challenge", "nonsense");
  await confirm("Read it");
  expect((await screen.findByRole("alert")).textContent).toContain("This is no challenge.");
  await fill("Challenge", CHALLENGE);
  await confirm("Read it");
  expect((await dialog().findByTestId("short-code")).textContent).toBe("K7QM-2XTA");
  expect(screen.getByRole("dialog").textContent).toContain("Noor Haddad asks at Workshop");
  expect(screen.getByRole("dialog").textContent).toContain("£42.00");
  await confirm("Agree: Refund £42.00");
  expect((await screen.findByRole("alert")).textContent).toContain("Choose the second person");
  await fireEvent.click(await dialog().findByRole("button", { name: /^Maren Lindqvist/ }));
  await fill("PIN of Maren Lindqvist", "864201");
  await confirm("Agree: Refund £42.00");
  const answer = await dialog().findByLabelText<HTMLTextAreaElement>("Answer as text");
  expect(answer.value).toBe(ANSWER);
  expect(asked("approval.answer")).toEqual([
    { challenge: CHALLENGE, staff_id: "s-3", pin: "864201" },
  ]);
  expect(session.desk?.person?.name, "the session does not switch").toBe("Priya Shah");
});

test("a closed keyring is said where somebody wanted to decide", async () => {
  await open({ failing: { "change.approve": fault("keyring_closed", "locked", { retry: true }) } });
  await fireEvent.click(await screen.findByRole("button", { name: "Approve" }));
  await fireEvent.click(await screen.findByRole("button", { name: /^Maren Lindqvist/ }));
  await fireEvent.input(screen.getByLabelText("PIN of Maren Lindqvist"), {
    target: { value: "864201" },
  });
  const button = screen.getByRole<HTMLButtonElement>("button", { name: /^Approve: / });
  await waitFor(() => expect(button.disabled).toBe(false));
  await fireEvent.click(button);
  expect((await screen.findByRole("alert")).textContent).toContain(
    "The keyring is away, so nobody can decide or set up.",
  );
});

test("keys of people of other tills are brought in, shown and removed", async () => {
  door = new FakeDoor();
  useDoor(door);
  render(Keys);
  await screen.findByText("7KQ2M-XTA4P-9ZDB3-WFH6C");
  await fireEvent.click(screen.getByRole("button", { name: "Bring in a key" }));
  await fill("Key", "CK1.abc\n");
  await confirm("Bring in key");
  await screen.findByText("Theo Marsh");
  expect(asked("approval.key_import")).toEqual([{ key: "CK1.abc" }]);
  await fireEvent.click(screen.getByRole("button", { name: "Remove the key of Theo Marsh" }));
  await confirm("Remove key");
  await waitFor(() => expect(screen.queryByText("Theo Marsh")).toBeNull());
  await fireEvent.click(screen.getByRole("button", { name: "Show a key" }));
  await waitFor(() => expect(dialog().getByLabelText("Whose key").children.length).toBe(5));
  await fireEvent.change(dialog().getByLabelText("Whose key"), { target: { value: "s-3" } });
  expect((await dialog().findByTestId("short-code")).textContent).toBe("4PB9Z-DWFH6-C7KQ2-MXTA3");
});

test("breaks and spaces of a chat are no part of a text", () => {
  expect(tidy(" CF1.ab\r\n cd\u00a0")).toBe("CF1.abcd");
});
