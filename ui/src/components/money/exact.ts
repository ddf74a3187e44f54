/**
 * Exact money on the screen: decimal text and whole minor units only, never a JavaScript number.
 * No rules live here; the backend parses every amount again.
 */
import type { Money } from "../../bindings/Money";

/** Decimals of a money value, read off the backend's own text: `12.50` has 2, `500` has 0. */
export function decimalsOf(money: Money): number {
  const dot = money.text.indexOf(".");
  return dot < 0 ? 0 : money.text.length - dot - 1;
}

/**
 * Decimals of a currency of which no value is at hand yet (a new payment). The browser's table
 * serves for typing only: the backend refuses what does not fit its own.
 */
export function decimalsOfCurrency(currency: string): number {
  try {
    const format = new Intl.NumberFormat("en", { style: "currency", currency });
    return format.resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** `1250` with 2 decimals is `12.50`; a minus is kept. */
export function textOfMinor(minor: bigint, decimals: number): string {
  const sign = minor < 0n ? "-" : "";
  const digits = (minor < 0n ? -minor : minor).toString().padStart(decimals + 1, "0");
  if (decimals === 0) return sign + digits;
  const cut = digits.length - decimals;
  return `${sign}${digits.slice(0, cut)}.${digits.slice(cut)}`;
}

/** Minor units of decimal text that has exactly `decimals` places; null for any other text. */
export function minorOfText(text: string, decimals: number): bigint | null {
  const match = /^(-?\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null || (match[2] ?? "").length !== decimals) return null;
  return BigInt((match[1] ?? "") + (match[2] ?? ""));
}

export function moneyOfMinor(minor: bigint, like: Money): Money {
  const text = textOfMinor(minor, decimalsOf(like));
  return { minor: minor.toString(), currency: like.currency, text };
}

/** `to − from`; both must be of one currency. */
export function difference(from: Money, to: Money): Money {
  return moneyOfMinor(BigInt(to.minor) - BigInt(from.minor), to);
}
