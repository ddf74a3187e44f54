import { describe, expect, test } from "vitest";

import { attempt, change, money, NOW, payment } from "../../fixtures/data";
import { FIELDS, may, type ProviderWord } from "../../fixtures/offers";
import { EMPTY, exactly, fill } from "../money/entry";
import { askOf } from "./check";
import { draftFor, replaceable, sumOfLines, type Draft } from "./draft";
import { formOf, type AskKind, type PaymentKind } from "./form";

const paid = payment();
const held = payment({
  provider: "wepay",
  state: "authorized",
  reference: "WO-1",
  description: "Tyres",
  metadata: { bay: "4", order: "17" },
  allowed: [
    may("wepay", "capture", { most: money("350.00") }),
    may("wepay", "relabel"),
    may("wepay", "cancel"),
    may("wepay", "void"),
  ],
});

function drafted(kind: AskKind, part: Partial<Draft>, on = kind === "start" ? null : paid) {
  const form = formOf(kind, on);
  const answer = askOf({ ...draftFor(form), ...part }, form, NOW);
  return answer.ok ? answer.ask : answer.problems.map((problem) => problem.id);
}

test("an adjustment asks for the new total and leaves alone what was not touched", () => {
  expect(drafted("adjust", { entry: fill("300.00", 2) })).toEqual({
    kind: "adjust",
    payment: "p-1",
    total: "300.00",
    invoice: null,
    items: [],
    instead_of: null,
  });
});

test("touched lines and invoice numbers go with an adjustment", () => {
  const items = [{ item: "Tyre", quantity: "2", price: "150.00" }];
  expect(drafted("adjust", { entry: fill("30000", 2), invoice: " INV-1 ", items })).toMatchObject({
    total: "300.00",
    invoice: "INV-1",
    items,
  });
});

test("a refund names its amount, reason and note", () => {
  const part = { entry: fill("42.00", 2), reason: "other", note: "Goodwill" };
  expect(drafted("refund", part)).toEqual({
    kind: "refund",
    payment: "p-1",
    amount: "42.00",
    reason: "other",
    note: "Goodwill",
  });
});

test("a refund of a whole names no amount where none can be typed", () => {
  const whole = { least: money("350.00"), most: money("350.00") };
  const allowed = [may("norce", "refund", whole), may("norce", "capture", whole)];
  const on = payment({ provider: "norce", allowed });
  expect(drafted("refund", { reason: "duplicate" }, on)).toMatchObject({ amount: null });
  expect(drafted("capture", {}, on)).toMatchObject({ amount: null });
});

test("a start carries the account's currency", () => {
  const part = { account: "Harbour Street", currency: "JPY", entry: fill("500", 0) };
  expect(drafted("start", part)).toMatchObject({ amount: "500", currency: "JPY", invoice: null });
});

describe("a capture", () => {
  test.each<[Partial<Draft>, string | null, string | null]>([
    [{}, null, null],
    [{ entry: fill("350.00", 2) }, null, null],
    [{ entry: fill("120.00", 2) }, "120.00", null],
    [{ at: localIn(3_600_000) }, null, utcIn(3_600_000)],
  ])("of %j names the amount %s and the moment %s", (part, amount, at) => {
    const ask = { kind: "capture", payment: "p-1", amount, at };
    expect(drafted("capture", part, held)).toEqual(ask);
  });

  test.each([localIn(-60_000), "2026-13-40T99:00"])("at %s is refused", (at) => {
    expect(drafted("capture", { at }, held)).toEqual(["change-at"]);
  });
});

test("a void and a cancellation ask for nothing more than they offer", () => {
  expect(drafted("void", {}, held)).toEqual({ kind: "void", payment: "p-1" });
  expect(drafted("cancel", { reason: "duplicate" }, held)).toEqual({
    kind: "cancel",
    payment: "p-1",
    reason: "duplicate",
  });
});

describe("a relabelling", () => {
  const nothing = { invoice: null, reference: null, description: null, metadata: {} };
  const row = (key: string, value: string) => ({ key, value, known: false, gone: false });
  const known = (key: string, value: string, gone = false) => ({ key, value, known: true, gone });

  test.each<[string, Partial<Draft>, object]>([
    ["a reference", { reference: " WO-2 " }, { reference: "WO-2" }],
    [
      "a key that is set anew",
      { metadata: [known("bay", "5"), known("order", "17")] },
      { metadata: { bay: "5" } },
    ],
    [
      "a key that is added",
      { metadata: [known("bay", "4"), known("order", "17"), row(" colour ", " red ")] },
      { metadata: { colour: "red" } },
    ],
    [
      "a key that is taken away",
      { metadata: [known("bay", "4", true), known("order", "17")] },
      { metadata: { bay: "" } },
    ],
    [
      "a row that was left empty beside a change",
      { metadata: [known("bay", "9"), row("", "")] },
      { metadata: { bay: "9" } },
    ],
  ])("sends only what changes: %s", (_, part, expected) => {
    const ask = { kind: "relabel", payment: "p-1", ...nothing, ...expected };
    expect(drafted("relabel", part, held)).toEqual(ask);
  });

  test("never sends a text that its form does not offer", () => {
    const part = { reference: "WO-3", invoice: "INV-9", description: "Brakes" };
    expect(drafted("relabel", part, held)).toMatchObject({ invoice: null, description: null });
  });

  test.each<[string, Partial<Draft>, string[]]>([
    ["nothing", {}, ["change-reference"]],
    ["an empty row", { metadata: [row("", "")] }, ["change-reference"]],
    [
      "a value without a key",
      { reference: "WO-2", metadata: [row("", "red")] },
      ["change-metadata-0"],
    ],
    [
      "a key without a value",
      { reference: "WO-2", metadata: [row("colour", " ")] },
      ["change-metadata-0-value"],
    ],
    [
      "one key twice",
      { metadata: [known("bay", "4"), row("bay", "5")] },
      ["change-metadata-1"],
    ],
  ])("finds what is wrong with %s", (_, part, expected) => {
    expect(drafted("relabel", part, held)).toEqual(expected);
  });
});

