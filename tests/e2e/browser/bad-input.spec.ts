/** What people type wrongly: a clear word each, on top, with the focus, and nothing lost. */
import { type Page } from "@playwright/test";

import { first, isOpen, pounds } from "../shared/sandbox.mjs";
import {
  CASHIER,
  chooseBumper,
  closeSheet,
  draftAdjustment,
  expectFault,
  goTo,
  MANAGER,
  openPayment,
  OWNER,
  sheet,
  signIn,
  tile,
  typeInto,
} from "./screen";
import { expect, test } from "./till";

/** Wrong tries until a person is locked. */
const TRIES = 6;

async function expectNothingAsked(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await expect(sheet(page)).toBeHidden();
  await goTo(page, "Queue");
  await expect(page.getByText("The queue is empty")).toBeVisible();
}

async function track(page: Page, token: string): Promise<void> {
  await page.getByRole("button", { name: "Track a payment" }).click();
  await chooseBumper(page);
  await sheet(page).getByLabel("Provider reference").fill(token);
  await sheet(page).getByRole("button", { name: "Track payment" }).click();
  await expect(sheet(page)).toBeHidden();
}

test("an amount that cannot be meant is refused in words, and asks for nothing", async ({
  page,
  till,
}) => {
  test.slow();
  const payment = first(await till.sandbox.payments(), isOpen);
  await signIn(page, CASHIER);
  await openPayment(page, payment.invoice_number);
  await page.getByRole("button", { name: "Adjust amount" }).click();
  const field = sheet(page).getByLabel("New total");
  const table: [typed: string, words: string][] = [
    ["", "Type an amount"],
    ["12.5", "Write 2 digits after the point."],
    ["12.345", "There are more than 2 digits after the point."],
    ["1,234", "Which amount is meant?"],
    ["twelve", "Only digits and one decimal point can be read as an amount."],
    ["-50.00", "Only digits and one decimal point can be read as an amount."],
    ["1e3", "Only digits and one decimal point can be read as an amount."],
    ["١٢٣", "Only digits and one decimal point can be read as an amount."],
    [payment.amount, "The new total is the same as now"],
    ["0.00", "the amount must be more than zero"],
  ];
  for (const [typed, words] of table) {
    await sheet(page).getByRole("button", { name: "Clear amount" }).click();
    await typeInto(field, typed);
    await sheet(page).getByRole("button", { name: "Preview" }).click();
    const summary = await expectFault(sheet(page), words);
    await summary.getByRole("link").first().click();
    await expect(field, `the summary leads to the field for ${typed}`).toBeFocused();
  }
  await expectNothingAsked(page);
  expect(await till.sandbox.caused()).toEqual([]);
});

test("an amount outside the provider's range is refused before it is queued", async ({
  page,
  till,
}) => {
  const payment = await till.sandbox.create({
    amount: "100.00",
    invoice_number: "INV-RANGE",
    payment_type: "paylater",
  });
  await signIn(page, CASHIER);
  await track(page, payment.token);
  await page.getByRole("button", { name: "Adjust amount" }).click();
  for (const [typed, limit] of [
    ["59.99", "£60.00 or more"],
    ["3000.01", "£3,000.00 or less"],
  ] as const) {
    await sheet(page).getByRole("button", { name: "Clear amount" }).click();
    await typeInto(sheet(page).getByLabel("New total"), typed);
    await sheet(page).getByRole("button", { name: "Preview" }).click();
    await expectFault(sheet(page), `The amount is outside the allowed range. Type ${limit}.`);
  }
  await expectNothingAsked(page);
  expect(await till.sandbox.caused()).toEqual([]);
});

test("pasted digits that can be read in two ways are asked about", async ({ page, till }) => {
  const payment = first(await till.sandbox.payments(), isOpen);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await signIn(page, CASHIER);
  await openPayment(page, payment.invoice_number);
  await page.getByRole("button", { name: "Adjust amount" }).click();
  await page.evaluate(() => navigator.clipboard.writeText("12500"));
  await sheet(page).getByLabel("New total").press("ControlOrMeta+v");
  await expect(sheet(page).getByRole("button", { name: "Use £12,500.00" })).toBeVisible();
  await sheet(page).getByRole("button", { name: "Use £125.00" }).click();
  await expect(sheet(page).getByTestId("old-new-difference")).toContainText("£125.00");
});

test("a scanner's burst lands in the search and never in an amount", async ({ page, till }) => {
  const [payment, other] = (await till.sandbox.payments()).filter(isOpen);
  if (payment === undefined || other === undefined) throw new Error("too few payments");
  await signIn(page, CASHIER);
  await openPayment(page, payment.invoice_number ?? "");
  await page.getByRole("button", { name: "Adjust amount" }).click();
  const field = sheet(page).getByLabel("New total");
  await field.focus();
  // All at once, as a scanner does: nobody waits for the screen between two keys.
  await Promise.all([...other.token].map((key) => page.keyboard.press(key)));
  await expect(sheet(page).getByText(`Scanned ${other.token}`)).toBeVisible();
  await expect(field).toHaveValue("");
  await page.keyboard.press("Escape");
  await goTo(page, "Desk");
  await expect(page.getByRole("searchbox")).toHaveValue(other.token);
  const found = page.getByRole("row", { name: new RegExp(other.invoice_number ?? "") });
  await expect(found).toBeVisible();
});

