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
