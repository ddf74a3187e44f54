import { expect, test } from "vitest";

import { SETTINGS } from "../../fixtures/settings";
import {
  differences,
  emptyWord,
  fieldText,
  FURTHER,
  isRule,
  KINDS,
  levelWord,
  LIMITS,
  OFFLINE,
  rolesIn,
  sentence,
  sentences,
  storedText,
  valuesOf,
  valueWords,
} from "./rules";

const typed = (part: Record<string, string>) => {
  const start = Object.entries(valuesOf(SETTINGS)).map(([key, value]) => [key, fieldText(value)]);
  return { ...Object.fromEntries(start), ...part };
};
const rule = (name: string) => [...LIMITS, ...OFFLINE, ...FURTHER].find((one) => one.name === name);

test("what was not touched is no difference, whatever word an empty field stands for", () => {
  expect(differences(SETTINGS, typed({}))).toEqual([]);
});

test("what differs is said with its name, for whom, and both values in words", () => {
  const found = differences(
    SETTINGS,
    typed({
      "permission.cashier.refund": "approval",
      "approval.refund_over": " 50.00 ",
      "approval.adjust_over": "",
      "approval.sale_older_than_days.manager": "30",
      "offline.max_age_hours.manager": "1",
      "approval.cancel": "true",
      "till.time_zone": "Europe/Berlin",
    }),
  );
  expect(found.map(({ what, from, to }) => `${what}: ${from} > ${to}`)).toEqual([
    "Refund, cashier: Allowed > Second person",
    "One refund above, cashier: 0.00 > 50.00",
    "One adjustment by more than, cashier: 250.00 > never",
    "Cancelling and voiding, cashier: No > Yes",
    "Money of a payment older than, manager: never > 30 days",
    "Asking goes on for, manager: as cashiers > 1 hour",
    "Time zone of this till: Europe/London > Europe/Berlin",
  ]);
  expect(found.map(({ value }) => value)).toContain("50.00");
  expect(found.find(({ key }) => key === "approval.adjust_over")?.value).toBe("never");
});

test("an empty field is handed on as it is where no word is known to stand for it", () => {
  const setting = SETTINGS.find(({ key }) => key === "approval.refund_over");
  expect(setting && emptyWord(setting)).toBe("");
  expect(setting && storedText("  ", setting)).toBe("");
});

test.each([
  ["refund_over", "0.00", "Every refund needs a second person."],
  ["refund_over", "50.00", "A refund above 50.00 needs a second person."],
  ["refund_over", "never", "A refund of any amount needs nobody else."],
  ["cancel", "true", "Cancelling and voiding need a second person."],
  ["cancel", "false", "Cancelling and voiding need nobody else."],
  ["sale_older_than_days", "1", "Moving money of a payment older than 1 day needs a second person."],
  ["reasons", "", "There are no further reasons for refunds."],
  ["reasons", "a_b, cd", "Further reasons for refunds: a_b and cd."],
  ["idle_minutes", "10", "A till that nobody touches locks after 10 minutes."],
])("%s of %s reads: %s", (name, value, expected) => {
  const one = rule(name);
  expect(one && sentence(one, value)).toBe(expected);
});

test("limits that managers share with cashiers are said once", () => {
  const values = valuesOf(SETTINGS);
  expect(sentences(OFFLINE, 1, values)).toEqual(["The same as for cashiers."]);
  const own = { ...values, "offline.max_count.manager": "9" };
  expect(sentences(OFFLINE, 1, own)).toEqual([
    "Up to 9 changes may wait.",
    "Everything else as for cashiers.",
  ]);
});

test("whoever is shown the rules of cashiers alone reads no empty column", () => {
  const mine = SETTINGS.filter(({ key }) => !key.includes("manager"));
  expect(rolesIn(valuesOf(mine))).toEqual([{ role: "cashier", column: 0 }]);
  expect(rolesIn(valuesOf(SETTINGS)).map(({ role }) => role)).toEqual(["cashier", "manager"]);
  expect(sentences(LIMITS, 0, valuesOf(mine)).length).toBe(LIMITS.length);
});

test("a setting of a newer backend is left to the raw list, an unknown level stands as it is", () => {
  expect(KINDS.every((kind) => isRule(`permission.manager.${kind}`))).toBe(true);
  expect(["permission.guest.refund", "approval.moon", "retry.base_ms"].some(isRule)).toBe(false);
  expect([levelWord("denied"), levelWord("perhaps")]).toEqual(["Not allowed", "perhaps"]);
  expect([valueWords("days", "x"), valueWords("list", "")]).toEqual(["x", "none"]);
});

test("no sentence is said twice in a column, so that each has a place of its own", () => {
  for (const column of [0, 1]) {
    for (const rules of [LIMITS, OFFLINE]) {
      const said = sentences(rules, column, valuesOf(SETTINGS));
      expect(new Set(said).size).toBe(said.length);
    }
  }
});
