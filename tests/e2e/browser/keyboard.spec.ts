/** The first journey once more without a mouse: every step by keys that a person would press. */
import { type Locator, type Page } from "@playwright/test";

import { first, isOpen, plus, pounds } from "../shared/sandbox.mjs";
import { card, CASHIER, sheet, shownPin, tile, typeInto } from "./screen";
import { expect, test } from "./till";

/** More stops than any view has: a trap for the focus ends the test, not the run. */
const MOST_STOPS = 80;

/** Presses Tab until the focus is there. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the focus never came to ${String(target)}`);
}

async function press(page: Page, target: Locator, key = "Enter"): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

test("a payment is lowered offline and sent by keyboard alone", async ({ page, till }) => {
  const payment = first(await till.sandbox.payments(), isOpen);
  const total = plus(payment.amount, "-20.00");
  const pin = await shownPin(page, CASHIER);

  await press(page, tile(page, CASHIER));
  const pinField = page.getByLabel("PIN", { exact: true });
  await expect(pinField).toBeFocused();
  await typeInto(pinField, pin);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Payments", exact: true })).toBeVisible();

  await press(page, page.getByRole("switch", { name: "Work offline on purpose" }), "Space");
  await expect(page.getByTestId("line-banner")).toBeVisible();

  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Search payments" })).toBeFocused();
  await page.keyboard.type(payment.invoice_number);
  await expect(page.getByRole("status").filter({ hasText: /^1 payment$/ })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("row", { name: new RegExp(payment.invoice_number) })).toBeFocused();
  await page.keyboard.press("Enter");

  const opener = page.getByRole("button", { name: "Adjust amount" });
  await press(page, opener);
  const field = sheet(page).getByLabel("New total");
  await expect(field).toBeFocused();
  await typeInto(field, total.replace(".", ""));
  await page.keyboard.press("Enter");
  const confirm = sheet(page).getByRole("button", { name: `Adjust to ${pounds(total)}` });
  await expect(confirm, "Enter in a text field shows the preview, and no more").toBeEnabled();
  expect(await till.sandbox.caused()).toEqual([]);
  await press(page, confirm);
  await expect(sheet(page).getByText("waiting to send")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(sheet(page)).toBeHidden();
  await expect(opener, "the focus comes back to where it was").toBeFocused();

  await press(page, page.getByRole("button", { name: "Go online" }));
  const change = card(page, `Adjust to ${pounds(total)}`);
  await expect(change.getByText("done", { exact: true })).toBeVisible();
  expect(await till.sandbox.caused()).toMatchObject([{ kind: "update", amount: total }]);
});

test("every view is one shortcut away, and the list of shortcuts closes with Escape", async ({
  page,
}) => {
  const pin = await shownPin(page, CASHIER);
  await press(page, tile(page, CASHIER));
  await typeInto(page.getByLabel("PIN", { exact: true }), pin);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Payments", exact: true })).toBeVisible();
  for (const [key, title] of [
    ["q", "Queue"],
    ["a", "Approvals"],
    ["s", "Settings"],
    ["d", "Payments"],
  ] as const) {
    await page.keyboard.press("g", { delay: 10 });
    await page.keyboard.press(key, { delay: 10 });
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  }
  await page.keyboard.press("?");
  await expect(sheet(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(sheet(page)).toBeHidden();
});
