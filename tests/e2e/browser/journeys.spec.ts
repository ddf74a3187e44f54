/** The main job, from sign-in to "done", counted in the provider's ledger. */
import { first, isOpen, isSigned, plus, pounds } from "../shared/sandbox.mjs";
import { readQr } from "../shared/qr.mjs";
import { Backstage } from "./backstage";
import {
  adjust,
  card,
  CASHIER,
  closeSheet,
  expectFault,
  MANAGER,
  openPayment,
  refund,
  setOffline,
  sheet,
  shownPin,
  signIn,
  signOut,
  tile,
  typeInto,
} from "./screen";
import { expect, test } from "./till";

test("a payment lowered offline waits, and is applied once when the till goes online", async ({
  page,
  till,
}) => {
  const payment = first(await till.sandbox.payments(), isOpen);
  const total = plus(payment.amount, "-50.25");
  await signIn(page, CASHIER);
  await setOffline(page, true);
  await openPayment(page, payment.invoice_number);
  await page.getByRole("button", { name: "Adjust amount" }).click();
  await typeInto(sheet(page).getByLabel("New total"), total.replace(".", ""));
  const figures = sheet(page).getByTestId("old-new-difference");
  await expect(figures).toContainText(pounds(payment.amount));
  await expect(figures).toContainText(pounds(total));
  await expect(figures).toContainText(/[-−]£50\.25/);
  await sheet(page).getByRole("button", { name: "Preview" }).click();
  await expect(sheet(page).getByText("You are offline: it is kept on this till")).toBeVisible();
  await expect(sheet(page).getByTestId("preview-body")).toContainText(total);
  await sheet(page).getByRole("button", { name: `Adjust to ${pounds(total)}` }).click();
  await expect(sheet(page).getByText("waiting to send")).toBeVisible();
  await closeSheet(page);

  const change = card(page, `Adjust to ${pounds(total)}`);
  await expect(change.getByText("waiting to send")).toBeVisible();
  await expect(page.getByRole("link", { name: /^1 unsent/ })).toBeVisible();
  expect(await till.sandbox.caused(), "nothing left the till").toEqual([]);
  await page.reload();
  await expect(change.getByText("waiting to send"), "it is durable").toBeVisible();

  await page.getByRole("button", { name: "Go online" }).click();
  await expect(change.getByText("done", { exact: true })).toBeVisible();
  await expect(page.getByTestId("payment-amount")).toHaveText(pounds(total));
  await expect(page.getByRole("link", { name: "Nothing unsent" })).toBeVisible();
  const effects = await till.sandbox.caused();
  expect(effects).toMatchObject([{ kind: "update", token: payment.token, amount: total }]);
});

test("a raised signed payment shows a QR code and is done only after the customer signed", async ({
  page,
  till,
}) => {
  const payment = first(await till.sandbox.payments(), isSigned);
  const total = plus(payment.amount, "12.50");
  await signIn(page, CASHIER);
  await openPayment(page, payment.invoice_number);
  await adjust(page, total.replace(".", ""), pounds(total));
  await expect(sheet(page).getByText("customer must sign", { exact: true })).toBeVisible();
  await sheet(page).getByRole("link", { name: "Show the QR code" }).click();

  const link = await page.getByTestId("signature-link").innerText();
  const code = page.getByRole("img", { name: "QR code with the signature link" });
  expect(readQr(await code.screenshot()), "the code says the very link").toBe(link);
  await expect(page.getByTestId("signature-state")).toHaveText("open: waiting for the customer");
  expect((await till.sandbox.payment(payment.token)).amount).toBe(payment.amount);

  const customer = await page.context().newPage();
  await customer.goto(link);
  await customer.getByRole("button", { name: "Agree" }).click();
  await expect(customer.getByText("The new amount is agreed.")).toBeVisible();
  // The till looks by itself; nobody reloads and nobody presses anything.
  await expect(page.getByTestId("signature-state")).toHaveText("signed", { timeout: 25_000 });
  await page.getByRole("link", { name: "Open the payment" }).click();
  await expect(page.getByTestId("payment-amount")).toHaveText(pounds(total));
  expect((await till.sandbox.effects(payment.token)).map((effect) => effect.kind)).toEqual([
    "update",
    "customer_signed",
  ]);
});

test("a refund asked for by a cashier is approved by the manager and applied once", async ({
  page,
  till,
}) => {
  const payment = first(await till.sandbox.payments(), isSigned);
  const pin = await shownPin(page, MANAGER);
  await signIn(page, CASHIER);
  await openPayment(page, payment.invoice_number);
  await refund(page, pounds(payment.amount));
  await expect(sheet(page).getByText("waiting for approval")).toBeVisible();
  expect(await till.sandbox.caused(), "nothing left the till").toEqual([]);

  await sheet(page).getByRole("button", { name: "Name an approver" }).click();
  await expect(tile(sheet(page), CASHIER), "a cashier cannot be named").toHaveCount(0);
  await tile(sheet(page), MANAGER).click();
  await typeInto(sheet(page).getByLabel(`PIN of ${MANAGER}`), pin);
  const approve = `Approve: Refund ${pounds(payment.amount)}`;
  await sheet(page).getByRole("button", { name: approve }).click();
  await expect(sheet(page).getByText("done", { exact: true })).toBeVisible();
  await closeSheet(page);
  await expect(page.getByRole("banner").getByText(CASHIER), "still the cashier").toBeVisible();
  expect(await till.sandbox.caused()).toMatchObject([
    { kind: "refund", token: payment.token, amount: payment.amount },
  ]);
});

