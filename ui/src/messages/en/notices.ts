/** Notices: what needs a person, where it is, and that it is over. */
import { plural } from "../plural";

export const notices = {
  title: "Notices",
  about: "Each clears itself as soon as its reason is gone.",
  open: (unseen: string, standing: string) => `Notices: ${unseen}, ${standing}`,
  unseen: (count: number) => plural("en", count, { one: "1 new", other: `${count} new` }),
  unseen_none: "none new",
  standing: (count: number) =>
    plural("en", count, { one: "1 stands", other: `${count} stand` }),
  more: (count: number) => `More stand than these ${count}.`,
  none_title: "Nothing needs you",
  none: "Approvals, conflicts, doubts and what stops sending appear here.",
  fresh: "new",
  over: "over",
  earlier: "Show what is over",
  earlier_title: "Over",
  earlier_none: "Nothing was over lately.",
  go: {
    change: "Open the change",
    approval: "Decide",
    signature: "Show the QR code",
    account: "Open the settings",
    payment: "Open the payment",
  },
  close: "Close notices",
  /** By the backend's kind; `what`: the change and who asked for it, `place`: what it is about. */
  kind: {
    approval: (what: string, _place: string) => `Waits for a second person: ${what}`,
    conflict: (what: string, _place: string) => `The payment changed meanwhile: ${what}`,
    doubt: (what: string, _place: string) => `Not known for over an hour: ${what}`,
    age_near: (_what: string, place: string) =>
      `${place}: offline for most of the time that is allowed`,
    age_passed: (_what: string, place: string) =>
      `${place}: offline for too long. Nothing more may be asked for`,
    declined: (what: string, _place: string) => `The provider said no: ${what}`,
    rejected: (what: string, _place: string) => `A second person said no: ${what}`,
    account_paused: (_what: string, place: string) =>
      `${place}: credentials refused. Nothing is sent there`,
    keyring_closed: (_what: string, _place: string) =>
      "The keyring is closed: what waits is not sent",
    signature_open: (what: string, _place: string) =>
      `The customer has not signed for over a day: ${what}`,
    trail_alarm: (_what: string, _place: string) =>
      "The trail or the data folder is not what this till knows. Call the owner",
  },
  this_till: "This till",
  of: (kind: string, by: string) => `${kind}, asked for by ${by}`,
};
