/** Words of rows in reports; a value of a newer backend stands as it came. */
import type { Money } from "../../bindings/Money";
import { t } from "../../messages";
import { money } from "../../messages/format";
import {
  kindName,
  providerName,
  reasonName,
  statusWord,
  wordOf,
} from "../../messages/words";
import { shownOfState } from "../status/table";

/** A change's state without the provider's name. */
export const stateWord = (state: string): string =>
  statusWord(shownOfState(state), t.day.provider);

export function groupWord(group: keyof typeof t.group_name, name: string | null): string {
  if (name === null) return t.day.no_one;
  switch (group) {
    case "kind":
      return kindName(name);
    case "reason":
      return reasonName(name);
    case "provider":
      return providerName(name);
    case "state":
      return stateWord(name);
    case "standing":
      return wordOf(t.standing_name, name);
    case "person":
    case "approver":
    case "currency":
      return name;
  }
}

export const amountText = (value: Money | null): string => (value === null ? "–" : money(value));
