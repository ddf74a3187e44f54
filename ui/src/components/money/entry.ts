/**
 * Amount entry as a small machine without a screen. Typed digits are minor units (1-2-5-0 is
 * 12.50); a separator switches to full decimal text. Text that could mean two things is never
 * guessed: it is refused with the readings it could have, and staff choose one.
 */
import { minorOfText, textOfMinor } from "./exact";

/** 12 digits reach 9,999,999,999.99: more than any till sees, far inside 64 bits. */
const MOST_DIGITS = 12;

export type Entry =
  | { readonly mode: "digits"; readonly digits: string }
  | { readonly mode: "text"; readonly text: string };

export type Refusal = "comma" | "whole" | "too_few" | "too_many" | "characters" | "too_long";

export type Reading =
  | { readonly kind: "empty" }
  | { readonly kind: "amount"; readonly text: string; readonly minor: bigint }
  | { readonly kind: "refused"; readonly why: Refusal; readonly options: readonly string[] };

export const EMPTY: Entry = { mode: "digits", digits: "" };

/** What the field shows. */
export function shown(entry: Entry, decimals: number): string {
  if (entry.mode === "text") return entry.text;
  return entry.digits === "" ? "" : textOfMinor(BigInt(entry.digits), decimals);
}

/** Adds typed characters, one or several (`00`). */
export function type(entry: Entry, characters: string, decimals: number): Entry {
  let next = entry;
  for (const character of characters) next = typeOne(next, character, decimals);
  return next;
}

export function erase(entry: Entry): Entry {
  if (entry.mode === "digits") return { mode: "digits", digits: entry.digits.slice(0, -1) };
  const text = entry.text.slice(0, -1);
  return text === "" ? EMPTY : { mode: "text", text };
}

/** Text put in as a whole by a program: bare digits are minor units, as if typed. */
export function fill(text: string, decimals: number): Entry {
  return type(EMPTY, text.trim(), decimals);
}

/** Pasted text is taken as written: bare digits may be major or minor units, so staff choose. */
export function paste(text: string): Entry {
  const trimmed = text.trim();
  return trimmed === "" ? EMPTY : { mode: "text", text: trimmed };
}

/** An entry that holds exactly this decimal text. */
export function exactly(text: string): Entry {
  return { mode: "digits", digits: withoutLeadingZeros(text.replace(".", "")) };
}

/** What the entry means, in a currency with this many decimals. */
export function read(entry: Entry, decimals: number): Reading {
  if (entry.mode === "digits") {
    if (entry.digits === "") return { kind: "empty" };
    const minor = BigInt(entry.digits);
    return { kind: "amount", text: textOfMinor(minor, decimals), minor };
  }
  return readText(entry.text, decimals);
}

function typeOne(entry: Entry, character: string, decimals: number): Entry {
  const isDigit = /^[0-9]$/.test(character);
  if (entry.mode === "text") return { mode: "text", text: entry.text + character };
  if (isDigit) {
    if (entry.digits.length >= MOST_DIGITS) return entry;
    return { mode: "digits", digits: addDigit(entry.digits, character) };
  }
  if (character === "." || character === ",") {
    return { mode: "text", text: (entry.digits === "" ? "0" : entry.digits) + character };
  }
  return { mode: "text", text: shown(entry, decimals) + character };
}

/** A single zero stays, so that a typed nothing can be told from no typing at all. */
function addDigit(digits: string, digit: string): string {
  return digits === "0" ? digit : digits + digit;
}

function withoutLeadingZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, "");
}

function readText(text: string, decimals: number): Reading {
  const bare = text.replace(/[.,]/g, "");
  if (!/^\d+$/.test(bare) || !/^\d/.test(text)) return refused("characters");
  if (bare.length > MOST_DIGITS) return refused("too_long");
  if (text.includes(",")) return refused("comma", commaReadings(text, decimals));
  const [whole = "", fraction, ...more] = text.split(".");
  if (more.length > 0) return refused("too_many", grouped(text, ".", decimals));
  if (fraction === undefined) return readWhole(whole, decimals);
  if (fraction.length < decimals) return refused("too_few", [padded(whole, fraction, decimals)]);
  if (fraction.length > decimals) return refused("too_many", grouped(text, ".", decimals));
  return decimals === 0 ? refused("too_many") : amount(`${whole}.${fraction}`, decimals);
}

function readWhole(whole: string, decimals: number): Reading {
  if (decimals === 0) return amount(whole, 0);
  return refused("whole", [padded(whole, "", decimals), textOfMinor(BigInt(whole), decimals)]);
}

/** A comma may part thousands or decimals, by the writer's country. */
function commaReadings(text: string, decimals: number): string[] {
  const options = grouped(text, ",", decimals);
  const decimal = /^([\d.]+),(\d+)$/.exec(text);
  if (decimal === null || decimal[2]?.length !== decimals) return options;
  const whole = decimal[1] ?? "";
  if (/^\d+$/.test(whole)) options.push(`${withoutLeadingZeros(whole)}.${decimal[2]}`);
  else if (/^\d{1,3}(\.\d{3})+$/.test(whole)) {
    options.push(`${whole.replace(/\./g, "")}.${decimal[2]}`);
  }
  return options;
}

/** `1,234` or `1.234.567` or `1,234.50` read as thousands, where it has that shape. */
function grouped(text: string, mark: "." | ",", decimals: number): string[] {
  const shape = mark === "," ? /^(\d{1,3}(?:,\d{3})+)(?:\.(\d+))?$/ : /^(\d{1,3}(?:\.\d{3})+)$/;
  const match = shape.exec(text);
  if (match === null) return [];
  const fraction = match[2] ?? "";
  if (fraction !== "" && fraction.length !== decimals) return [];
  return [padded((match[1] ?? "").split(mark).join(""), fraction, decimals)];
}

function padded(whole: string, fraction: string, decimals: number): string {
  const bare = withoutLeadingZeros(whole);
  return decimals === 0 ? bare : `${bare}.${fraction.padEnd(decimals, "0")}`;
}

function amount(text: string, decimals: number): Reading {
  const minor = minorOfText(text, decimals);
  if (minor === null) return refused("characters");
  return { kind: "amount", text: textOfMinor(minor, decimals), minor };
}

function refused(why: Refusal, options: readonly string[] = []): Reading {
  return { kind: "refused", why, options };
}
