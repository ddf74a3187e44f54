/**
 * The rules as the screen lists them: which settings belong together, how their values read and
 * what was typed differs from what is stored. What a value may be is the backend's to judge.
 */
import type { Setting } from "../../bindings/Setting";
import { t } from "../../messages";
import { names } from "../../messages/format";
import { kindName, roleName } from "../../messages/words";

export type RuleName = keyof typeof t.rule_says;
type Unit = "plain" | "days" | "hours" | "minutes" | "switch" | "list";

export const KINDS = ["start", "adjust", "relabel", "refund", "cancel", "capture", "void"] as const;
export const BOUND = ["cashier", "manager"] as const;
export const LEVELS = ["allowed", "approval", "denied"] as const;
export type Level = (typeof LEVELS)[number];

export interface Rule {
  readonly name: RuleName;
  readonly unit: Unit;
  /** For cashiers and for managers, or one for everybody. */
  readonly keys: readonly string[];
}

const both = (name: RuleName, key: string, unit: Unit): Rule => {
  return { name, unit, keys: [key, `${key}.manager`] };
};
const one = (name: RuleName, key: string, unit: Unit): Rule => ({ name, unit, keys: [key] });

export const LIMITS: readonly Rule[] = [
  both("refund_over", "approval.refund_over", "plain"),
  both("daily_refunds_over", "approval.daily_refunds_over", "plain"),
  both("adjust_over", "approval.adjust_over", "plain"),
  both("cancel", "approval.cancel", "switch"),
  both("sale_older_than_days", "approval.sale_older_than_days", "days"),
];

export const OFFLINE: readonly Rule[] = [
  both("max_age_hours", "offline.max_age_hours", "hours"),
  both("max_count", "offline.max_count", "plain"),
  both("max_sum", "offline.max_sum", "plain"),
  both("max_each", "offline.max_each", "plain"),
];

export const FURTHER: readonly Rule[] = [
  one("valid_hours", "approval.valid_hours", "hours"),
  one("challenge_minutes", "approval.challenge_minutes", "minutes"),
  one("reasons", "reasons.more", "list"),
  one("time_zone", "till.time_zone", "plain"),
  one("idle_minutes", "lock.idle_minutes", "minutes"),
];

export const levelKey = (role: string, kind: string): string => `permission.${role}.${kind}`;

const RULES = [...LIMITS, ...OFFLINE, ...FURTHER];
const LEVEL_KEYS = BOUND.flatMap((role) => KINDS.map((kind) => levelKey(role, kind)));
const KEYS: ReadonlySet<string> = new Set([...LEVEL_KEYS, ...RULES.flatMap(({ keys }) => keys)]);

/** True for a setting that is read and written here, under a name of its own. */
export const isRule = (key: string): boolean => KEYS.has(key);

/** Values by key. */
export type Values = Readonly<Record<string, string>>;

export function valuesOf(settings: readonly Setting[]): Record<string, string> {
  const own = settings.filter(({ key }) => isRule(key));
  return Object.fromEntries(own.map(({ key, value }) => [key, value]));
}

/** The roles whose rules the backend shows to this person, each with its column. */
export function rolesIn(values: Values): { role: string; column: number }[] {
  const columns = BOUND.map((role, column) => ({ role, column }));
  return columns.filter(({ role }) => KINDS.some((kind) => levelKey(role, kind) in values));
}

/** Words of a setting that stand for "no value": an empty field means the one that fits it. */
const EMPTY = ["never", "same"] as const;

/** Which word an empty field stands for, as far as the setting is known to take one. */
export function emptyWord({ value, default: standard }: Setting): string {
  return EMPTY.find((word) => word === value || word === standard) ?? "";
}

/** What a field shows of a value. */
export const fieldText = (value: string): string => {
  return (EMPTY as readonly string[]).includes(value) ? "" : value;
};

/** What is stored of a field. */
export const storedText = (typed: string, setting: Setting): string => {
  return typed.trim() === "" ? emptyWord(setting) : typed.trim();
};

/** A value in words, as it stands after the name of its rule. */
export function valueWords(unit: Unit, value: string): string {
  if (value === "never") return t.rules.never;
  if (value === "same") return t.rules.same;
  switch (unit) {
    case "plain":
      return value;
    case "switch":
      return value === "true" ? t.rules.yes : t.rules.no;
    case "list":
      return value === "" ? t.rules.none : names(value.split(",").map((word) => word.trim()));
    case "days":
    case "hours":
    case "minutes":
      return /^\d+$/.test(value) ? t.amounts_of_time[unit](Number(value)) : value;
  }
}

/** A rule as a sentence. */
export function sentence({ name, unit }: Rule, value: string): string {
  const free: Readonly<Partial<Record<RuleName, string>>> = t.rule_free;
  const isFree = value === "never" || value === "" || (unit === "switch" && value !== "true");
  if (isFree) return free[name] ?? t.rule_says[name](value);
  if (name === "refund_over" && /^0+(\.0+)?$/.test(value)) return t.rule_every;
  return t.rule_says[name](valueWords(unit, value));
}

/** The sentences of one column; what is the same as for cashiers is said once. */
export function sentences(rules: readonly Rule[], column: number, values: Values): string[] {
  const known = rules.flatMap((rule) => {
    const value = values[rule.keys[column] ?? ""];
    return value === undefined ? [] : [{ rule, value }];
  });
  const own = known.filter(({ value }) => value !== "same");
  const rest = own.length === 0 ? t.rules.all_same : t.rules.rest_same;
  const said = own.map(({ rule, value }) => sentence(rule, value));
  return own.length === known.length ? said : [...said, rest];
}

/** The word of a level; one that this screen does not know stands as it is. */
export function levelWord(level: string): string {
  return Object.hasOwn(t.levels, level) ? t.levels[level as Level] : level;
}

export interface Difference {
  readonly key: string;
  readonly value: string;
  /** What it is about, and for whom. */
  readonly what: string;
  readonly from: string;
  readonly to: string;
}

/** What was typed and is not what is stored, in the order of the form. */
export function differences(settings: readonly Setting[], typed: Values): Difference[] {
  const stored = new Map(settings.map((setting) => [setting.key, setting]));
  return places().flatMap(({ key, what, words }) => {
    const setting = stored.get(key);
    const text = typed[key];
    if (setting === undefined || text === undefined) return [];
    const value = storedText(text, setting);
    if (value === setting.value) return [];
    return [{ key, value, what, from: words(setting.value), to: words(value) }];
  });
}

/** What a setting is called here; its key where it is none of these. */
export function nameOf(key: string): string {
  return places().find((place) => place.key === key)?.what ?? key;
}

interface PlaceOfRule {
  readonly key: string;
  readonly what: string;
  readonly words: (value: string) => string;
}

function places(): PlaceOfRule[] {
  const levels = KINDS.flatMap((kind) =>
    BOUND.map((role) => {
      const what = t.rules.field(kindName(kind), roleName(role));
      return { key: levelKey(role, kind), what, words: levelWord };
    }),
  );
  const rules = RULES.flatMap(({ name, unit, keys }) =>
    keys.map((key, index) => {
      const role = keys.length === 1 ? null : roleName(BOUND[index] ?? "");
      const what = role === null ? t.rule_name[name] : t.rules.field(t.rule_name[name], role);
      return { key, what, words: (value: string) => valueWords(unit, value) };
    }),
  );
  return [...levels, ...rules];
}
