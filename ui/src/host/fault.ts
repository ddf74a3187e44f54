/** Makes a `Fault` of whatever came back, so that a view never meets an unknown shape. */
import type { Fault } from "../bindings/Fault";

/** True for values with the shape of a `Fault`. The code may be newer than this screen. */
export function isFault(value: unknown): value is Fault {
  if (typeof value !== "object" || value === null) return false;
  const candidate = value as Partial<Record<keyof Fault, unknown>>;
  return typeof candidate.code === "string" && typeof candidate.message === "string";
}

/**
 * Anything that is not a `Fault` means that no readable answer came. Whether the call had an
 * effect cannot be told from here, so money is "unknown" for calls that can change something.
 */
export function asFault(value: unknown): Fault {
  if (isFault(value)) {
    return {
      code: value.code,
      message: value.message,
      detail: value.detail ?? {},
      retry: value.retry ?? false,
      money: value.money ?? "unknown",
    };
  }
  return {
    code: "unreachable",
    message: value instanceof Error ? value.message : String(value),
    detail: { side: "screen" },
    retry: true,
    money: "unknown",
  };
}
