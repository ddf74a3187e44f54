/** Makes a `Fault` of whatever came back, so that a view never meets an unknown shape. */
import type { Fault } from "../bindings/Fault";
import type { CallName } from "./door";

/** True for values with the shape of a `Fault`. The code may be newer than this screen. */
export function isFault(value: unknown): value is Fault {
  if (typeof value !== "object" || value === null) return false;
  const candidate = value as Partial<Record<keyof Fault, unknown>>;
  return typeof candidate.code === "string" && typeof candidate.message === "string";
}

/** Calls after which something may be sent: without an answer, money is uncertain. */
const MAY_MOVE_MONEY: ReadonlySet<string> = new Set<CallName>([
  "change.ask",
  "change.approve",
  "change.retry",
  "change.resolve",
  "change.rebase",
]);

/** Anything that is not a `Fault` means that no readable answer came to this call. */
export function asFault(value: unknown, name: CallName): Fault {
  const money = MAY_MOVE_MONEY.has(name) ? "unknown" : "no";
  if (isFault(value)) {
    return {
      code: value.code,
      message: value.message,
      detail: value.detail ?? {},
      retry: value.retry ?? false,
      money: value.money ?? money,
    };
  }
  const cause = value instanceof Error ? value.message : String(value);
  return {
    code: "unreachable",
    message: "",
    detail: { side: "screen", cause },
    retry: true,
    money,
  };
}
