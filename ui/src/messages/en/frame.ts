/** The frame of the screen: bar, views, sign-in, help. */
import { plural } from "../plural";

export const app = {
  name: "Counterfoil",
  training: "Training",
  training_long: "Training till: made-up payments, no real money",
  skip: "Skip to the content",
  loading: "Reading…",
};

export const nav = {
  label: "Views",
  desk: "Desk",
  queue: "Queue",
  approvals: "Approvals",
  settings: "Settings",
  help_keys: "Help and shortcuts",
};

export const bar = {
  label: "This till",
  at: (store: string, till: string) => `${store} · ${till}`,
  not_set_up: "Not set up yet",
  unsent_none: "Nothing unsent",
  unsent: (count: number, age: string) =>
    `${plural("en", count, { one: "1 unsent", other: `${count} unsent` })}, oldest ${age}`,
  leave: "Switch person or sign out",
  offline_switch: "Work offline on purpose",
  offline_short: "Offline",
  theme: (name: string) => `Theme: ${name}`,
  theme_system: "as the system",
  theme_light: "light",
  theme_dark: "dark",
};

export const line = {
  online: "Online",
  down: "Line down",
  on_purpose: "Working offline on purpose",
  sent_elsewhere: "Another program sends",
  keyring_closed: "Keyring closed",
  another_till: "Not this till's to send",
};

export const banner = {
  down: "The line is down.",
  down_more: "Changes are kept on this till and sent when the line is back.",
  on_purpose: "Working offline on purpose.",
  on_purpose_more: "Nothing is sent until you go online again.",
  sent_elsewhere: "Another program on this till sends the changes.",
  sent_elsewhere_more: "What you ask for here is kept, and sent from there.",
  keyring_closed: "Sending is paused: the keyring cannot be read.",
  keyring_closed_more: "Changes are kept. Unlock the keyring of this computer to send them.",
  another_till: "Nothing is sent from here: this data folder is a copy, or its key is elsewhere.",
  another_till_more:
    "No money moved. What you ask for is kept; send it from the till it belongs to.",
  rescue: "Read-only rescue: the store could not be opened in full.",
  rescue_more: "Nothing can be asked for and nothing is sent; what can be read is shown.",
  unreached: (accounts: string) => `No answer from ${accounts}.`,
  limit_left: (span: string, changes: string, money: string) =>
    `Offline limits: ${span}, ${changes}${money === "" ? "" : ` and ${money}`} left.`,
  limit_changes: (count: number) =>
    plural("en", count, { one: "1 change", other: `${count} changes` }),
  limit_near: "A limit is near.",
  limit_reached:
    "An offline limit is reached: nothing more can be asked for until the line is back.",
  breaker: (account: string, wait: string) =>
    `${account} is left alone for ${wait}; then one change tries it.`,
  breaker_tries: (account: string) => `${account} is being tried now.`,
  go_online: "Go online",
  last_contact: (age: string) => `Last contact ${age}.`,
  backend: "The till's program does not answer. What is stored stays stored; trying again.",
};

/** The till's own time against the clocks around it; `by` is a length of time. */
export const clock_banner = {
  what: {
    set_back: (by: string) => `This computer's clock is ${by} behind.`,
    set_forward: (by: string) => `This computer's clock is ${by} ahead.`,
    provider_differs: (by: string) => `A provider's clock and this till's differ by ${by}.`,
    ahead: (by: string) => `This till's time runs ${by} ahead.`,
  },
  todo: {
    set_back: "The till goes by its own time. Put the clock right.",
    set_forward:
      "The till goes by its own time until a provider confirms the clock. Check date and time.",
    provider_differs: "One of them is wrong. Check the date and time of this computer.",
    ahead: "Its clock was wrong before. Times never go back; what is stored keeps its order.",
  },
};

export const sign_in = {
  title: "Who is at the till?",
  people: "People",
  choose: "Choose your name, then type your PIN.",
  none: "There is nobody to choose yet.",
  pin: "PIN",
  submit: "Sign in",
  other: "Someone else",
  locked: (wait: string) => `Locked for ${wait}`,
  locked_long: "Too many wrong PINs. Another person can sign in meanwhile.",
  was_locked: "The till locked itself. Nothing was lost: sign in to go on.",
  hints: "Training",
  hint: (pin: string) => `PIN ${pin}`,
};

export const pin_pad = {
  label: "PIN keys",
  erase: "Delete digit",
  clear: "Clear PIN",
  clear_short: "C",
  digits: (count: number) =>
    plural("en", count, { one: "1 digit typed", other: `${count} digits typed` }),
};

export const sign_out = {
  nothing: "Nothing is waiting to be sent.",
  unsent: (count: number) =>
    plural("en", count, {
      one: "1 change is still waiting to be sent.",
      other: `${count} changes are still waiting to be sent.`,
    }),
  unsent_more: "They stay on this till and are sent without you.",
  open: (count: number) =>
    plural("en", count, {
      one: "1 change is not finished.",
      other: `${count} changes are not finished.`,
    }),
  confirm: "Sign out",
  keep: "Stay signed in",
};

export const roles = {
  cashier: "cashier",
  manager: "manager",
  owner: "owner",
  auditor: "auditor",
};

export const providers = {
  bumper: "Bumper",
  wepay: "WePay",
  moyasar: "Moyasar",
  norce: "Norce Checkout",
};

export const help = {
  title: "Help and shortcuts",
  about: "Everything can be done with the keyboard.",
  search: "Go to the search",
  help: "This list",
  desk: "Desk",
  queue: "Queue",
  approvals: "Approvals",
  settings: "Settings",
  person: "Switch person",
  list: "Move in the list",
  open: "Open the payment",
  back: "Close a sheet, or back to the desk",
  digits: "Amount: digits fill from the right",
  scan: "Scanned codes always go to the search.",
  then: "then",
  legend: "What the marks mean",
  close: "Close help",
};

export const time = {
  just_now: "just now",
  ago: (span: string) => `${span} ago`,
};
