/** What is missing or cannot be meant in a draft, found before the backend is asked. Pure. */
import type { Ask } from "../../bindings/Ask";
import type { Money } from "../../bindings/Money";
import { t } from "../../messages";
import { money } from "../../messages/format";
import { refusalWords } from "../../messages/words";
import { paste, read } from "../money/entry";
import type { Problem } from "../shared/problem";
import {
  amountOf,
  changedTexts,
  decimalsFor,
  FIELD,
  linesChanged,
  momentOf,
  questionOf,
  type Draft,
} from "./draft";
import { hasAmount, type Form, type FormField } from "./form";
import { faultsOf, type MetadataFault } from "./metadata";

export type Drafted = { ok: true; ask: Ask } | { ok: false; problems: Problem[] };

/** The question to the backend at a moment in milliseconds, or what is still missing. */
export function askOf(draft: Draft, form: Form, now: number): Drafted {
  const problems = problemsOf(draft, form, now);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, ask: questionOf(draft, form) };
}

function problemsOf(draft: Draft, form: Form, now: number): Problem[] {
  const has = (field: FormField) => form.fields.has(field);
  return [
    ...(form.kind === "start" ? needsAccount(draft) : []),
    ...(hasAmount(form) ? needsAmount(draft, form) : []),
    ...(has("reason") && form.kind === "refund" ? needsReason(draft, form) : []),
    ...(has("metadata") ? needsMetadata(draft) : []),
    ...(form.kind === "relabel" ? needsText(draft, form) : []),
    ...(has("at") ? needsMoment(draft, now) : []),
    ...(has("items") ? needsLines(draft, form) : []),
  ];
}

function needsAccount(draft: Draft): Problem[] {
  return draft.account === "" ? [{ id: FIELD.account, text: t.sheet.need_account }] : [];
}

function needsAmount(draft: Draft, form: Form): Problem[] {
  if (draft.currency === "") return [];
  const amount = amountOf(draft, form);
  const text = amount === null ? unreadable(draft, form) : outside(amount, draft, form);
  return text === null ? [] : [{ id: FIELD.amount, text }];
}

function unreadable(draft: Draft, form: Form): string {
  const decimals = decimalsFor(draft, form);
  const reading = read(draft.entry, decimals);
  return reading.kind === "refused" ? refusalWords(reading.why, decimals) : t.sheet.need_amount;
}

/** A total that stays is in no range; it is no change either, unless texts go with it. */
function outside(amount: Money, draft: Draft, form: Form): string | null {
  const minor = BigInt(amount.minor);
  if (form.kind === "adjust" && amount.minor === form.payment?.amount.minor) {
    const more = changedTexts(draft, form).invoice !== null || linesChanged(draft, form);
    return more ? null : t.sheet.same_total;
  }
  if (minor <= 0n) return t.why.not_positive;
  if (form.least !== null && minor < BigInt(form.least.minor)) {
    return t.sheet.too_small(money(form.least));
  }
  if (form.most === null || minor <= BigInt(form.most.minor)) return null;
  const words = form.kind === "refund" ? t.sheet.over_rest : t.sheet.too_large;
  return words(money(form.most));
}

function needsReason(draft: Draft, form: Form): Problem[] {
  if (draft.reason === "") return [{ id: FIELD.reason, text: t.sheet.need_reason }];
  const unsaid = draft.reason === "other" && form.fields.has("note") && draft.note.trim() === "";
  return unsaid ? [{ id: FIELD.note, text: t.sheet.need_note }] : [];
}

function needsMetadata(draft: Draft): Problem[] {
  return faultsOf(draft.metadata).map(({ index, what }) => {
    const part = what === "need_value" ? "value" : "key";
    const id = part === "key" ? `${FIELD.metadata}-${index}` : `${FIELD.metadata}-${index}-value`;
    return { id, text: metadataWords(what, index, draft.metadata[index]?.key ?? "") };
  });
}

function metadataWords(what: MetadataFault, index: number, key: string): string {
  if (what === "need_key") return t.sheet.need_key(index + 1);
  return t.sheet[what](key);
}

const TEXTS = ["invoice", "reference", "description", "metadata"] as const;

function needsText(draft: Draft, form: Form): Problem[] {
  const { metadata, ...texts } = changedTexts(draft, form);
  const any = Object.values(texts).some((text) => text !== null);
  const first = TEXTS.find((field) => form.fields.has(field));
  if (any || Object.keys(metadata).length > 0 || first === undefined) return [];
  return [{ id: FIELD[first], text: t.sheet.need_text }];
}

function needsMoment(draft: Draft, now: number): Problem[] {
  if (draft.at === "") return [];
  const moment = momentOf(draft);
  const fine = moment !== null && Date.parse(moment) > now;
  return fine ? [] : [{ id: FIELD.at, text: t.sheet.need_future }];
}

function needsLines(draft: Draft, form: Form): Problem[] {
  const decimals = decimalsFor(draft, form);
  return draft.items.flatMap((line, index) => {
    const priced = read(paste(line.price), decimals).kind === "amount";
    const whole = /^[1-9]\d{0,5}$/.test(line.quantity);
    const fine = line.item.trim() !== "" && whole && priced;
    return fine ? [] : [{ id: `${FIELD.lines}-${index}`, text: t.sheet.need_line(index + 1) }];
  });
}
