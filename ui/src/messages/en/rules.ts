/** Rules: who may ask for what, and from when on a second person is needed. */
import { plural } from "../plural";

export const levels = {
  allowed: "Allowed",
  approval: "Second person",
  denied: "Not allowed",
};

export const rules = {
  title: "Rules",
  about:
    "What each role may ask for, and when somebody else must agree. Owners are bound by no rule; " +
    "auditors ask for nothing.",
  kinds: "Who may ask for what",
  kind: "Kind of change",
  limits: "When a second person is needed",
  offline: "How far an offline till may go",
  further: "Further rules",
  edit: "Change the rules",
  field: (rule: string, role: string) => `${rule}, ${role}`,
  never: "never",
  never_hint: "Empty: never",
  same: "as cashiers",
  same_hint: "Empty: as cashiers",
  all_same: "The same as for cashiers.",
  rest_same: "Everything else as for cashiers.",
  none: "none",
  yes: "Yes",
  no: "No",
  changed_title: "This will change",
  becomes: "becomes",
  changed_none: "Nothing is different yet.",
  save: (count: number) =>
    plural("en", count, { one: "Save 1 change", other: `Save ${count} changes` }),
  keep: "Leave as it is",
  back: "Back to the rules",
  review: "See what changes",
  saved: (count: number) =>
    plural("en", count, { one: "1 rule changed", other: `${count} rules changed` }),
  part_saved: (done: number, all: number) =>
    `${done} of ${all} were saved before this. What is left still stands below.`,
};

/** What a rule is about. */
export const rule_name = {
  refund_over: "One refund above",
  adjust_over: "One adjustment by more than",
  cancel: "Cancelling and voiding",
  sale_older_than_days: "Money of a payment older than",
  daily_refunds_over: "Refunds of one day above",
  max_age_hours: "Asking goes on for",
  max_count: "Changes that may wait",
  max_sum: "Money that all of them move",
  max_each: "Money that each of them moves",
  valid_hours: "An approval holds for",
  challenge_minutes: "Another till may answer for",
  reasons: "Further reasons for refunds",
  time_zone: "Time zone of this till",
  idle_minutes: "An untouched till locks after",
};

/** What its field takes. */
export const rule_help = {
  refund_over: "An amount, in each currency. 0.00 is every refund.",
  adjust_over: "An amount, in each currency.",
  cancel: "Yes: by a second person only.",
  sale_older_than_days: "Days.",
  daily_refunds_over: "An amount for each person, in each currency.",
  max_age_hours: "Hours.",
  max_count: "A count.",
  max_sum: "An amount, in each currency.",
  max_each: "An amount.",
  valid_hours: "Hours.",
  challenge_minutes: "Minutes.",
  reasons: "Lower-case words with commas between, such as: damaged_in_shop, loyalty",
  time_zone: "Its days begin at midnight there. Such as: Europe/London",
  idle_minutes: "Minutes, 15 at most.",
};

/** A rule as a sentence, for a value. */
export const rule_says = {
  refund_over: (amount: string) => `A refund above ${amount} needs a second person.`,
  adjust_over: (amount: string) => `An adjustment by more than ${amount} needs a second person.`,
  cancel: (_: string) => "Cancelling and voiding need a second person.",
  sale_older_than_days: (days: string) =>
    `Moving money of a payment older than ${days} needs a second person.`,
  daily_refunds_over: (amount: string) =>
    `Once somebody has asked to return more than ${amount} in a day, a second person is needed.`,
  max_age_hours: (hours: string) => `Asking goes on for ${hours} without a line.`,
  max_count: (count: string) => `Up to ${count} changes may wait.`,
  max_sum: (amount: string) => `All that waits may move up to ${amount} in each currency.`,
  max_each: (amount: string) => `One change may move up to ${amount}.`,
  valid_hours: (hours: string) => `The approval of a second person holds for ${hours}.`,
  challenge_minutes: (minutes: string) =>
    `A challenge to another till may be answered for ${minutes}.`,
  reasons: (list: string) => `Further reasons for refunds: ${list}.`,
  time_zone: (zone: string) => `The days of this till begin at midnight in ${zone}.`,
  idle_minutes: (minutes: string) => `A till that nobody touches locks after ${minutes}.`,
};

/** A rule as a sentence, where it does not bind. */
export const rule_free = {
  refund_over: "A refund of any amount needs nobody else.",
  adjust_over: "An adjustment by any amount needs nobody else.",
  cancel: "Cancelling and voiding need nobody else.",
  sale_older_than_days: "The age of a payment does not matter.",
  daily_refunds_over: "The refunds of a day are not added up.",
  reasons: "There are no further reasons for refunds.",
};

export const rule_every = "Every refund needs a second person.";

export const amounts_of_time = {
  days: (count: number) => plural("en", count, { one: "1 day", other: `${count} days` }),
  hours: (count: number) => plural("en", count, { one: "1 hour", other: `${count} hours` }),
  minutes: (count: number) => plural("en", count, { one: "1 minute", other: `${count} minutes` }),
};

/** Why a second person is asked for, by the backend's code; others come with their own words. */
export const because = {
  kind: "This kind of change always needs a second person here.",
  role: "This role asks for nothing alone.",
  cancel: "Cancelling needs a second person.",
};
