import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";

import { FakeDoor, fault, type Scene } from "../../fixtures/fake";
import { PROVIDERS } from "../../fixtures/offers";
import { useDoor } from "../../host";
import { t } from "../../messages";
import { newAccount, chosen, emptyAccount } from "./account";
import AccountForm from "./AccountForm.svelte";

let door: FakeDoor;

async function open(provider: string, scene: Scene = {}): Promise<void> {
  door = new FakeDoor(scene);
  useDoor(door);
  render(AccountForm, { onclose: () => {}, closeWords: "Close" });
  const choice = await screen.findByLabelText("Provider");
  await fireEvent.change(choice, { target: { value: provider } });
}

const fill = (label: string | RegExp, value: string) =>
  fireEvent.input(screen.getByLabelText(label), { target: { value } });

async function connect(): Promise<void> {
  const button = screen.getByRole("button", { name: "Connect account" });
  await waitFor(() => expect(button.hasAttribute("disabled")).toBe(false));
  await fireEvent.click(button, { detail: 1 });
}

const added = () => door.asked.filter((one) => one.name === "account.add").map((one) => one.args);

describe("the form is built from what the provider needs", () => {
  test.each<[string, string[]]>([
    ["bumper", ["name", "url", "currency", "secret-api_key", "secret-secret"]],
    [
      "wepay",
      [
        "name",
        "url",
        "currency",
        "option-amounts.object",
        "option-amounts.total",
        "option-amounts.currency",
        "option-card_present",
        "secret-app_id",
        "secret-app_token",
      ],
    ],
    ["moyasar", ["name", "url", "currency", "secret-secret_key", "secret-webhook_secret"]],
    [
      "norce",
      [
        "name",
        "url",
        "currency",
        "option-merchant",
        "option-channel",
        "option-role",
        "option-adapter",
        "secret-token",
      ],
    ],
  ])("%s", async (provider, expected) => {
    await open(provider);
    const ids = [...document.querySelectorAll<HTMLElement>("input, select")].map((one) => one.id);
    expect(ids).toEqual(["provider", ...expected].map((name) => `account-${name}`));
    for (const one of document.querySelectorAll<HTMLInputElement>("input[id^=account-secret]")) {
      expect(one.type, one.id).toBe("password");
    }
  });
});

test("a setting that WePay does not document says so", async () => {
  await open("wepay");
  expect(screen.getAllByText(/^Not documented by WePay: set it only after/)).toHaveLength(3);
});

test("an account is added with its own secrets and settings, and nothing that was left empty", async () => {
  await open("norce");
  await fill("Name", " Webshop ");
  await fill("Base URL", "https://shop.api-se.norce.tech/checkout");
  await fireEvent.change(screen.getByLabelText("Currency"), { target: { value: "SEK" } });
  await fill("Merchant", "shop");
  await fill("Channel", "web-se");
  await fill("Token", ' kept "as it is" ');
  await connect();
  await screen.findByTestId("stored-secrets");
  expect(added()).toEqual([
    {
      name: "Webshop",
      provider: "norce",
      base_url: "https://shop.api-se.norce.tech/checkout",
      currency: "SEK",
      options: { merchant: "shop", channel: "web-se" },
      secrets: { token: ' kept "as it is" ' },
    },
  ]);
});

test("known addresses are one key away", async () => {
  await open("wepay");
  const url = screen.getByLabelText<HTMLInputElement>("Base URL");
  expect(url.value).toBe("https://api.wepay.com");
  await fireEvent.click(screen.getByRole("button", { name: "Test" }));
  expect(url.value).toBe("https://stage-api.wepay.com");
});

test("one address for live and test leaves nothing to choose", async () => {
  await open("moyasar");
  expect(screen.getByLabelText<HTMLInputElement>("Base URL").value).toBe("https://api.moyasar.com");
  expect(screen.queryByRole("button", { name: "Live" })).toBeNull();
});

test("a currency that is typed may be small, and left empty it is the backend's to say", async () => {
  for (const [typed, sent] of [
    [" eur ", "EUR"],
    ["", null],
  ] as const) {
    document.body.replaceChildren();
    await open("bumper");
    await fill("Name", "Branch");
    await fill(/^Currency/, typed);
    await fill("API key", "k");
    await fill("Secret", "s");
    await connect();
    await screen.findByTestId("stored-secrets");
    expect(added()).toMatchObject([{ currency: sent }]);
  }
});

test("what is missing is said before anything is asked, further secrets are not", async () => {
  await open("moyasar");
  await connect();
  expect(screen.getByRole("alert").textContent).toContain("Type a name");
  expect(screen.getByRole("alert").textContent).toContain("Choose a currency");
  expect(screen.getByRole("alert").textContent).toContain("Secret key is missing: paste it");
  expect(screen.getByRole("alert").textContent).not.toContain("Webhook");
  expect(added()).toEqual([]);
});

test("a refusal leads to the setting it names", async () => {
  const refused = fault("bad_input", "the setting merchant is needed", {
    detail: { field: "merchant" },
  });
  await open("norce", { failing: { "account.add": refused } });
  await fill("Name", "Webshop");
  await fill("Base URL", "https://shop.api-se.norce.tech/checkout");
  await fireEvent.change(screen.getByLabelText("Currency"), { target: { value: "SEK" } });
  await fill("Token", "x");
  await connect();
  const link = await screen.findByRole("link", { name: t.fault.bad_input.what });
  await fireEvent.click(link);
  expect(document.activeElement).toBe(screen.getByLabelText("Merchant"));
});

test("another provider begins anew and keeps the name alone", () => {
  const [bumper, wepay] = PROVIDERS;
  const first = { ...chosen(emptyAccount(), bumper!), name: "Branch" };
  first.secrets["api_key"] = "x";
  expect(newAccount(chosen(first, wepay!))).toEqual({
    name: "Branch",
    provider: "wepay",
    base_url: "https://api.wepay.com",
    currency: null,
    options: {},
    secrets: {},
  });
});
