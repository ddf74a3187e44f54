/**
 * Payments of all four providers and the form of a new account, on the gallery's answers: both
 * themes and both directions, with pictures in `out/looks/gallery` and axe on each.
 */
import type { Page } from "@playwright/test";

import { expect, test, type Direction } from "./gallery";
import { look, wear, type Theme } from "./look";
import { sheet, typeInto } from "./screen";

const PAYMENTS = [
  "w-held",
  "w-unconfirmed",
  "w-paid",
  "m-held",
  "m-paid",
  "m-returned",
  "n-held",
  "n-paid",
] as const;

const PROVIDERS = ["Bumper", "WePay", "Moyasar", "Norce Checkout"] as const;

type Take = (name: string) => Promise<void>;
type Open = (name: string) => Promise<void>;

const press = (page: Page, name: string) =>
  page.getByRole("button", { name, exact: true }).click();

/** Clears what the form opened with, and types. */
async function amount(page: Page, label: string, typed: string): Promise<void> {
  await sheet(page).getByRole("button", { name: "Clear amount" }).click();
  await typeInto(sheet(page).getByLabel(label), typed);
}

async function views(page: Page, open: Open, take: Take): Promise<void> {
  for (const name of PAYMENTS) {
    await open(`payment-${name}`);
    await take(`payment-${name}`);
  }
  for (const name of ["desk", "desk-down", "settings"]) {
    await open(name);
    await take(name);
  }
  await open("queue-accepted");
  await page.getByText("accepted by WePay, not done yet").evaluate((mark) => mark.scrollIntoView());
  const scrolled = await page.evaluate(() => document.documentElement.scrollTop);
  expect.soft(scrolled, "the view scrolls, the page does not").toBe(0);
  await take("queue-accepted");
}

async function wepay(page: Page, open: Open, take: Take): Promise<void> {
  await open("payment-w-held");
  await press(page, "Adjust amount");
  await amount(page, "New total", "30000");
  await press(page, "Preview");
  await expect(sheet(page).getByRole("alert")).toContainText("Type US$221.39 or less.");
  await take("sheet-adjust-too-large");
  await open("payment-w-held");
  await press(page, "Capture");
  await sheet(page).getByLabel("When").fill("2099-01-02T10:30");
  await take("sheet-capture-later");
  await sheet(page).getByLabel("When").fill("");
  await amount(page, "Amount to capture", "12000");
  await take("sheet-capture-part");
  await press(page, "Preview");
  await expect(sheet(page).getByRole("button", { name: "Capture US$120.00" })).toBeEnabled();
  await take("sheet-capture-preview");
  await open("payment-w-held");
  await press(page, "Change texts");
  await press(page, "Remove bay");
  await press(page, "Add a key");
  await sheet(page).getByLabel("Value 3").fill("red");
  await press(page, "Preview");
  await expect(sheet(page).getByRole("alert")).toContainText("Key 3 needs a name");
  await take("sheet-texts-wrong");
  await open("payment-w-held");
  await press(page, "Cancel instead");
  await take("sheet-cancel");
}

async function others(page: Page, open: Open, take: Take): Promise<void> {
  await open("payment-m-held");
  await press(page, "Capture less instead");
  await take("sheet-capture-less");
  await open("payment-m-held");
  await press(page, "Change texts");
  await take("sheet-texts");
  await open("payment-m-held");
  await press(page, "Void");
  await take("sheet-void");
  await open("payment-m-paid");
  await press(page, "Refund a part instead");
  await amount(page, "Amount to return", "12500");
  await take("sheet-refund-part");
  await open("payment-n-held");
  await press(page, "Capture");
  await take("sheet-capture-whole");
  await open("payment-n-paid");
  await press(page, "Refund");
  await take("sheet-refund-whole");
  await open("desk");
  await press(page, "Start a payment");
  await sheet(page).getByLabel("Account").selectOption("Harbour Street");
  await take("sheet-start");
}

async function accounts(page: Page, open: Open, take: Take): Promise<void> {
  for (const name of PROVIDERS) {
    await open("settings");
    await press(page, "Add an account");
    await sheet(page).getByLabel("Provider").selectOption(name);
    await take(`account-${name.split(" ")[0]?.toLowerCase()}`);
    await sheet(page).locator(".body").evaluate((body) => body.scrollTo(0, body.scrollHeight));
    await take(`account-${name.split(" ")[0]?.toLowerCase()}-end`);
  }
  await press(page, "Connect account");
  await expect(sheet(page).getByRole("alert")).toBeFocused();
  await take("account-missing");
}

for (const theme of ["light", "dark"] as const satisfies readonly Theme[]) {
  for (const direction of ["ltr", "rtl"] as const satisfies readonly Direction[]) {
    test(`all four providers are accessible, ${theme}, ${direction}`, async ({ page, scene }) => {
      test.slow();
      await page.setViewportSize({ width: 1280, height: 1000 });
      await wear(page, theme);
      const open: Open = async (name) => scene(name, direction);
      const take: Take = async (name) => look(page, `gallery/${theme}-${direction}`, name);
      await views(page, open, take);
      await wepay(page, open, take);
      await others(page, open, take);
      await accounts(page, open, take);
    });
  }
}

test("at 200 % zoom no sheet and no payment runs out of the page", async ({ page, scene }) => {
  await page.setViewportSize({ width: 512, height: 350 });
  for (const [name, button] of [
    ["payment-w-held", "Change texts"],
    ["payment-m-held", "Capture less instead"],
    ["settings", "Add an account"],
  ] as const) {
    await scene(name, "ltr");
    await press(page, button);
    await expect(sheet(page)).toBeVisible();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect.soft(wide, `${name} needs no scrolling sideways`).toBeLessThanOrEqual(512);
    const inside = await sheet(page).evaluate((box) => box.scrollWidth - box.clientWidth);
    expect.soft(inside, `${button} needs no scrolling sideways`).toBeLessThanOrEqual(0);
    await page.screenshot({ path: `out/looks/zoom/gallery-${name}.png` });
  }
});