test("whoever asked for a refund cannot approve it, not even by a direct call", async ({
  page,
  till,
}) => {
  const payment = first(await till.sandbox.payments(), isSigned);
  const pin = await shownPin(page, CASHIER);
  await signIn(page, CASHIER);
  await openPayment(page, payment.invoice_number);
  await refund(page, pounds(payment.amount));
  await expect(sheet(page).getByText("waiting for approval")).toBeVisible();
  const backstage = new Backstage(page, till);
  const [change] = (await backstage.call("change.list", { state: "open", payment: null })).changes;
  const staff_id = await backstage.staffId(CASHIER);
  const decide = { change_id: change.change_id, staff_id, pin, note: null };
  const refused = await backstage.refusal("change.approve", decide);
  expect(["same_person", "not_permitted"]).toContain(refused.code);
  await expect(sheet(page).getByText("waiting for approval")).toBeVisible();
  expect(await till.sandbox.caused()).toEqual([]);
});

test("a rejected refund never leaves the till, and the requester reads why", async ({
  page,
  till,
}) => {
  const payment = first(await till.sandbox.payments(), isSigned);
  const pin = await shownPin(page, MANAGER);
  await signIn(page, CASHIER);
  await openPayment(page, payment.invoice_number);
  await refund(page, pounds(payment.amount));
  await sheet(page).getByRole("link", { name: "Ask later" }).click();
  const waiting = card(page, `Refund ${pounds(payment.amount)}`);
  await expect(waiting, "it says of which payment").toContainText(payment.invoice_number);
  await page.getByRole("button", { name: "Reject", exact: true }).click();
  await tile(page, MANAGER).click();
  await typeInto(page.getByLabel(`PIN of ${MANAGER}`), pin);
  const reject = page.getByRole("button", { name: /^Reject: Refund/ });
  await reject.click();
  await expectFault(page, "Say why it is rejected");
  await page.getByLabel("What to tell the requester").fill("The goods are still in the car");
  await reject.click();
  await expect(page.getByText("Nothing waits for approval")).toBeVisible();
  await openPayment(page, payment.invoice_number);
  const change = card(page, `Refund ${pounds(payment.amount)}`);
  await expect(change.getByText("rejected", { exact: true })).toBeVisible();
  expect(await till.sandbox.caused()).toEqual([]);
});

test("a payment changed elsewhere stops in conflict, and nothing is sent unasked", async ({
  page,
  till,
}) => {
  const payment = first(await till.sandbox.payments(), isOpen);
  const total = plus(payment.amount, "-10.00");
  const meanwhile = plus(payment.amount, "33.00");
  await signIn(page, MANAGER);
  await setOffline(page, true);
  await openPayment(page, payment.invoice_number);
  await adjust(page, total.replace(".", ""), pounds(total));
  await closeSheet(page);
  await till.sandbox.set(payment.token, { amount: meanwhile });
  await page.getByRole("button", { name: "Go online" }).click();
  const change = card(page, `Adjust to ${pounds(total)}`);
  await expect(change.getByText("needs you: the payment changed")).toBeVisible();
  await change.getByRole("button", { name: "Compare" }).click();
  const columns = change.getByRole("region", { name: "The payment changed since this" });
  await expect(columns).toContainText(pounds(payment.amount));
  await expect(columns).toContainText(pounds(meanwhile));
  expect(await till.sandbox.caused(), "no call was sent").toEqual([]);
  await change.getByRole("button", { name: "Apply on what is there now" }).click();
  await expect(change.getByText("done", { exact: true })).toBeVisible();
  expect(await till.sandbox.caused()).toMatchObject([{ kind: "update", amount: total }]);
});

test("who signs out leaves nothing behind that another person could send or see undone", async ({
  page,
  till,
}) => {
  const payment = first(await till.sandbox.payments(), isOpen);
  const total = plus(payment.amount, "-1.00");
  await signIn(page, CASHIER);
  await setOffline(page, true);
  await openPayment(page, payment.invoice_number);
  await adjust(page, total.replace(".", ""), pounds(total));
  await closeSheet(page);
  await page.getByRole("button", { name: "Switch person or sign out" }).click();
  await expect(sheet(page).getByText("1 change is still waiting to be sent.")).toBeVisible();
  await sheet(page).getByRole("button", { name: "Stay signed in" }).click();
  await signOut(page);
  await signIn(page, MANAGER);
  await expect(page.getByRole("link", { name: /^1 unsent/ })).toBeVisible();
  await page.getByRole("button", { name: "Go online" }).click();
  await expect(page.getByRole("link", { name: "Nothing unsent" })).toBeVisible();
  expect(await till.sandbox.caused()).toHaveLength(1);
});
