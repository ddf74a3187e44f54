/** The hands of a person at the screen: everything is found by the name a person reads. */
import { expect, type Locator, type Page } from "@playwright/test";

/** A person's pace. Faster keys would be taken for a scanner and kept out of amounts and PINs. */
const KEY_MS = 60;

export const CASHIER = "Casey Cashier";
export const MANAGER = "Morgan Manager";
export const OWNER = "Olive Owner";
export const AUDITOR = "Audrey Auditor";

/** The tile of a person, on the sign-in view or where a second person is named. */
export function tile(where: Page | Locator, name: string): Locator {
  return where.getByRole("button", { name: new RegExp(`^${name}`) });
}

/** The PIN that the training till shows beside a name. */
export async function shownPin(page: Page, name: string): Promise<string> {
  const words = await tile(page, name).innerText();
  const pin = /PIN (\d+)/.exec(words)?.[1];
  if (pin === undefined) throw new Error(`no PIN is shown for ${name}: ${words}`);
  return pin;
}

/** Types at a person's pace. */
export async function typeInto(field: Locator, text: string): Promise<void> {
  await field.focus();
  await field.pressSequentially(text, { delay: KEY_MS });
}

export async function signIn(page: Page, name: string): Promise<void> {
  const pin = await shownPin(page, name);
  await tile(page, name).click();
  await typeInto(page.getByLabel("PIN", { exact: true }), pin);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Payments", exact: true })).toBeVisible();
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Switch person or sign out" }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Who is at the till?" })).toBeVisible();
}

/** Chooses the account of the training till that a payment of Bumper's is fetched from. */
export async function chooseBumper(page: Page): Promise<void> {
  await sheet(page).getByLabel("Account").selectOption("Training Bumper");
}

/** Finds a payment by typing its invoice number, and opens it. */
export async function openPayment(page: Page, invoice: string): Promise<void> {
  await goTo(page, "Desk");
  await page.getByRole("searchbox", { name: "Search payments" }).fill(invoice);
  await expect(page.getByRole("status").filter({ hasText: /^1 payment$/ })).toBeVisible();
  await page.getByRole("row", { name: new RegExp(invoice) }).click();
  await expect(page.getByRole("heading", { level: 1, name: invoice })).toBeVisible();
}

export async function goTo(page: Page, view: "Desk" | "Queue" | "Approvals" | "Settings") {
  const rail = page.getByRole("navigation", { name: "Views" });
  await rail.getByRole("link", { name: new RegExp(`${view}$`) }).click();
}

export function sheet(page: Page): Locator {
  return page.getByRole("dialog");
}

/** Fills in a new total and goes as far as the preview. */
export async function draftAdjustment(page: Page, total: string): Promise<void> {
  await page.getByRole("button", { name: "Adjust amount" }).click();
  await typeInto(sheet(page).getByLabel("New total"), total);
  await sheet(page).getByRole("button", { name: "Preview" }).click();
}

/** Asks for a new total, to the end. */
export async function adjust(page: Page, total: string, shown: string): Promise<void> {
  await draftAdjustment(page, total);
  await sheet(page).getByRole("button", { name: `Adjust to ${shown}` }).click();
  await expect(sheet(page).getByText("Stored on this till.")).toBeVisible();
}

/** Asks for everything back, to the end. */
export async function refund(page: Page, shown: string): Promise<void> {
  await page.getByRole("button", { name: "Refund", exact: true }).click();
  await sheet(page).getByLabel("Reason").selectOption({ label: "Goods returned" });
  await sheet(page).getByRole("button", { name: "Preview" }).click();
  await sheet(page).getByRole("button", { name: `Refund ${shown}` }).click();
  await expect(sheet(page).getByText("Stored on this till.")).toBeVisible();
}

export async function closeSheet(page: Page): Promise<void> {
  await sheet(page).getByRole("button", { name: "Close" }).click();
  await expect(sheet(page)).toBeHidden();
}

/** Working offline on purpose, on or off. */
export async function setOffline(page: Page, offline: boolean): Promise<void> {
  const key = page.getByRole("switch", { name: "Work offline on purpose" });
  if ((await key.getAttribute("aria-checked")) !== String(offline)) await key.click();
  await expect(key).toHaveAttribute("aria-checked", String(offline));
}

/** The card of a change on its payment, in the queue or among the approvals. */
export function card(page: Page, title: string): Locator {
  return page.getByRole("article", { name: title });
}

/** The summary of what went wrong: it must hold the focus, and say whether money moved. */
export async function expectFault(where: Page | Locator, words: string | RegExp): Promise<Locator> {
  const summary = where.getByRole("alert").filter({ hasText: words });
  await expect(summary).toBeVisible();
  await expect(summary).toBeFocused();
  return summary;
}
