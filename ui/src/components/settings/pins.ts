/** What a form of people can say before the backend judges it. */
import { t } from "../../messages";
import type { Problem } from "../shared/problem";

export const ROLES = ["cashier", "manager", "owner", "auditor"] as const;

export function pinProblems(pin: string, again: string, id: string, againId: string): Problem[] {
  if (!/^\d{6,12}$/.test(pin)) return [{ id, text: t.settings.need_pin }];
  return pin === again ? [] : [{ id: againId, text: t.settings.need_same_pin }];
}
