/**
 * What the form of a change holds, and how it becomes the question to the backend. Pure: the form
 * only finds what is missing; whether a change is allowed is never decided here.
 */
import type { Ask } from "../../bindings/Ask";
import type { Change } from "../../bindings/Change";
import type { ItemText } from "../../bindings/ItemText";
import type { Money } from "../../bindings/Money";
import type { Payment } from "../../bindings/Payment";
import { t } from "../../messages";
import { refusalWords } from "../../messages/words";
import { decimalsOf, decimalsOfCurrency, minorOfText, moneyOfMinor } from "../money/exact";
import { EMPTY, exactly, read, paste, type Entry } from "../money/entry";

/** Kinds with a form on this screen. */
export type AskKind = "start" | "adjust" | "relabel" | "refund" | "cancel";

export interface Draft {
  kind: AskKind;
  /** Name of the account; for a start only. */
  account: string;
  currency: string;
  entry: Entry;
  invoice: string;
  reference: string;
  description: string;
  email: string;
  reason: string;
  note: string;
  items: ItemText[];
  /** The waiting adjustment that this one takes the place of; null asks for both. */
  insteadOf: string | null;
}

export interface Problem {
  /** Id of the field. */
  id: string;
  text: string;
}

export type Drafted = { ok: true; ask: Ask } | { ok: false; problems: Problem[] };

/** Ids of the fields, used by the form and by the links of the summary. */
export const FIELD = {
  account: "change-account",
  amount: "change-amount",
  invoice: "change-invoice",
  reference: "change-reference",
  description: "change-description",
  email: "change-email",
  reason: "change-reason",
  note: "change-note",
  lines: "change-lines",
} as const;

/** The backend's names of the fields, as a fault gives them. */
export const BACKEND_FIELD: Readonly<Record<string, string>> = {
  account: FIELD.account,
  currency: FIELD.account,
  total: FIELD.amount,
  amount: FIELD.amount,
  invoice: FIELD.invoice,
  reference: FIELD.reference,
  description: FIELD.description,
  email: FIELD.email,
  reason: FIELD.reason,
  note: FIELD.note,
  items: `${FIELD.lines}-0`,
};

/** Reason codes of the command line's contract; `other` needs a note. */
export const REASONS = [
  "customer_request",
  "goods_returned",
  "duplicate",
  "price_correction",
  "service_issue",
  "fraud_suspected",
  "other",
] as const;

export function draftFor(kind: AskKind, payment: Payment | null): Draft {
  return {
    kind,
    account: "",
    currency: payment?.amount.currency ?? "",
    entry: kind === "refund" && payment !== null ? exactly(stillHere(payment).text) : EMPTY,
    invoice: payment?.invoice_number ?? "",
    reference: payment?.reference ?? "",
    description: "",
    email: "",
    reason: "",
    note: "",
    items: (payment?.items ?? []).map((item) => ({ ...item })),
    insteadOf: null,
  };
}

/** The newest adjustment of which nothing was sent and which this person may take back. */
export function replaceable(changes: readonly Change[]): Change | null {
  const waits = (one: Change) =>
    one.kind === "adjust" &&
    ["awaiting_approval", "queued"].includes(one.state) &&
    one.attempts.length === 0 &&
    one.may_withdraw;
  return changes.findLast(waits) ?? null;
}

/** Paid minus what is returned or on its way back: where a refund form begins, not a rule. */
export function stillHere(payment: Payment): Money {
  const paid = payment.captured ?? payment.amount;
  const gone = BigInt(payment.refunded?.minor ?? "0");
  const left = BigInt(paid.minor) - gone;
  return moneyOfMinor(left < 0n ? 0n : left, paid);
}

export function decimalsFor(draft: Draft, payment: Payment | null): number {
  return payment === null ? decimalsOfCurrency(draft.currency) : decimalsOf(payment.amount);
}

/** The amount typed, as money; null while there is none that can be read. */
export function amountOf(draft: Draft, payment: Payment | null): Money | null {
  const reading = read(draft.entry, decimalsFor(draft, payment));
  if (reading.kind !== "amount" || draft.currency === "") return null;
  return { minor: reading.minor.toString(), currency: draft.currency, text: reading.text };
}

/** What the lines come to; null while one of them cannot be read. */
export function sumOfLines(draft: Draft, payment: Payment | null): Money | null {
  const decimals = decimalsFor(draft, payment);
  let sum = 0n;
  for (const line of draft.items) {
    const price = minorOfText(line.price, decimals);
    if (price === null || !/^\d{1,6}$/.test(line.quantity)) return null;
    sum += price * BigInt(line.quantity);
  }
  const zero = {
    minor: "0",
    currency: draft.currency,
    text: decimals === 0 ? "0" : `0.${"0".repeat(decimals)}`,
  };
  return draft.items.length === 0 ? null : moneyOfMinor(sum, zero);
}

