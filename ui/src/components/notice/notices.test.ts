import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";

import App from "../../App.svelte";
import { FakeDoor, type Scene } from "../../fixtures/fake";
import { projectFile } from "../../fixtures/files";
import { NOTICES } from "../../fixtures/notices";
import { useDoor } from "../../host";
import { t } from "../../messages";
import { follow } from "../../state/notices.svelte";
import { session } from "../../state/session.svelte";
import { noticeText, wayOf } from "./words";

let door: FakeDoor;
const one = (kind: string) => NOTICES.find((notice) => notice.kind === kind) ?? fail(kind);
const fail = (kind: string): never => {
  throw new Error(`no fixture of ${kind}`);
};

async function start(scene: Scene = {}): Promise<void> {
  session.desk = null;
  session.fault = null;
  location.hash = "#/desk";
  door = new FakeDoor(scene);
  useDoor(door);
  render(App);
  await screen.findByRole("heading", { name: "Payments" });
}

const bell = (name: RegExp) => screen.findByRole("button", { name });
const rows = () => [...document.querySelectorAll<HTMLElement>("dialog [data-kind]")];

beforeEach(() => document.body.replaceChildren());

describe("words", () => {
  test("every kind of the backend has words here, and nobody's amount is in them", () => {
    const rust = projectFile("src-tauri/crates/counterfoil-core/src/notice.rs");
    const kinds = [...rust.matchAll(/Self::\w+ => "([a-z_]+)",/g)].map(([, kind]) => kind ?? "");
    expect(kinds.length).toBeGreaterThan(10);
    expect(Object.keys(t.notices.kind).sort()).toEqual([...new Set(kinds)].sort());
    expect(NOTICES.map(({ kind }) => kind).sort()).toEqual([...new Set(kinds)].sort());
    for (const notice of NOTICES) expect(noticeText(notice)).not.toMatch(/[\d£€$]/);
  });

  test("a kind of a newer backend comes with the backend's words and leads to its change", () => {
    const notice = { ...one("approval"), kind: "moon_full" };
    expect(noticeText(notice)).toBe(notice.words);
    expect(wayOf(notice)?.place).toEqual({ view: "queue", change: "c-1" });
  });

  test.each([
    ["approval", { view: "approvals" }],
    ["conflict", { view: "queue", change: "c-1" }],
    ["declined", { view: "payment", id: "p-1" }],
    ["signature_open", { view: "signature", change: "c-1" }],
    ["account_paused", { view: "settings" }],
    ["keyring_closed", undefined],
  ])("%s leads to %o", (kind, place) => {
    expect(wayOf(one(kind))?.place).toEqual(place);
  });
});

describe("a list that is being read", () => {
  const [a, b, c] = [one("approval"), one("doubt"), one("conflict")];

  test("nothing moves: what is gone is marked, what came stands at the end", () => {
    const first = follow([], [a, b]);
    const next = follow(first, [c, b]);
    expect(next.map(({ notice, over }) => [notice.kind, over])).toEqual([
      ["approval", true],
      ["doubt", false],
      ["conflict", false],
    ]);
  });

  test("what was new when it came stays marked as new while one reads", () => {
    const seen = { ...a, seen_at: "2026-01-01T00:00:00Z" };
    expect(follow(follow([], [a]), [seen])[0]?.fresh).toBe(true);
    expect(follow([], [c])[0]?.fresh).toBe(false);
  });
});

test("the bell counts what is new, and what stands once it was seen", async () => {
  await start();
  await fireEvent.click(await bell(/^Notices: 2 new, 3 stand$/));
  await waitFor(() => expect(rows().length).toBe(3));
  await waitFor(() => {
    const seen = door.asked.find(({ name }) => name === "notice.seen");
    expect(seen?.args).toEqual({ notices: ["approval:c-1", "doubt:c-doubt"] });
  });
  await bell(/^Notices: none new, 3 stand$/);
  expect(door.asked.filter(({ name }) => name === "notice.seen").length).toBe(1);
});

test("a refusal that was seen is over and stays readable; what is over can be looked at", async () => {
  await start({ notices: [one("declined"), one("conflict")] });
  await fireEvent.click(await bell(/^Notices: 1 new/));
  await waitFor(() => expect(rows()[0]?.textContent).toContain("over"));
  expect(within(rows()[0] ?? document.body).queryByRole("link")).toBeNull();
  await fireEvent.click(screen.getByRole("button", { name: "Show what is over" }));
  await waitFor(() => expect(rows().length).toBe(3));
});

test("a notice's link leads there and closes the list", async () => {
  await start();
  await fireEvent.click(await bell(/^Notices/));
  await fireEvent.click(await screen.findByRole("link", { name: "Decide" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("nobody signed in: no bell, and nothing is asked", async () => {
  session.desk = null;
  door = new FakeDoor({ desk: { person: null } });
  useDoor(door);
  render(App);
  await screen.findByRole("heading", { name: "Who is at the till?" });
  expect(screen.queryByRole("button", { name: /^Notices/ })).toBeNull();
  expect(door.asked.some(({ name }) => name === "notice.list")).toBe(false);
});

test("notices that come or go do not read the desk again", async () => {
  await start();
  await bell(/^Notices: 2 new/);
  const shows = () => door.asked.filter(({ name }) => name === "desk.show").length;
  const before = shows();
  door.emit({ what: "notices" });
  await waitFor(() =>
    expect(door.asked.filter(({ name }) => name === "notice.list").length).toBeGreaterThan(1),
  );
  expect(shows()).toBe(before);
});