test("an unknown token is not tracked, and what was typed stays", async ({ page }) => {
  await signIn(page, CASHIER);
  await page.getByRole("button", { name: "Track a payment" }).click();
  await sheet(page).getByRole("button", { name: "Track payment" }).click();
  await expectFault(sheet(page), "Type the provider reference");
  await expectFault(sheet(page), "Choose an account");
  await chooseBumper(page);
  const field = sheet(page).getByLabel("Provider reference");
  await field.fill("nosuchtoken0000000000000000000000");
  await sheet(page).getByRole("button", { name: "Track payment" }).click();
  const summary = await expectFault(sheet(page), "This cannot be found.");
  await expect(summary).toContainText("No money moved.");
  await expect(field).toHaveValue("nosuchtoken0000000000000000000000");
  await closeSheet(page);
});

test("a refund without a reason, above the rest or with a card number is refused", async ({
  page,
  till,
}) => {
  const payment = await till.sandbox.create({
    amount: "100.00",
    status: "completed",
    invoice_number: "INV-REST",
  });
  await signIn(page, CASHIER);
  await track(page, payment.token);
  await page.getByRole("button", { name: "Refund", exact: true }).click();
  const preview = sheet(page).getByRole("button", { name: "Preview" });
  await preview.click();
  await expectFault(sheet(page), "Choose a reason");
  await sheet(page).getByLabel("Reason").selectOption({ label: "Goods returned" });
  await sheet(page).getByRole("button", { name: "Clear amount" }).click();
  await typeInto(sheet(page).getByLabel("Amount to return"), "10001");
  await preview.click();
  await expectFault(sheet(page), "This is more than can still be returned. Type £100.00 or less.");
  await sheet(page).getByRole("button", { name: /^All of it/ }).click();
  await sheet(page).getByLabel("Note").fill("card 4111 1111 1111 1111");
  await preview.click();
  await expectFault(sheet(page), "A text looks like a card number.");
  await expect(sheet(page).getByLabel("Note")).toHaveValue("card 4111 1111 1111 1111");
  await expectNothingAsked(page);
  expect(await till.sandbox.caused()).toEqual([]);
});

test("wrong PINs are counted, then the person is locked while others are not", async ({ page }) => {
  await tile(page, CASHIER).click();
  for (let tried = 1; tried < TRIES; tried += 1) {
    await typeInto(page.getByLabel("PIN", { exact: true }), "000001");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expectFault(page, "That PIN does not fit.");
    await expect(page.getByLabel("PIN", { exact: true })).toHaveValue("");
  }
  await typeInto(page.getByLabel("PIN", { exact: true }), "000001");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText(/^Locked for/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Sign in" })).toBeDisabled();
  await page.getByRole("button", { name: "Someone else" }).click();
  await expect(tile(page, CASHIER)).toContainText("Locked for");
  await signIn(page, MANAGER);
});

test("a wrong PIN of the approver is said at the field and approves nothing", async ({
  page,
  till,
}) => {
  const payment = await till.sandbox.create({
    amount: "100.00",
    status: "completed",
    invoice_number: "INV-PIN",
  });
  await signIn(page, CASHIER);
  await track(page, payment.token);
  await page.getByRole("button", { name: "Refund", exact: true }).click();
  await sheet(page).getByLabel("Reason").selectOption({ label: "Goods returned" });
  await sheet(page).getByRole("button", { name: "Preview" }).click();
  await sheet(page).getByRole("button", { name: "Refund £100.00" }).click();
  await sheet(page).getByRole("button", { name: "Name an approver" }).click();
  const approve = sheet(page).getByRole("button", { name: /^Approve:/ });
  await approve.click();
  await expectFault(sheet(page), "Choose the second person");
  await tile(sheet(page), MANAGER).click();
  await typeInto(sheet(page).getByLabel(`PIN of ${MANAGER}`), "000001");
  await approve.click();
  await expectFault(sheet(page), "That PIN does not fit.");
  await expect(sheet(page).getByText("waiting for approval")).toBeVisible();
  expect(await till.sandbox.caused()).toEqual([]);
});

test("a wrong secret is told apart from a dead line when the account is tested", async ({
  page,
}) => {
  await signIn(page, OWNER);
  await goTo(page, "Settings");
  const test = page.getByRole("button", { name: "Test connection of Training Bumper" });
  await test.click();
  await expect(page.getByText("The provider accepted the credentials.").first()).toBeVisible();
  await page.getByRole("button", { name: "Replace secrets of Training Bumper" }).click();
  await sheet(page).getByRole("button", { name: "Replace secrets" }).click();
  await expectFault(sheet(page), "Secret is missing: paste it");
  await sheet(page).getByLabel("API key").fill("not-a-key");
  await sheet(page).getByLabel("Secret", { exact: true }).fill('"not the secret');
  await sheet(page).getByRole("button", { name: "Replace secrets" }).click();
  await expect(sheet(page).getByTestId("stored-secrets")).not.toContainText("not the secret");
  await sheet(page).getByRole("button", { name: "Test connection" }).click();
  const summary = await expectFault(sheet(page), "The provider refused the credentials.");
  await expect(summary).toContainText("No money moved.");
  await page.keyboard.press("Escape");
});

test("the double click of a hasty hand asks once", async ({ page, till }) => {
  const payment = first(await till.sandbox.payments(), isOpen);
  await signIn(page, CASHIER);
  await openPayment(page, payment.invoice_number);
  await draftAdjustment(page, "15000");
  await sheet(page).getByRole("button", { name: `Adjust to ${pounds("150.00")}` }).dblclick();
  await expect(sheet(page).getByText("done", { exact: true })).toBeVisible();
  expect(await till.sandbox.caused()).toHaveLength(1);
});