describe("what is missing is found before the backend is asked", () => {
  test.each<[AskKind, Partial<Draft>, string[]]>([
    ["adjust", {}, ["change-amount"]],
    ["adjust", { entry: fill("1,234", 2) }, ["change-amount"]],
    ["adjust", { entry: fill("350.00", 2) }, ["change-amount"]],
    ["adjust", { entry: fill("0.00", 2) }, ["change-amount"]],
    ["adjust", { entry: fill("59.99", 2) }, ["change-amount"]],
    ["adjust", { entry: fill("5000.01", 2) }, ["change-amount"]],
    [
      "adjust",
      { entry: fill("300.00", 2), items: [{ item: "", quantity: "1", price: "1.00" }] },
      ["change-lines-0"],
    ],
    [
      "adjust",
      { entry: fill("300.00", 2), items: [{ item: "T", quantity: "0", price: "1.00" }] },
      ["change-lines-0"],
    ],
    [
      "adjust",
      { entry: fill("300.00", 2), items: [{ item: "T", quantity: "1", price: "1" }] },
      ["change-lines-0"],
    ],
    ["refund", { entry: EMPTY, reason: "duplicate" }, ["change-amount"]],
    ["refund", { entry: fill("350.01", 2), reason: "duplicate" }, ["change-amount"]],
    ["refund", {}, ["change-reason"]],
    ["refund", { reason: "other" }, ["change-note"]],
    ["relabel", {}, ["change-invoice"]],
    ["start", {}, ["change-account"]],
  ])("%s with %j", (kind, part, expected) => {
    expect(drafted(kind, part)).toEqual(expected);
  });

  test("the limits themselves are inside the range", () => {
    for (const total of ["60.00", "5000.00"]) {
      expect(drafted("adjust", { entry: fill(total, 2) })).toMatchObject({ total });
    }
  });

  test("a total that stays is in no range, where a text goes with it", () => {
    const small = payment({ amount: money("20.00") });
    const part = { entry: fill("20.00", 2), invoice: "INV-2" };
    expect(drafted("adjust", part, small)).toMatchObject({ total: "20.00", invoice: "INV-2" });
  });
});

describe("the form of each provider and kind", () => {
  const providers = Object.keys(FIELDS) as ProviderWord[];
  const kinds = Object.keys(FIELDS.bumper) as PaymentKind[];
  test.each(providers.flatMap((provider) => kinds.map((kind) => [provider, kind] as const)))(
    "%s, %s: has exactly its fields, its limits and no word of a newer backend",
    (provider, kind) => {
      const limits = { least: money("1.00"), most: money("9.00") };
      const fields = [...FIELDS[provider][kind], "tip"];
      const row = may(provider, kind, { ...limits, fields });
      const form = formOf(kind, payment({ provider, allowed: [row] }));
      expect([...form.fields].sort()).toEqual([...FIELDS[provider][kind]].sort());
      expect([form.least, form.most]).toEqual([limits.least, limits.most]);
    },
  );

  test("a kind without a row offers nothing", () => {
    expect(formOf("capture", payment({ allowed: [] }))).toMatchObject({ fields: new Set() });
  });
});

test("a part begins as the whole that is left, a total begins empty", () => {
  const opening = (kind: PaymentKind, on = paid) => draftFor(formOf(kind, on)).entry;
  expect([opening("refund"), opening("capture", held), opening("adjust")]).toEqual([
    exactly("350.00"),
    exactly("350.00"),
    EMPTY,
  ]);
});

test("lines are summed exactly, or not at all", () => {
  const form = formOf("adjust", paid);
  const draft = draftFor(form);
  expect(sumOfLines(draft, form)?.text).toBe("350.00");
  draft.items[0]!.price = "150";
  expect(sumOfLines(draft, form)).toBeNull();
});

test("only an own adjustment of which nothing was sent can be replaced, the newest first", () => {
  const waiting = change({ change_id: "c-1" });
  const newer = change({ change_id: "c-2", state: "awaiting_approval" });
  expect(replaceable([waiting, newer])?.change_id).toBe("c-2");
  for (const part of [
    { kind: "refund" },
    { state: "sending" },
    { state: "in_doubt" },
    { state: "conflict" },
    { state: "applied" },
    { attempts: [attempt({ outcome: "never_left" })] },
    { may_withdraw: false },
  ]) {
    expect(replaceable([change(part)]), JSON.stringify(part)).toBeNull();
  }
});

/** A moment from now as the browser's field writes it: local time, to the minute. */
function localIn(ms: number): string {
  const there = new Date(NOW + ms);
  const local = new Date(there.getTime() - there.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

function utcIn(ms: number): string {
  return `${new Date(NOW + ms).toISOString().slice(0, 16)}:00Z`;
}
