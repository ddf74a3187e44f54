import { expect, test } from "vitest";

import { FakeDoor } from "../fixtures/fake";
import { useDoor } from "../host";
import { Act } from "./act.svelte";
import type { Answer } from "./ask";
import { PaymentPages } from "./payments.svelte";
import { Resource } from "./resource.svelte";
import { hrefOf, parsePlace } from "./router.svelte";

test("an act under way is not asked for again", async () => {
  const door = new FakeDoor();
  useDoor(door);
  const act = new Act();
  const both = await Promise.all([
    act.run("change.retry", { change_id: "c-queued" }),
    act.run("change.retry", { change_id: "c-queued" }),
  ]);
  expect(both.map((answer) => answer?.change_id ?? null)).toEqual(["c-queued", null]);
  expect(door.asked).toHaveLength(1);
});

test("an answer that was overtaken by a newer one is dropped", async () => {
  const waiting: ((answer: Answer<string>) => void)[] = [];
  const resource = new Resource<string>(() => new Promise((done) => waiting.push(done)));
  const first = resource.load();
  const second = resource.load();
  waiting[1]?.({ ok: true, value: "new" });
  waiting[0]?.({ ok: true, value: "old" });
  await Promise.all([first, second]);
  expect(resource.value).toBe("new");
});

test("pages follow one another without gaps or doubles, also after a second reading", async () => {
  useDoor(new FakeDoor());
  const pages = new PaymentPages();
  await pages.find("", null);
  while (pages.more) await pages.readMore();
  const all = pages.rows.map((row) => row.payment_id);
  expect([all.length, new Set(all).size]).toEqual([428, 428]);
  await pages.again();
  expect(pages.rows.map((row) => row.payment_id)).toEqual(all);
});

test("an event while a search is under way does not mix its rows with the old ones", async () => {
  useDoor(new FakeDoor());
  const pages = new PaymentPages();
  await pages.find("", null);
  const wanted = pages.rows[40]?.invoice_number ?? "";
  await Promise.all([pages.find(wanted, null), pages.again()]);
  expect(pages.rows.map((row) => row.invoice_number)).toEqual([wanted]);
});

test.each([
  ["", "#/desk"],
  ["#/nonsense", "#/desk"],
  ["#/payment/", "#/desk"],
  ["#/payment/a%2Fb", "#/payment/a%2Fb"],
  ["#/payment/%E0%A4%A", "#/desk"],
  ["#/queue", "#/queue"],
  ["#/queue/c-1", "#/queue/c-1"],
  ["#/signature/c-1", "#/signature/c-1"],
  ["#/approvals", "#/approvals"],
  ["#/settings/x", "#/settings"],
])("the address %s leads to %s", (hash, expected) => {
  expect(hrefOf(parsePlace(hash))).toBe(expected);
});