export function askOf(draft: Draft, payment: Payment | null): Drafted {
  const problems = problemsOf(draft, payment);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, ask: built(draft, payment) };
}

function problemsOf(draft: Draft, payment: Payment | null): Problem[] {
  switch (draft.kind) {
    case "start":
      return [
        ...needsAccount(draft),
        ...needsAmount(draft, payment),
        ...needsLines(draft, payment),
      ];
    case "adjust":
      return [...needsNewTotal(draft, payment), ...needsLines(draft, payment)];
    case "refund":
      return [...needsAmount(draft, payment), ...needsReason(draft)];
    case "relabel":
      return changedTexts(draft, payment) ? [] : [{ id: FIELD.invoice, text: t.sheet.need_text }];
    case "cancel":
      return [];
  }
}

function built(draft: Draft, payment: Payment | null): Ask {
  const id = payment?.payment_id ?? "";
  const amount = amountOf(draft, payment)?.text ?? "";
  switch (draft.kind) {
    case "start":
      return {
        kind: "start",
        account: draft.account,
        amount,
        currency: draft.currency,
        invoice: textOrNull(draft.invoice),
        reference: textOrNull(draft.reference),
        email: textOrNull(draft.email),
        items: draft.items,
      };
    case "adjust":
      return {
        kind: "adjust",
        payment: id,
        total: amount,
        invoice: changed(draft.invoice, payment?.invoice_number),
        items: linesChanged(draft, payment) ? draft.items : [],
        instead_of: draft.insteadOf,
      };
    case "relabel":
      return {
        kind: "relabel",
        payment: id,
        invoice: changed(draft.invoice, payment?.invoice_number),
        reference: changed(draft.reference, payment?.reference),
        description: textOrNull(draft.description),
        metadata: {},
      };
    case "refund":
      return {
        kind: "refund",
        payment: id,
        amount,
        reason: draft.reason,
        note: textOrNull(draft.note),
      };
    case "cancel":
      return { kind: "cancel", payment: id, reason: textOrNull(draft.reason) };
  }
}

function needsAccount(draft: Draft): Problem[] {
  return draft.account === "" ? [{ id: FIELD.account, text: t.sheet.need_account }] : [];
}

function needsAmount(draft: Draft, payment: Payment | null): Problem[] {
  if (draft.currency === "" || amountOf(draft, payment) !== null) return [];
  const decimals = decimalsFor(draft, payment);
  const reading = read(draft.entry, decimals);
  const text =
    reading.kind === "refused" ? refusalWords(reading.why, decimals) : t.sheet.need_amount;
  return [{ id: FIELD.amount, text }];
}

/** A total as it is now is no change, unless texts go with it. */
function needsNewTotal(draft: Draft, payment: Payment | null): Problem[] {
  const missing = needsAmount(draft, payment);
  if (missing.length > 0) return missing;
  const same = amountOf(draft, payment)?.minor === payment?.amount.minor;
  const texts = changed(draft.invoice, payment?.invoice_number) !== null;
  return same && !texts && !linesChanged(draft, payment)
    ? [{ id: FIELD.amount, text: t.sheet.same_total }]
    : [];
}

function needsReason(draft: Draft): Problem[] {
  if (draft.reason === "") return [{ id: FIELD.reason, text: t.sheet.need_reason }];
  return draft.reason === "other" && draft.note.trim() === ""
    ? [{ id: FIELD.note, text: t.sheet.need_note }]
    : [];
}

function needsLines(draft: Draft, payment: Payment | null): Problem[] {
  const decimals = decimalsFor(draft, payment);
  return draft.items.flatMap((line, index) => {
    const priced = read(paste(line.price), decimals).kind === "amount";
    const whole = /^[1-9]\d{0,5}$/.test(line.quantity);
    const fine = line.item.trim() !== "" && whole && priced;
    return fine ? [] : [{ id: `${FIELD.lines}-${index}`, text: t.sheet.need_line(index + 1) }];
  });
}

function changedTexts(draft: Draft, payment: Payment | null): boolean {
  return (
    changed(draft.invoice, payment?.invoice_number) !== null ||
    changed(draft.reference, payment?.reference) !== null ||
    draft.description.trim() !== ""
  );
}

function linesChanged(draft: Draft, payment: Payment | null): boolean {
  return JSON.stringify(draft.items) !== JSON.stringify(payment?.items ?? []);
}

/** Null where the text is empty or as it was: both mean "leave it". */
function changed(now: string, before: string | null | undefined): string | null {
  return now.trim() === (before ?? "") ? null : textOrNull(now);
}

function textOrNull(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}
