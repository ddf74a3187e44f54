/** Words for values that come from the backend as text: known ones from the table, others as is. */
import type { Change } from "../bindings/Change";
import type { Fault } from "../bindings/Fault";
import type { FaultCode } from "../bindings/FaultCode";
import type { Payment } from "../bindings/Payment";
import type { Saying } from "../bindings/Saying";
import type { Warning } from "../bindings/Warning";
import type { Refusal } from "../components/money/entry";
import type { Shown } from "../components/status/table";
import { countdown, money } from "./format";
import { t } from "./index";

export function wordOf(table: Readonly<Record<string, string>>, key: string): string {
  return Object.hasOwn(table, key) ? (table[key] ?? key) : key;
}

export const providerName = (provider: string): string => wordOf(t.providers, provider);
export const roleName = (role: string): string => wordOf(t.roles, role);
export const kindName = (kind: string): string => wordOf(t.kind, kind);
export const paymentState = (state: string): string => wordOf(t.payment_state, state);
export const secretName = (name: string): string => wordOf(t.secret_name, name);
export const addressName = (label: string): string => wordOf(t.address_name, label);
/** A reason that an owner added is its code with spaces. */
export const reasonName = (code: string): string =>
  wordOf(t.reasons, code).replaceAll("_", " ");
export const outcomeName = (outcome: string | null): string =>
  wordOf(t.outcome, outcome ?? "under_way");

/** The name of a setting of an account; its own where it is one of a newer backend. */
export function optionName(name: string): string {
  const known: Readonly<Record<string, string>> = t.option_name;
  return known[name.replaceAll(".", "_")] ?? name;
}

/** What a setting of an account is for; none for one of a newer backend. */
export function optionHelp(name: string): string | undefined {
  const known: Readonly<Record<string, string>> = t.option_help;
  return known[name.replaceAll(".", "_")];
}

/** Why something is not allowed: own words for a known code, else the backend's sentence. */
export function whyNot(code: string | null, why: string | null): string {
  if (code !== null && Object.hasOwn(t.why, code)) return wordOf(t.why, code);
  return why === null || why === "" ? t.payment.not_known : why;
}

/** How long somebody is locked for; null where they are not, or no longer. */
export function lockWords(until: string | null, now: number): string | null {
  if (until === null) return null;
  const seconds = (Date.parse(until) - now) / 1000;
  return seconds > 0 ? t.sign_in.locked(countdown(seconds)) : null;
}

/** Why a second person is asked for: own words for a known code, else the backend's sentence. */
export function becauseText({ code, words }: Saying): string {
  if (Object.hasOwn(t.because, code)) return wordOf(t.because, code);
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1).replace(/\.$/, "")}.`;
}

/** What serves instead of a kind of change: own words for a known pair, else none. */
export function insteadWords(kind: string, instead: string | null) {
  const pair = `${kind}_${instead ?? ""}`;
  return Object.hasOwn(t.instead, pair) ? t.instead[pair as keyof typeof t.instead] : null;
}

/** What a provider's reference is, for whoever has to type one. */
export function refHint(provider: string | undefined): string {
  const known: Readonly<Record<string, string>> = t.ref_hint;
  return known[provider ?? ""] ?? t.track.ref_hint;
}

/** What to know before asking: own words for a known code, else the backend's sentence. */
export function warningText({ code, words }: Warning): string {
  return Object.hasOwn(t.warning, code) ? wordOf(t.warning, code) : words;
}

/** The word of a status, with the provider's name where it has a part in it. */
export function statusWord(shown: Shown, provider: string): string {
  const word = t.status[shown.word];
  return typeof word === "function" ? word(providerName(provider)) : word;
}

/** What a change is, with its amount: "Refund £42.00". */
export function changeTitle(change: Change): string {
  switch (change.kind) {
    case "start":
    case "adjust":
      return change.total === null
        ? t.kind[change.kind]
        : t.change[change.kind](money(change.total));
    case "refund":
      return change.refund === null ? t.kind.refund : t.change.refund(money(change.refund));
    case "relabel":
      return change.invoice_number !== null && change.reference === null
        ? t.change.relabel_invoice
        : t.change.relabel;
    case "cancel":
    case "capture":
    case "void":
      return t.change[change.kind];
    default:
      return change.kind;
  }
}

type FaultText = { readonly what: string; readonly todo: string };

/** Totality over the codes is held by the compiler; codes of a newer backend get general words. */
export function faultText(fault: Fault): FaultText {
  const why = fault.detail["why"];
  if (fault.code === "not_allowed" && why !== undefined && Object.hasOwn(t.why, why)) {
    return { what: wordOf(t.why, why), todo: t.fault.not_allowed.todo };
  }
  const known: Readonly<Record<FaultCode, FaultText>> = t.fault;
  return Object.hasOwn(known, fault.code) ? known[fault.code] : t.fault.unknown;
}

/** Id of the field a fault names, by the backend's name of it; null where it names none. */
export function fieldOfFault(
  fault: Fault | null,
  ids: Readonly<Record<string, string>>,
): string | null {
  const named = fault?.detail["field"];
  return named !== undefined && Object.hasOwn(ids, named) ? (ids[named] ?? null) : null;
}

/** Why an amount cannot be read, the same at the field and in the summary above it. */
export function refusalWords(why: Refusal, decimals: number): string {
  if (why === "too_few" || why === "too_many") return t.amount[why](decimals);
  return t.amount[why];
}

/** What a payment is called: as the shop names it, else as its provider does. */
export function paymentName(payment: Payment): string {
  const { invoice_number, reference, description, provider_ref } = payment;
  return invoice_number ?? reference ?? description ?? provider_ref;
}

/** Which payment a change belongs to, as the shop names it; the account alone says too little. */
export function paymentOf({ base, invoice_number, reference, account }: Change): string {
  const known = base?.invoice_number ?? base?.reference ?? base?.description;
  const own = known ?? invoice_number ?? reference;
  return own === null ? account : `${own} · ${account}`;
}
