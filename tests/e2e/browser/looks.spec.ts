/**
 * Every view in both themes: axe finds nothing serious, and a picture for a person to leaf through
 * goes to `out/looks`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { test as plain } from "@playwright/test";

import { Backstage } from "./backstage";
import { look, wear } from "./look";
import {
  CASHIER,
  expectFault,
  goTo,
  MANAGER,
  openPayment,
  OWNER,
  sheet,
  signIn,
  signOut,
  tile,
  typeInto,
} from "./screen";
import { setStage } from "./stage";
import { Complaints, expect, test, Till } from "./till";

for (const theme of ["light", "dark"] as const) {
  test(`a cashier's views are accessible in the ${theme} theme`, async ({ page, till }) => {
    test.slow();
    await wear(page, theme);
    await expect(tile(page, CASHIER)).toBeVisible();
    await look(page, theme, "01-sign-in");
    await tile(page, CASHIER).click();
    await look(page, theme, "02-sign-in-pin");
    await typeInto(page.getByLabel("PIN", { exact: true }), "000001");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expectFault(page, "That PIN does not fit.");
    await look(page, theme, "03-sign-in-wrong-pin");
    await page.getByRole("button", { name: "Someone else" }).click();
    await signIn(page, CASHIER);
    await expect(page.getByText(/1\d\d payments/)).toBeVisible();
    await look(page, theme, "04-desk");
    await page.getByRole("searchbox").fill("nobody has this");
    await expect(page.getByText("Nothing found")).toBeVisible();
    await look(page, theme, "05-desk-nothing-found");
    await page.getByRole("button", { name: "Clear the search" }).click();
    await page.getByRole("button", { name: "Track a payment" }).click();
    await look(page, theme, "06-track");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Start a payment" }).click();
    await look(page, theme, "07-start");
    await page.keyboard.press("Escape");
    await goTo(page, "Queue");
    await expect(page.getByText("The queue is empty")).toBeVisible();
    await look(page, theme, "08-queue-empty");

    const { signature, invoice } = await setStage(till, new Backstage(page, till));
    await new Backstage(page, till).signIn(CASHIER);
    await page.reload();
    await openPayment(page, invoice);
    await look(page, theme, "09-payment");
    await page.getByRole("button", { name: "Adjust amount" }).click();
    await typeInto(sheet(page).getByLabel("New total"), "12345");
    await look(page, theme, "10-adjust-form");
    await sheet(page).getByRole("button", { name: "Preview" }).click();
    await expect(sheet(page).getByRole("button", { name: "Adjust to £123.45" })).toBeEnabled();
    await look(page, theme, "11-adjust-preview");
    await sheet(page).getByRole("button", { name: "Adjust to £123.45" }).click();
    await expect(sheet(page).getByText("Stored on this till.")).toBeVisible();
    await look(page, theme, "12-adjust-outcome");
    await page.keyboard.press("Escape");
    await page.goto(`${till.url}#/signature/${signature}`);
    await expect(page.getByRole("img", { name: /^QR code/ })).toBeVisible();
    await look(page, theme, "13-signature");
    await page.emulateMedia({ media: "print", colorScheme: theme });
    await page.screenshot({ path: `out/looks/${theme}/14-signature-printed.png` });
    await page.emulateMedia({ media: "screen", colorScheme: theme });
    await page.getByRole("button", { name: "Switch person or sign out" }).click();
    await expect(page.getByRole("button", { name: "Sign out", exact: true })).toBeEnabled();
    await look(page, theme, "15-sign-out");
  });

  test(`a manager's and an owner's views are accessible in the ${theme} theme`, async ({
    page,
    till,
  }) => {
    test.slow();
    await wear(page, theme);
    const { invoice } = await setStage(till, new Backstage(page, till));
    await page.reload();
    await goTo(page, "Queue");
    await expect(page.getByText("needs you: the payment changed")).toBeVisible();
    await look(page, theme, "20-queue");
    await page.getByRole("button", { name: "Compare" }).click();
    await expect(page.getByRole("button", { name: "Drop this change" })).toBeEnabled();
    await look(page, theme, "21-conflict");
    await page.getByRole("button", { name: "Hide details" }).click();
    await page.getByRole("button", { name: "Look at the evidence" }).click();
    await look(page, theme, "22-doubt");
    await goTo(page, "Approvals");
    await expect(page.getByRole("button", { name: "Approve", exact: true })).toBeVisible();
    await look(page, theme, "23-approvals");
    await page.getByRole("button", { name: "Approve", exact: true }).click();
    await tile(page, MANAGER).click();
    await expect(page.getByRole("button", { name: /^Approve:/ })).toBeEnabled();
    await look(page, theme, "24-approve");
    await openPayment(page, invoice);
    await page.keyboard.press("?");
    await expect(sheet(page)).toBeVisible();
    await look(page, theme, "25-help");
    await page.keyboard.press("Escape");
    await signOut(page);
    await signIn(page, OWNER);
    await goTo(page, "Settings");
    await expect(page.getByRole("button", { name: "Add an account" })).toBeVisible();
    await look(page, theme, "26-settings");
    await page.getByRole("button", { name: "Check the whole trail" }).click();
    await expect(page.getByText(/^The trail is whole/).first()).toBeVisible();
    await page.getByRole("button", { name: "Add an account" }).click();
    await look(page, theme, "27-add-account");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Add a person" }).click();
    await look(page, theme, "28-add-person");
  });

  plain(`the first run is accessible in the ${theme} theme and ends at an empty desk`, async ({
    page,
  }) => {
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-first-run-"));
    const till = await Till.start(["--data-dir", join(folder, "data")], {
      COUNTERFOIL_VAULT: `file:${join(folder, "vault")}`,
      COUNTERFOIL_VAULT_PASSPHRASE: "a passphrase for this test alone",
    });
    const complaints = new Complaints(page);
    await wear(page, theme);
    await page.goto(till.url);
    await expect(page.getByRole("button", { name: "Set up till" })).toBeEnabled();
    await look(page, theme, "30-first-run");
    await page.getByRole("button", { name: "Set up till" }).click();
    await expectFault(page, "Name the store");
    await look(page, theme, "31-first-run-missing");
    await page.getByLabel("Store").fill("Corner garage");
    await page.getByLabel("Till", { exact: true }).fill("Front desk");
    await page.getByLabel("Owner's name").fill("Olive Owner");
    await page.getByLabel("PIN", { exact: true }).fill("482915");
    await page.getByLabel("PIN again").fill("482915");
    await page.getByRole("button", { name: "Set up till" }).click();
    await expect(page.getByRole("button", { name: "Do this later" })).toBeVisible();
    await look(page, theme, "32-first-run-account");
    await page.getByRole("button", { name: "Do this later" }).click();
    await expect(page.getByText("No payments yet")).toBeVisible();
    await expect(page.getByTestId("training")).toHaveCount(0);
    await look(page, theme, "33-empty-desk");
    expect(complaints.list).toEqual([]);
    await till.stop();
    rmSync(folder, { recursive: true });
  });
}

test("at 200 % zoom nothing runs out of the page and everything is within reach", async ({
  page,
  till,
}) => {
  const { signature } = await setStage(till, new Backstage(page, till));
  // Half the pixels of the smallest window are what 200 % zoom leaves.
  await page.setViewportSize({ width: 512, height: 350 });
  for (const view of ["desk", "queue", "approvals", "settings", `signature/${signature}`]) {
    await page.goto(`${till.url}#/${view}`);
    await page.reload();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect.soft(wide, `${view} needs no scrolling sideways`).toBeLessThanOrEqual(512);
    await page.screenshot({ path: `out/looks/zoom/${view.split("/")[0]}.png`, fullPage: true });
  }
});
