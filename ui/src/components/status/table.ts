/**
 * The one status table of the screen: eight statuses, each with a shape, a colour and a word, the
 * same on every view. Red is for "needs you" only: a conflict, or an outcome that has been unknown
 * for more than an hour. A refusal by the provider is final and asks nothing, so it is grey.
 */
import type { Change } from "../../bindings/Change";
import type { t } from "../../messages";

/** Every state a change can be in, as the backend spells it. */
export const CHANGE_STATES = [
  "awaiting_approval",
  "rejected",
  "queued",
  "sending",
  "applied",
  "declined",
  "needs_customer",
  "in_doubt",
  "conflict",
  "expired",
  "withdrawn",
] as const;
export type ChangeState = (typeof CHANGE_STATES)[number];

export const STATUSES = [
  "needs_you",
  "customer",
  "approval",
  "checking",
  "sending",
  "waiting",
  "done",
  "not_done",
] as const;
export type Status = (typeof STATUSES)[number];

/** Word under which a state is shown; four states share "not done" with a word of their own. */
export type StatusWord = keyof typeof t.status;

export type Shape = "alert" | "pen" | "diamond" | "half" | "arrow" | "ring" | "check" | "bar";

/** The colour is the status' own name: `--status-<name>` in the tokens. */
export const SHAPES: Readonly<Record<Status, Shape>> = {
  needs_you: "alert",
  customer: "pen",
  approval: "diamond",
  checking: "half",
  sending: "arrow",
  waiting: "ring",
  done: "check",
  not_done: "bar",
};

/** An outcome unknown for longer than this needs a person (product row M12). */
export const DOUBT_NEEDS_YOU_AFTER_MS = 3_600_000;

export interface Shown {
  readonly status: Status;
  readonly word: StatusWord;
}

const BY_STATE: Readonly<Record<ChangeState, Shown>> = {
  awaiting_approval: { status: "approval", word: "approval" },
  queued: { status: "waiting", word: "waiting" },
  sending: { status: "sending", word: "sending" },
  in_doubt: { status: "checking", word: "checking" },
  needs_customer: { status: "customer", word: "customer" },
  conflict: { status: "needs_you", word: "conflict" },
  applied: { status: "done", word: "done" },
  declined: { status: "not_done", word: "declined" },
  rejected: { status: "not_done", word: "rejected" },
  withdrawn: { status: "not_done", word: "withdrawn" },
  expired: { status: "not_done", word: "expired" },
};

export function isChangeState(state: string): state is ChangeState {
  return (CHANGE_STATES as readonly string[]).includes(state);
}

/** How a bare state is shown. One this screen does not know is never called done or failed. */
export function shownOfState(state: string): Shown {
  return isChangeState(state) ? BY_STATE[state] : { status: "checking", word: "unclear" };
}

/** The provider has said yes and is not done: in doubt still, and yet nothing to be alarmed by. */
export function isAccepted(change: Change): boolean {
  return change.state === "in_doubt" && change.attempts.at(-1)?.outcome === "accepted";
}

/** How a change is shown at a moment in milliseconds. */
export function shownOf(change: Change, now: number): Shown {
  if (isAccepted(change)) return { status: "sending", word: "accepted" };
  if (change.state === "in_doubt" && now - doubtSince(change) > DOUBT_NEEDS_YOU_AFTER_MS) {
    return { status: "needs_you", word: "long_doubt" };
  }
  return shownOfState(change.state);
}

/** The doubt began with the newest attempt, not with the newest look at it. */
function doubtSince(change: Change): number {
  return Date.parse(change.attempts.at(-1)?.started_at ?? change.changed_at);
}

/** Payment states, shown with the same shapes and colours. */
export const PAYMENT_STATES = [
  "open",
  "in_progress",
  "authorized",
  "paid",
  "refunded",
  "failed",
  "cancelled",
  "unclear",
] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

const BY_PAYMENT_STATE: Readonly<Record<PaymentState, Status>> = {
  open: "waiting",
  in_progress: "sending",
  // Money is held and not taken: something is still to be done.
  authorized: "waiting",
  paid: "done",
  // The money is no longer here.
  refunded: "not_done",
  failed: "not_done",
  cancelled: "not_done",
  unclear: "checking",
};

export function isPaymentState(state: string): state is PaymentState {
  return (PAYMENT_STATES as readonly string[]).includes(state);
}

export function statusOfPayment(state: string): Status {
  return isPaymentState(state) ? BY_PAYMENT_STATE[state] : "checking";
}

/** True where nothing can happen to the change any more. */
export function isFinal(state: string): boolean {
  const { status } = shownOfState(state);
  return status === "done" || status === "not_done";
}
