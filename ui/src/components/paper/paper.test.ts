import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";

import { fault, FakeDoor, type Scene } from "../../fixtures/fake";
import { projectFile } from "../../fixtures/files";
import { paper } from "../../fixtures/papers";
import { useDoor } from "../../host";
import { t } from "../../messages";
import { session } from "../../state/session.svelte";
import Day from "../../views/Day.svelte";
import PaperView from "./PaperView.svelte";
import { readPaper } from "./read";
import SlipButton from "./SlipButton.svelte";

let door: FakeDoor;
const person = (role: string, may: string[]) => ({
  staff_id: "s-4",
  name: "Ellis Whitcombe",
  role,
  may,
  pin_check: "full",
});
const OWNER = { person: person("owner", ["read", "ask", "decide", "set_up"]) };

async function sit(scene: Scene): Promise<void> {
  door = new FakeDoor(scene);
  useDoor(door);
  session.desk = null;
  await session.load();
}

const asked = (name: string) => door.asked.filter((one) => one.name === name).map((o) => o.args);
const press = (name: string) => fireEvent.click(screen.getByRole("button", { name }));
const outcome = () => document.querySelector("[data-outcome]");

async function slip(scene: Scene = {}): Promise<void> {
  await sit({ desk: OWNER, ...scene });
  render(SlipButton, { change: "c-1", label: "none" });
  await press("Slip");
  await screen.findByRole("dialog");
}

beforeEach(() => document.body.replaceChildren());

test("a paper is read as texts: markup in a name stays a text", () => {
  const parts = readPaper(paper("Refund").html_80mm);
  expect(parts.map(({ is }) => is)).toEqual(
    "mark mark title banner text lines heading table lines code mark mark".split(" "),
  );
  expect(parts).toContainEqual(expect.objectContaining({ is: "code", text: "CF:c-1", side: 33 }));
  render(PaperView, { paper: paper("Refund"), sheet: false });
  expect(screen.getByText("Priya <b>Shah</b>")).toBeTruthy();
  expect(document.querySelector(".paper b")).toBeNull();
});

test("a drawing that is no code of ours, and elements not known, do not come in", () => {
  const html =
    '<article class="paper"><script>alert(1)</script><p class="other">x</p>' +
    '<figure class="paper-code"><svg viewBox="0 0 9 9"><path d="M0 0L9 9"/></svg>' +
    '<figcaption class="paper-content">CF:x</figcaption></figure></article>';
  expect(readPaper(html)).toEqual([{ is: "code", text: "CF:x", side: 0, path: "" }]);
});

test("what is no paper is shown as its plain lines", () => {
  const plain = { title: "x", plain: "Refund <i>1</i>", html_80mm: "<p>no", html_a4: "" };
  render(PaperView, { paper: plain, sheet: false });
  expect(screen.getByText("Refund <i>1</i>").tagName).toBe("PRE");
});

test("the window prints the numbered paper, and what came out is not claimed", async () => {
  window.print = () => {};
  const print = vi.spyOn(window, "print");
  await slip();
  expect(screen.getAllByText(/ON SCREEN/).length).toBe(2);
  await press("Print");
  await waitFor(() => expect(print).toHaveBeenCalledOnce());
  expect(asked("slip.print")).toEqual([{ change_id: "c-1", way: "screen" }]);
  expect(screen.queryByText(/ON SCREEN/)).toBeNull();
  expect(screen.getAllByText(/TRAINING/).length).toBe(2);
  expect(outcome()?.textContent).toContain("May have printed. Print no. 1, copy 1.");
});

test("a second print is a copy", async () => {
  await slip();
  await press("Print on the slip printer");
  await waitFor(() => expect(outcome()?.textContent).toContain("Printed. Print no. 1, copy 1."));
  await press("Print on the slip printer");
  await waitFor(() => expect(outcome()?.textContent).toContain("copy 2"));
});

test.each([
  ["true", "May have printed"],
  ["false", "Not printed"],
])("a printer that failed with may_have_printed %s: %s", async (may_have_printed, words) => {
  const broken = fault("printer", "It broke off.", { detail: { may_have_printed } });
  await slip({ failing: { "slip.print": broken } });
  await press("Print on the slip printer");
  expect((await screen.findByRole("alert")).textContent).toContain("It broke off.");
  expect(outcome()?.textContent).toContain(words);
});

test("an auditor reads a slip and prints none", async () => {
  await slip({ desk: { person: person("auditor", ["read"]) } });
  expect(screen.queryByRole("button", { name: /^Print/ })).toBeNull();
});

test("a period is closed in two steps; its Z report is shown, and can be again", async () => {
  await sit({ desk: OWNER });
  render(Day);
  await press("Close the period…");
  expect(asked("report.z")).toEqual([]);
  const sheet = within(screen.getByRole("dialog"));
  expect(sheet.getByText(/^The period ends now/)).toBeTruthy();
  const button = sheet.getByRole<HTMLButtonElement>("button", { name: "Close the period" });
  await waitFor(() => expect(button.disabled).toBe(false));
  await fireEvent.click(button);
  await screen.findByRole("heading", { name: "Z report 1" });
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(asked("report.z").length).toBe(1);
  await fireEvent.input(screen.getByLabelText("Z report no."), { target: { value: "7" } });
  await fireEvent.submit(screen.getByLabelText("Z report no."));
  expect((await screen.findByRole("alert")).textContent).toContain("There is no Z report 7.");
  expect(asked("report.show")).toEqual([{ number: 7 }]);
});

test("figures stand by every way of looking, currencies and nobody included", async () => {
  await sit({ desk: OWNER });
  render(Day);
  await press("Take an X reading");
  await screen.findByRole("heading", { name: "X reading" });
  const groups = document.querySelectorAll("[data-report] table:first-of-type tbody");
  expect(groups.length).toBe(10);
  const approvers = document.querySelector('[data-group="approver"]')?.textContent ?? "";
  expect(approvers).toMatch(/Maren Lindqvist.*none/s);
  expect(document.querySelector('[data-group="kind"]')?.textContent).toContain("-£204.00");
});

test("a cashier hands over and reads no reports", async () => {
  await sit({ desk: { person: person("cashier", ["read", "ask"]) } });
  render(Day);
  const link = await screen.findByRole("link", { name: "Refund £42.00" });
  expect(link.getAttribute("href")).toBe("#/queue/c-long");
  expect(screen.queryByRole("button", { name: "Take an X reading" })).toBeNull();
});

test("the duty report names every pattern of the backend and says its facts", async () => {
  const rust = projectFile("docs/papers.md");
  const part = rust.slice(rust.indexOf("## Separation"), rust.indexOf("and under `pairs`"));
  const patterns = [...part.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(Object.keys(t.duty_name).sort()).toEqual(patterns.sort());
  await sit({ desk: OWNER });
  render(Day);
  await fireEvent.submit(screen.getByLabelText("From"));
  expect(await screen.findByText("Just under a limit")).toBeTruthy();
  expect(asked("report.duty")).toEqual([{ from: null, to: null }]);
  expect(screen.getByText("£612.00")).toBeTruthy();
});
