/**
 * What the form of a change holds, and how it becomes the question to the backend. Pure: whether a
 * change is allowed is never decided here.
 */
import type { Ask } from "../../bindings/Ask";
import type { Change } from "../../bindings/Change";
import type { ItemText } from "../../bindings/ItemText";
import type { Money } from "../../bindings/Money";
import type { Setting } from "../../bindings/Setting";
import { decimalsOf, decimalsOfCurrency, minorOfText, moneyOfMinor } from "../money/exact";
import { EMPTY, exactly, read, type Entry } from "../money/entry";
import { hasAmount, type Form } from "./form";
import { changesOf, rowsOf, type MetadataRow } from "./metadata";

export interface Draft {
  /** Name of the account; for a start only. */
  account: string;
  currency: string;
  entry: Entry;
  /** A moment as the browser's own field gives it, in local time; empty for now. */
  at: string;
  invoice: string;
  reference: string;
  description: string;
  metadata: MetadataRow[];
  email: string;
  reason: string;
  note: string;
  items: ItemText[];
  /** The waiting adjustment that this one takes the place of; null asks for both. */
  insteadOf: string | null;
}

/** Ids of the fields, used by the form and by the links of the summary. */
export const FIELD = {
  account: "change-account",
  amount: "change-amount",
  at: "change-at",
  invoice: "change-invoice",
  reference: "change-reference",
  description: "change-description",
  metadata: "change-metadata",
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
  at: FIELD.at,
  invoice: FIELD.invoice,
  reference: FIELD.reference,
  description: FIELD.description,
  metadata: `${FIELD.metadata}-0`,
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

/** The reasons of every till, and before the last of them those of this one. */
export function reasonsWith(settings: readonly Setting[]): string[] {
  const more = settings.find(({ key }) => key === "reasons.more")?.value ?? "";
  const own = more.split(",").map((code) => code.trim());
  return [...REASONS.slice(0, -1), ...own.filter((code) => code !== ""), ...REASONS.slice(-1)];
}

export function draftFor(form: Form): Draft {
  const { payment } = form;
  return {
    account: "",
    currency: payment?.amount.currency ?? "",
    entry: openingAmount(form),
    at: "",
    invoice: payment?.invoice_number ?? "",
    reference: payment?.reference ?? "",
    description: payment?.description ?? "",
    metadata: rowsOf(payment?.metadata ?? {}),
    email: "",
    reason: "",
    note: "",
    items: (payment?.items ?? []).map((item) => ({ ...item })),
    insteadOf: null,
  };
}

/** A part of the amount begins as the whole; a new total begins empty. */
function openingAmount({ fields, most }: Form): Entry {
  return fields.has("amount") && most !== null ? exactly(most.text) : EMPTY;
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

export function decimalsFor(draft: Draft, { payment }: Form): number {
  return payment === null ? decimalsOfCurrency(draft.currency) : decimalsOf(payment.amount);
}

/** The amount typed, or the whole where none can be typed; null while there is none to read. */
export function amountOf(draft: Draft, form: Form): Money | null {
  if (!hasAmount(form)) return form.most;
  const reading = read(draft.entry, decimalsFor(draft, form));
  if (reading.kind !== "amount" || draft.currency === "") return null;
  return { minor: reading.minor.toString(), currency: draft.currency, text: reading.text };
}

/** What the lines come to; null while one of them cannot be read. */
export function sumOfLines(draft: Draft, form: Form): Money | null {
  const decimals = decimalsFor(draft, form);
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

/** The moment chosen, RFC 3339 in UTC; null for none, and for what is no moment. */
export function momentOf(draft: Draft): string | null {
  const moment = new Date(draft.at);
  if (Number.isNaN(moment.getTime())) return null;
  return moment.toISOString().replace(/\.\d+Z$/, "Z");
}

/** The question, of a draft in which nothing is missing. */
export function questionOf(draft: Draft, form: Form): Ask {
  const payment = form.payment?.payment_id ?? "";
  switch (form.kind) {
    case "start":
      return startOf(draft, form);
    case "adjust":
      return {
        kind: "adjust",
        payment,
        total: amountOf(draft, form)?.text ?? "",
        invoice: changedTexts(draft, form).invoice,
        items: linesChanged(draft, form) ? draft.items : [],
        instead_of: draft.insteadOf,
      };
    case "relabel":
      return { kind: "relabel", payment, ...changedTexts(draft, form) };
    case "refund":
      return {
        kind: "refund",
        payment,
        amount: form.fields.has("amount") ? (amountOf(draft, form)?.text ?? "") : null,
        reason: draft.reason,
        note: textOrNull(draft.note),
      };
    case "cancel":
      return { kind: "cancel", payment, reason: textOrNull(draft.reason) };
    case "capture":
      return { kind: "capture", payment, amount: partOf(draft, form), at: momentOf(draft) };
    case "void":
      return { kind: "void", payment };
  }
}

function startOf(draft: Draft, form: Form): Ask {
  return {
    kind: "start",
    account: draft.account,
    amount: amountOf(draft, form)?.text ?? "",
    currency: draft.currency,
    invoice: textOrNull(draft.invoice),
    reference: textOrNull(draft.reference),
    email: textOrNull(draft.email),
    items: draft.items,
  };
}

/** The whole is asked for by naming no amount: not every provider can be told one. */
function partOf(draft: Draft, form: Form): string | null {
  const amount = amountOf(draft, form);
  return amount === null || amount.minor === form.most?.minor ? null : amount.text;
}

interface Texts {
  invoice: string | null;
  reference: string | null;
  description: string | null;
  metadata: Record<string, string>;
}

/** What of the texts is other than it was; of those only that the form offers. */
export function changedTexts(draft: Draft, { fields, payment }: Form): Texts {
  const text = (name: "invoice" | "reference" | "description", before: string | null = null) =>
    fields.has(name) ? changed(draft[name], before) : null;
  return {
    invoice: text("invoice", payment?.invoice_number),
    reference: text("reference", payment?.reference),
    description: text("description", payment?.description),
    metadata: fields.has("metadata") ? changesOf(draft.metadata, payment?.metadata ?? {}) : {},
  };
}

export function linesChanged(draft: Draft, { fields, payment }: Form): boolean {
  const before = payment?.items ?? [];
  return fields.has("items") && JSON.stringify(draft.items) !== JSON.stringify(before);
}

/** Null where the text is empty or as it was: both mean "leave it". */
function changed(now: string, before: string | null): string | null {
  return now.trim() === (before ?? "") ? null : textOrNull(now);
}

function textOrNull(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}
