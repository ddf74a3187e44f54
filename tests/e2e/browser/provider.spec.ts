/** What a provider may answer instead of sense: nothing is lost, doubled or called done. */
import { first, isOpen, isSigned, plus, pounds } from "../shared/sandbox.mjs";
import { Backstage } from "./backstage";
import {
  adjust,
  card,
  CASHIER,
  closeSheet,
  expectFault,
  MANAGER,
  openPayment,
  sheet,
  signIn,
} from "./screen";
import { expect, test } from "./till";

/** A gateway's page, nothing, half an answer, and 50 MB. */
const NONSENSE = ["html_502", "empty_200", "truncated_json", "huge_body"] as const;

for (const fault of NONSENSE) {
  test(`reading a payment that is answered with ${fault} says so and keeps what is known`, async ({
    page,
    till,
  }) => {
    const payment = first(await till.sandbox.payments(), isOpen);
    await signIn(page, CASHIER);
    await openPayment(page, payment.invoice_number);
    await till.sandbox.disturb({ command: "status", fault });
    await page.getByRole("button", { name: "Read again" }).click();
    const summary = await expectFault(page, /proves nothing|No answer came/);
    await expect(summary).toContainText("No money moved.");
    await expect(page.getByTestId("payment-amount")).toHaveText(pounds(payment.amount));
    await till.sandbox.calm();
    await summary.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByText("The payment was read again")).toBeAttached();
    await expect(summary).toBeHidden();
  });
}

for (const fault of NONSENSE) {
  test(`an adjustment answered with ${fault} ends applied once, never twice`, async ({
    page,
    till,
  }) => {
    const payment = first(await till.sandbox.payments(), isOpen);
    const total = plus(payment.amount, "-5.00");
    await signIn(page, CASHIER);
    await openPayment(page, payment.invoice_number);
    await till.sandbox.disturb({ command: "update", fault, times: 1 });
    await adjust(page, total.replace(".", ""), pounds(total));
    await closeSheet(page);
    const change = card(page, `Adjust to ${pounds(total)}`);
    // After the answer that proves nothing the till waits until an effect must show, then reads.
    await expect(change.getByText("done", { exact: true })).toBeVisible({ timeout: 40_000 });
    await expect(page.getByTestId("payment-amount")).toHaveText(pounds(total));
    expect(await till.sandbox.caused()).toMatchObject([{ kind: "update", amount: total }]);
  });
}

test("a refund whose answer was lost is never sent again and asks two people", async ({
  page,
  till,
}) => {
  const payment = first(await till.sandbox.payments(), isSigned);
  await signIn(page, MANAGER);
  await till.sandbox.disturb({ command: "refund", fault: "apply_then_drop", times: 1 });
  await new Backstage(page, till).refund(payment.token);
  await openPayment(page, payment.invoice_number);
  const change = card(page, `Refund ${pounds(payment.amount)}`);
  await expect(change.getByText("checking with Bumper", { exact: true })).toBeVisible();
  await change.getByRole("button", { name: "Look at the evidence" }).click();
  await expect(change.getByText(/^Tell the customer:/)).toBeVisible();
  await change.getByRole("button", { name: "Retry now" }).click();
  await expect(change.getByText("checking with Bumper", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Refund", exact: true })).toBeDisabled();
  expect(await till.sandbox.caused()).toHaveLength(1);
});

test("a payment that was ended elsewhere is a conflict and blocks nothing else", async ({
  page,
  till,
}) => {
  const [payment, other] = (await till.sandbox.payments()).filter(isOpen);
  if (payment === undefined || other === undefined) throw new Error("too few payments");
  const backstage = new Backstage(page, till);
  await signIn(page, CASHIER);
  await backstage.offline(true);
  const refused = await backstage.adjust(payment.token, "100.00");
  const taken = await backstage.adjust(other.token, "100.00");
  await till.sandbox.set(payment.token, { status: "cancelled" });
  await backstage.offline(false);
  await backstage.until(taken, "applied");
  await backstage.until(refused, "conflict");
  expect(await till.sandbox.caused()).toMatchObject([{ kind: "update", token: other.token }]);
});

test("a no of the provider is final and said in its words", async ({ page, till }) => {
  // Paid now, so the range is a warning here and the provider has the last word.
  const payment = first(await till.sandbox.payments(), isOpen);
  await signIn(page, CASHIER);
  const backstage = new Backstage(page, till);
  const change = await backstage.adjust(payment.token, "3000.01");
  await backstage.until(change, "declined");
  await openPayment(page, payment.invoice_number);
  const declined = card(page, `Adjust to ${pounds("3000.01")}`);
  await expect(declined).toContainText("declined");
  expect(await till.sandbox.caused()).toEqual([]);
});

test("a line that is down is shown as long as it is, and the queue drains by itself", async ({
  page,
  till,
}) => {
  const payment = first(await till.sandbox.payments(), isOpen);
  const total = plus(payment.amount, "-7.00");
  await signIn(page, CASHIER);
  await openPayment(page, payment.invoice_number);
  await till.sandbox.line({ up: false, refuse: true });
  await adjust(page, total.replace(".", ""), pounds(total));
  await expect(sheet(page).getByText("waiting to send", { exact: true })).toBeVisible();
  await closeSheet(page);
  await expect(page.getByTestId("line-banner")).toContainText("The line is down.");
  await till.sandbox.line({ up: true });
  const change = card(page, `Adjust to ${pounds(total)}`);
  await expect(change.getByText("done", { exact: true })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByTestId("line-banner")).toBeHidden();
  expect(await till.sandbox.caused()).toHaveLength(1);
});
