/** The main job in the real window, from sign-in to "done", counted in the provider's ledger. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { readQr } from "../shared/qr.mjs";
import { plus, pounds, Sandbox } from "../shared/sandbox.mjs";
import { CASHIER, MANAGER, Window } from "./window.mjs";

/** @type {Window} */
let till;

beforeEach(async () => {
  till = await Window.open();
});

afterEach(() => till.close());

/** @param {import("../shared/sandbox.mjs").Effect[]} effects */
const kinds = (effects) => effects.map((effect) => `${effect.kind} ${effect.amount}`);

test("a payment lowered offline waits, and is applied once online", async () => {
  assert.match(await till.marked("training"), /^training/i);
  await till.picture("sign-in");
  await till.signIn(CASHIER);
  await till.picture("desk");
  const { invoice, amount } = await till.firstPayment("open");
  const total = plus(amount, "-5.50");
  await till.press("Work offline on purpose");
  await till.text("Nothing is sent until you go online again.");
  await till.openPayment(invoice);
  await till.press("Adjust amount");
  await till.type("New total", total.replace(".", ""));
  await till.press("Preview");
  await till.text("You are offline: it is kept on this till and sent later.");
  const sandbox = await till.sandbox();
  await till.press(`Adjust to ${pounds(total)}`);
  await till.text("Stored on this till.");
  await till.text("waiting to send");
  await till.press("Close");
  await till.picture("waiting");
  assert.deepEqual(await sandbox.caused(), []);

  await till.press("Go online");
  await till.untilMarked("payment-amount", pounds(total));
  await till.find("//article//*[@data-status='done']");
  await till.picture("applied");
  assert.deepEqual(kinds(await sandbox.caused()), [`update ${total}`]);
  assert.match(await till.marked("training"), /^training/i);
});

test("a raised signed payment is done only after the customer signed", async () => {
  await till.signIn(CASHIER);
  const { invoice, amount } = await till.firstPayment("paid");
  const total = plus(amount, "12.50");
  await till.openPayment(invoice);
  await till.press("Adjust amount");
  await till.type("New total", total.replace(".", ""));
  await till.press("Preview");
  await till.press(`Adjust to ${pounds(total)}`);
  await till.press("Show the QR code");
  const link = await till.marked("signature-link");
  const code = await till.find("//*[@role='img'][starts-with(@aria-label, 'QR code')]");
  assert.equal(readQr(await till.pictureOf(code)), link, "the code says the very link");
  assert.equal(await till.marked("signature-state"), "open: waiting for the customer");
  await till.picture("signature");

  const signed = await fetch(link, { method: "POST" });
  assert.match(await signed.text(), /The new amount is agreed/);
  await till.untilMarked("signature-state", "signed");
  await till.press("Open the payment");
  await till.untilMarked("payment-amount", pounds(total));
  const effects = await new Sandbox(new URL(link).host).caused();
  assert.deepEqual(kinds(effects), [`update ${total}`, `customer_signed ${total}`]);
});

test("a refund is approved by the manager and applied once", async () => {
  const pin = await till.shownPin(MANAGER);
  await till.signIn(CASHIER);
  const { invoice, amount } = await till.firstPayment("paid");
  await till.openPayment(invoice);
  await till.press("Refund");
  const reasons = await till.field("Reason");
  await reasons.sendKeys("Goods returned");
  await till.press("Preview");
  const sandbox = await till.sandbox();
  await till.press(`Refund ${pounds(amount)}`);
  await till.text("waiting for approval");
  assert.deepEqual(await sandbox.caused(), []);
  await till.press("Name an approver");
  await (await till.tile(MANAGER)).click();
  await till.type(`PIN of ${MANAGER}`, pin);
  await till.picture("approve");
  await till.press(`Approve: Refund ${pounds(amount)}`);
  await till.find("//dialog//*[@data-status='done']");
  await till.press("Close");
  await till.picture("refunded");
  assert.deepEqual(kinds(await sandbox.caused()), [`refund ${amount}`]);
});
