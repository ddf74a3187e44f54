/**
 * What the form of a change offers: exactly what the backend's row for this payment and kind says,
 * and nothing by provider. Pure.
 */
import type { Allowed } from "../../bindings/Allowed";
import type { Money } from "../../bindings/Money";
import type { Payment } from "../../bindings/Payment";

/** Kinds about an existing payment, in the order of daily use. */
export const KINDS = ["adjust", "refund", "capture", "relabel", "cancel", "void"] as const;
export type PaymentKind = (typeof KINDS)[number];
export type AskKind = "start" | PaymentKind;

/** Everything this screen can ask for, by the backend's words. */
export const FORM_FIELDS = [
  "total",
  "amount",
  "at",
  "invoice",
  "reference",
  "description",
  "metadata",
  "items",
  "reason",
  "note",
  "email",
] as const;
export type FormField = (typeof FORM_FIELDS)[number];

export interface Form {
  readonly kind: AskKind;
  /** Null for a start. */
  readonly payment: Payment | null;
  readonly fields: ReadonlySet<FormField>;
  /** Least and largest amount, where there is one. */
  readonly least: Money | null;
  readonly most: Money | null;
}

/** A start has no payment and so no row; this is all that any provider takes for one. */
const START: readonly FormField[] = ["total", "invoice", "reference", "email", "items"];

/** The payment's row for a kind; none where the backend does not speak of it. */
export function rowOf(payment: Payment, kind: string): Allowed | undefined {
  return payment.allowed.find((row) => row.kind === kind);
}

export function formOf(kind: AskKind, payment: Payment | null): Form {
  const row = payment === null ? undefined : rowOf(payment, kind);
  const offered: readonly string[] = kind === "start" ? START : (row?.fields ?? []);
  const takes = (field: FormField) =>
    offered.includes(field) && !(field === "amount" && isWholeOnly(row));
  return {
    kind,
    payment,
    fields: new Set(FORM_FIELDS.filter(takes)),
    least: row?.least ?? null,
    most: row?.most ?? null,
  };
}

/** Where the least is the most, no part can be asked for: there is nothing to type. */
function isWholeOnly(row: Allowed | undefined): boolean {
  return row?.least != null && row.least.minor === row.most?.minor;
}

/** True where an amount is typed. */
export function hasAmount(form: Form): boolean {
  return form.fields.has("total") || form.fields.has("amount");
}

/** True where the invoice number is the only text: then the words say invoice and not texts. */
export function isInvoiceOnly(fields: Iterable<string>): boolean {
  return [...fields].join() === "invoice";
}
