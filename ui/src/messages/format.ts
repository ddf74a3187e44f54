/** Money, times and ages in the language of the screen, all by `Intl`. */
import type { Money } from "../bindings/Money";
import { language, t } from "./index";

const DAY_S = 86_400;
const HOUR_S = 3_600;
const MINUTE_S = 60;

/**
 * Money with its currency, from the backend's decimal text. `format` reads decimal text exactly;
 * the library's type knows only numbers, hence the cast of a string that stays one.
 */
export function money(value: Money, sign: "auto" | "always" = "auto"): string {
  const places = (value.text.split(".")[1] ?? "").length;
  const format = new Intl.NumberFormat(language, {
    style: "currency",
    currency: value.currency,
    minimumFractionDigits: places,
    maximumFractionDigits: places,
    signDisplay: sign === "always" ? "exceptZero" : "auto",
  });
  return format.format(value.text as Intl.StringNumericLiteral);
}

/** A range of amounts: from, to, or both; null where there is neither. */
export function rangeOf(least: Money | null, most: Money | null): string | null {
  if (least !== null && most !== null) return t.payment.range(money(least), money(most));
  if (least !== null) return t.payment.from(money(least));
  return most === null ? null : t.payment.up_to(money(most));
}

/** A length of time in its two largest units: `2 hrs 5 mins`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE_S) return unit(whole, "second");
  if (whole < HOUR_S) return unit(Math.floor(whole / MINUTE_S), "minute");
  if (whole < DAY_S) {
    const minutes = Math.floor((whole % HOUR_S) / MINUTE_S);
    const hours = unit(Math.floor(whole / HOUR_S), "hour");
    return minutes === 0 ? hours : `${hours} ${unit(minutes, "minute")}`;
  }
  return unit(Math.floor(whole / DAY_S), "day");
}

/** A countdown that shows its seconds: `4 min 05 sec`. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < MINUTE_S) return unit(whole, "second");
  const rest = whole % MINUTE_S;
  const minutes = unit(Math.floor(whole / MINUTE_S), "minute");
  return rest === 0 ? minutes : `${minutes} ${unit(rest, "second")}`;
}

/** How long ago, `just now` under a minute. */
export function ago(rfc3339: string, now: number): string {
  const seconds = (now - Date.parse(rfc3339)) / 1000;
  return seconds < MINUTE_S ? t.time.just_now : t.time.ago(span(seconds));
}

export function moment(rfc3339: string): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  return format.format(new Date(rfc3339));
}

/** With seconds, for evidence. */
export function exactMoment(rfc3339: string): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
  return format.format(new Date(rfc3339));
}

export function names(list: readonly string[]): string {
  return new Intl.ListFormat(language, { type: "conjunction" }).format(list);
}

function unit(count: number, name: "second" | "minute" | "hour" | "day"): string {
  const format = new Intl.NumberFormat(language, {
    style: "unit",
    unit: name,
    unitDisplay: "short",
  });
  return format.format(count);
}
