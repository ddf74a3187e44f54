/** Text from a provider is text, whatever it looks like. */
import { first, isOpen } from "../shared/sandbox.mjs";
import { CASHIER, chooseBumper, draftAdjustment, goTo, openPayment, sheet, signIn } from "./screen";
import { expect, test } from "./till";

const HOSTILE = `<img src=x onerror="document.title='taken'">`;
const SCRIPT = `"><script>document.title='taken'</script>`;

test("markup in a payment's texts is shown as it is and does nothing", async ({ page, till }) => {
  const made = await till.sandbox.create({
    amount: "100.00",
    invoice_number: HOSTILE,
    reference: SCRIPT,
  });
  await signIn(page, CASHIER);
  await page.getByRole("button", { name: "Track a payment" }).click();
  await chooseBumper(page);
  await sheet(page).getByLabel("Provider reference").fill(made.token);
  await sheet(page).getByRole("button", { name: "Track payment" }).click();
  await expect(sheet(page)).toBeHidden();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(HOSTILE);
  await draftAdjustment(page, "9000");
  await expect(sheet(page).getByTestId("preview-body")).toBeVisible();
  await sheet(page).getByRole("button", { name: "Adjust to £90.00" }).click();
  await expect(sheet(page).getByText("done", { exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await goTo(page, "Desk");
  await page.getByRole("searchbox").fill(made.token);
  await expect(page.getByRole("row", { name: /onerror/ })).toBeVisible();
  await expect(page.locator("img[src=x], main script")).toHaveCount(0);
  expect(await page.title()).toBe("Counterfoil");
});

test("markup in a payment's texts does nothing on its slip and on the papers of the day", async ({
  page,
  till,
}) => {
  const made = await till.sandbox.create({ amount: "100.00", invoice_number: HOSTILE });
  await signIn(page, CASHIER);
  await page.getByRole("button", { name: "Track a payment" }).click();
  await chooseBumper(page);
  await sheet(page).getByLabel("Provider reference").fill(made.token);
  await sheet(page).getByRole("button", { name: "Track payment" }).click();
  await expect(sheet(page)).toBeHidden();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(HOSTILE);
  await draftAdjustment(page, "9000");
  await sheet(page).getByRole("button", { name: "Adjust to £90.00" }).click();
  await expect(sheet(page).getByText("done", { exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(sheet(page)).toBeHidden();
  await page.getByRole("button", { name: "Slip", exact: true }).first().click();
  await expect(sheet(page).getByText(HOSTILE).first()).toBeVisible();
  await expect(page.locator("img[src=x], main script, dialog script")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await page.goto(`${till.url}#/day`);
  await expect(page.getByRole("heading", { level: 1, name: "Day" })).toBeVisible();
  await expect(page.locator("img[src=x], main script")).toHaveCount(0);
  expect(await page.title()).toBe("Counterfoil");
});

test("the screen keeps nothing on the disk but how it looks", async ({ page, till }) => {
  const payment = first(await till.sandbox.payments(), isOpen);
  await signIn(page, CASHIER);
  await openPayment(page, payment.invoice_number);
  const kept = await page.evaluate(async () => ({
    local: Object.keys(localStorage).filter((key) => !key.includes("theme")),
    session: Object.keys(sessionStorage),
    databases: await indexedDB.databases(),
    caches: "caches" in window ? await caches.keys() : [],
    cookies: document.cookie,
  }));
  expect(kept).toEqual({ local: [], session: [], databases: [], caches: [], cookies: "" });
});

test("markup typed by staff is kept as text", async ({ page, till }) => {
  const payment = first(await till.sandbox.payments(), isOpen);
  await signIn(page, CASHIER);
  await openPayment(page, payment.invoice_number);
  await page.getByRole("button", { name: "Change invoice" }).click();
  await sheet(page).getByLabel("Invoice number").fill(HOSTILE);
  await sheet(page).getByRole("button", { name: "Preview" }).click();
  await sheet(page).getByRole("button", { name: "Change invoice" }).click();
  await expect(sheet(page).getByText("done", { exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(sheet(page)).toBeHidden();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(HOSTILE);
  await expect(page.locator("img[src=x]")).toHaveCount(0);
});

test("the search takes any text without harm", async ({ page }) => {
  await signIn(page, CASHIER);
  const search = page.getByRole("searchbox");
  const texts = [`" OR 1=1 --`, "NEAR(", "*", `'; DROP TABLE payment`, "%_", HOSTILE, "\u202e"];
  for (const text of texts) {
    await search.fill(text);
    await expect(page.getByText(/^(Nothing found|\d+ payments?)$/).first()).toBeVisible();
  }
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("the policy of the window forbids what is not the screen's own", async ({ page, till }) => {
  const answer = await page.request.get(till.url);
  const policy = answer.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
  const foreign = await page.request.post(`${till.url}rpc`, {
    data: { call: "desk.show", args: {} },
    headers: { origin: "http://evil.example" },
  });
  expect(foreign.status()).toBe(403);
});
