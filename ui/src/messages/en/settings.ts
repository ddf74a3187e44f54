/** Settings and the first run. */
import { plural } from "../plural";

export const settings = {
  title: "Settings",
  read_only: "Only the owner changes settings. You can look at them.",
  accounts: "Accounts",
  values: "Further settings",
  trail: "Trail",
  add_account: "Add an account",
  account_name: "Name",
  account_name_hint: "As staff will see it, such as the branch.",
  base_url: "Base URL",
  url_hint: "The provider tells you this address: each customer has another.",
  addresses: "Known addresses",
  provider: "Provider",
  currency: "Currency",
  currency_hint: "Three letters, such as EUR. Left empty it is GBP.",
  secret_hint: "Kept exactly as pasted, quotation marks included, and never shown again.",
  test: "Test connection",
  test_ok: "The provider accepted the credentials.",
  test_name: (name: string) => `Test connection of ${name}`,
  rotate: "Replace secrets",
  rotate_name: (name: string) => `Replace secrets of ${name}`,
  remove_name: (name: string) => `Remove account ${name}`,
  remove_ask: (name: string) => `Remove the account ${name}?`,
  remove_about: "Its secrets leave the keyring. Payments and the trail stay.",
  remove_confirm: "Remove account",
  remove_keep: "Keep account",
  no_accounts_title: "No account yet",
  no_accounts: "Connect an account at a provider to work with its payments.",
  save_account: "Connect account",
  cancel: "Close",
  stored_secrets: "Stored in the keyring. Compare with what the provider gave you:",
  paused: "Paused",
  staff_name: "Name",
  role: "Role",
  pin: "PIN",
  pin_again: "PIN again",
  pin_hint: "6 to 12 digits, no run like 123456, not one digit repeated.",
  save_staff: "Add person",
  setting: "Setting",
  value: "Value",
  default: "Default",
  change: "Change",
  change_name: (key: string) => `Change ${key}`,
  save: "Save setting",
  saved: (key: string) => `${key} saved`,
  verify: "Check the whole trail",
  verify_ok: (entries: number) =>
    plural("en", entries, {
      one: "The trail is whole: 1 entry.",
      other: `The trail is whole: ${entries} entries.`,
    }),
  verify_bad: "The trail is broken. Keep this till as it is and call the owner.",
  head: "Newest hash",
  signed_to: "Signed up to entry",
  anchored: "Known to the keyring",
  anchored_yes: "Yes, the same head",
  version: "Version",
  need_name: "Type a name",
  need_url: "Type the base URL",
  need_provider: "Choose a provider",
  need_currency: "Choose a currency",
  need_secret: (name: string) => `${name} is missing: paste it`,
  need_pin: "Type a PIN of 6 to 12 digits",
  need_same_pin: "The two PINs differ",
};

/** Secrets of accounts, by the backend's names. */
export const secret_name = {
  api_key: "API key",
  secret: "Secret",
  app_id: "App ID",
  app_token: "App token",
  secret_key: "Secret key",
  webhook_secret: "Webhook secret",
  token: "Token",
};

/** What an address of a provider is for. */
export const address_name = {
  live: "Live",
  test: "Test",
};

/** Settings of accounts, by the backend's names with `_` for a dot. */
export const option_name = {
  amounts_object: "Name of the amounts",
  amounts_total: "Name of the total in it",
  amounts_currency: "Name of the currency in it",
  card_present: "Card present",
  merchant: "Merchant",
  channel: "Channel",
  role: "Role",
  adapter: "Adapter",
};

export const option_help = {
  amounts_object:
    "Not documented by WePay: set it only after WePay confirmed it. Without it no amount is sent.",
  amounts_total: "Not documented by WePay: set it only after WePay confirmed it.",
  amounts_currency: "Not documented by WePay: set it only after WePay confirmed it.",
  card_present: "“true” where cards are read at the till; empty or “false” where they are not.",
  merchant: "Needed. Sent with every request as the merchant.",
  channel: "Needed. Sent with every request as the channel.",
  role: "“order_api”, also meant where it is empty, or “adapter_callback” for your own adapter.",
  adapter: "Only for “adapter_callback”: the service's name, such as “klarna-adapter”.",
};

export const first_run = {
  title: "Set up this till",
  about: "One page now; everything else can be changed later in the settings.",
  step_store: "1. This till and its owner",
  step_account: "2. Connect an account",
  store: "Store",
  store_hint: "Printed on slips.",
  till: "Till",
  till_hint: "Such as “Front desk”.",
  owner: "Owner's name",
  submit: "Set up till",
  account_about: "Optional. It can be done later in the settings.",
  later: "Do this later",
  finish: "Go to the desk",
  need_store: "Name the store",
  need_till: "Name this till",
  need_owner: "Name the owner",
};
