import { describe, expect, test } from "vitest";

import { attempt, change, money, payment } from "../../fixtures/data";
import { EMPTY, fill } from "../money/entry";
import {
  askOf,
  draftFor,
  replaceable,
  stillHere,
  sumOfLines,
  type AskKind,
  type Draft,
} from "./draft";

const paid = payment();

function drafted(kind: AskKind, part: Partial<Draft>, on = kind === "start" ? null : paid) {
  const answer = askOf({ ...draftFor(kind, on), ...part }, on);
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

test("a start carries the account's currency", () => {
  const part = { account: "Harbour Street", currency: "JPY", entry: fill("500", 0) };
  expect(drafted("start", part)).toMatchObject({ amount: "500", currency: "JPY", invoice: null });
});

describe("what is missing is found before the backend is asked", () => {
  test.each<[AskKind, Partial<Draft>, string[]]>([
    ["adjust", {}, ["change-amount"]],
    ["adjust", { entry: fill("1,234", 2) }, ["change-amount"]],
    ["adjust", { entry: fill("350.00", 2) }, ["change-amount"]],
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
    ["refund", {}, ["change-reason"]],
    ["refund", { reason: "other" }, ["change-note"]],
    ["relabel", {}, ["change-invoice"]],
    ["start", {}, ["change-account"]],
  ])("%s with %j", (kind, part, expected) => {
    expect(drafted(kind, part)).toEqual(expected);
  });
});

test("a refund begins with what is left of the payment, never below zero", () => {
  const left = (refunded: string | null) =>
    stillHere(payment({ refunded: refunded === null ? null : money(refunded) })).text;
  expect([left(null), left("42.00"), left("350.00"), left("400.00")]).toEqual([
    "350.00",
    "308.00",
    "0.00",
    "0.00",
  ]);
});

test("lines are summed exactly, or not at all", () => {
  const draft = draftFor("adjust", paid);
  expect(sumOfLines(draft, paid)?.text).toBe("350.00");
  draft.items[0]!.price = "150";
  expect(sumOfLines(draft, paid)).toBeNull();
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
