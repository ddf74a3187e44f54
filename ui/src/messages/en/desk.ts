/** Payments, their states and what was asked for on them. */
import { plural } from "../plural";

export const status = {
  approval: "waiting for approval",
  waiting: "waiting to send",
  sending: "sending",
  checking: (provider: string) => `checking with ${provider}`,
  accepted: (provider: string) => `accepted by ${provider}, not done yet`,
  customer: "customer must sign",
  conflict: "needs you: the payment changed",
  long_doubt: "needs you: outcome unknown",
  done: "done",
  declined: (provider: string) => `declined by ${provider}`,
  rejected: "rejected",
  withdrawn: "withdrawn",
  expired: "expired",
  unclear: "unclear",
};

export const payment_state = {
  open: "open",
  in_progress: "in progress",
  authorized: "authorised",
  paid: "paid",
  refunded: "returned",
  failed: "failed",
  cancelled: "cancelled",
  unclear: "unclear",
};

export const kind = {
  start: "Start a payment",
  adjust: "Adjust the amount",
  relabel: "Change the texts",
  refund: "Refund",
  cancel: "Cancel the payment",
  capture: "Capture",
  void: "Void",
};

export const change = {
  start: (amount: string) => `Start ${amount}`,
  adjust: (amount: string) => `Adjust to ${amount}`,
  refund: (amount: string) => `Refund ${amount}`,
  relabel: "Change the texts",
  relabel_invoice: "Change the invoice",
  cancel: "Cancel the payment",
  capture: "Capture",
  void: "Void",
  of: (name: string) => `asked by ${name}`,
  reason: "Reason",
  note: "Note",
  invoice: "Invoice number",
  reference: "Reference",
  asked: "Asked",
  by: "Asked by",
  approver: "Approved by",
  payment: "Payment",
  open_payment: "Open the payment",
  attempts: "Attempts",
  no_attempts: "Nothing has been sent yet.",
  attempt_started: "Started",
  attempt_answer: "Answer",
  attempt_digest: "Digest of the body",
  correlation: "The provider's name for it:",
  http: (status: number) => `HTTP ${status}`,
  last_error: "Last error",
  next_attempt: "Next attempt",
  next_now: "now",
  next_in: (wait: string) => `in ${wait}`,
  id: "Change",
  items: "Lines",
};

export const outcome = {
  applied: "taken",
  needs_customer: "customer must sign",
  accepted: "accepted: the provider is still working on it",
  refused: "refused",
  refused_for_now: "refused for now",
  never_left: "never left this till",
  unknown: "outcome unknown",
  under_way: "under way",
};

export const tell = {
  in_doubt: (provider: string) =>
    `Tell the customer: “We have sent it and are waiting for ${provider} to confirm. ` +
    "Please do not pay or ask again; we will contact you.”",
  accepted: (provider: string) =>
    `Tell the customer: “${provider} has accepted it and is working on it. ` +
    "It is on its way, and not certain yet.”",
  refund_waiting: "Nothing has been returned yet. It is sent as soon as there is a line.",
};

export const desk = {
  title: "Payments",
  search: "Search payments",
  search_hint: "Invoice, token, reference or customer",
  clear: "Clear the search",
  filter: "State",
  all: "All",
  track: "Track a payment",
  start: "Start a payment",
  column_payment: "Payment",
  column_customer: "Customer",
  column_account: "Account",
  column_state: "State",
  column_amount: "Amount",
  list: "Payments, newest first",
  open_changes: (count: number) =>
    plural("en", count, { one: "1 open change", other: `${count} open changes` }),
  returned: (amount: string) => `${amount} back or on its way`,
  none_title: "No payments yet",
  none: "Track a payment that exists at the provider, or start a new one.",
  nothing_title: "Nothing found",
  nothing: (query: string) => `No payment fits “${query}”.`,
  nothing_filter: "No payment is in this state.",
  found: (count: number, more: boolean) =>
    more
      ? `More than ${count} payments`
      : plural("en", count, { one: "1 payment", other: `${count} payments` }),
  scanned: (code: string) => `Scanned ${code}`,
  scanned_later: (code: string) => `Scanned ${code}: it is in the search when you close this.`,
};

export const track = {
  title: "Track a payment",
  about: "For a payment that exists at the provider and is not known to this till yet.",
  account: "Account",
  ref: "Provider reference",
  ref_hint: "As the provider writes it. Capital and small letters matter.",
  submit: "Track payment",
  keep: "Close",
  no_accounts: "No account is connected yet. An owner adds one in the settings.",
  need_account: "Choose an account",
  need_ref: "Type the provider reference",
};

/** What is looked for, by provider. */
export const ref_hint = {
  bumper: "The token. Capital and small letters matter.",
  wepay: "The payment's id. Capital and small letters matter.",
  moyasar: "The payment's id. Capital and small letters matter.",
  norce: "Order and payment, as ORDER/PAYMENT. Capital and small letters matter.",
};

export const payment = {
  back: "Back to the desk",
  amount: "Amount",
  facts: "Facts",
  account: "Account",
  provider: "Provider",
  token: "Provider reference",
  invoice: "Invoice number",
  reference: "Reference",
  customer: "Customer",
  provider_status: "Provider's own word",
  returned: "Returned or on its way back",
  captured: "Captured",
  capture_at: "Captured on",
  capture_due: "To be captured on",
  made_at: "Made on",
  description: "Description",
  metadata: "Metadata",
  limits: "Allowed range",
  range: (from: string, to: string) => `${from} to ${to}`,
  from: (from: string) => `from ${from}`,
  up_to: (to: string) => `up to ${to}`,
  fetched: "Read at the provider",
  refresh: "Read again",
  refreshed: "The payment was read again",
  lines: "Lines",
  lines_none: "No lines are known on this till.",
  line_times: (quantity: string, price: string) => `${quantity} × ${price}`,
  history: "What was asked for",
  history_none: "Nothing has been asked for on this payment yet.",
  actions: "What you can do",
  act_adjust: "Adjust amount",
  act_relabel: "Change texts",
  act_relabel_invoice: "Change invoice",
  act_refund: "Refund",
  act_cancel: "Cancel payment",
  act_capture: "Capture",
  act_void: "Void",
  needs_approval: "A second person must approve",
  not_known: "This is not possible now.",
  copy: "Copy",
  copied: "Copied",
};
