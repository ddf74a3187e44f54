/** Deciding: second person, approvals, queue, conflicts, doubts, customer signature. */
import { plural } from "../plural";

export const second = {
  title: "Second person",
  choose: "Choose who decides, then they type their PIN. You stay signed in.",
  nobody: "Nobody else on this till may decide this.",
  you: "you",
  requester: "asked for it",
  pin: (name: string) => `PIN of ${name}`,
  need_person: "Choose the second person",
  need_pin: "Type the PIN",
  other: "Choose someone else",
};

export const approvals = {
  title: "Approvals",
  about: "A second person agrees before these are sent.",
  none_title: "Nothing waits for approval",
  none: "What needs a second person appears here.",
  approve: (what: string) => `Approve: ${what}`,
  reject: (what: string) => `Reject: ${what}`,
  approve_short: "Approve",
  reject_short: "Reject",
  note: "What to tell the requester",
  need_note: "Say why it is rejected",
  keep: "Decide later",
  base: "Seen when asked",
  done_approved: "Approved",
  done_rejected: "Rejected",
};

export const queue = {
  title: "Queue",
  about: "Everything that is not finished, on this till.",
  none_title: "The queue is empty",
  none: "Every change has been taken or ended.",
  count: (count: number) =>
    plural("en", count, { one: "1 open change", other: `${count} open changes` }),
  retry: "Retry now",
  retried: "Trying again now",
  withdraw: "Withdraw",
  withdraw_ask: (what: string) => `Withdraw: ${what}?`,
  withdraw_about: "Nothing has been sent. It ends here and is kept in the trail.",
  withdraw_confirm: "Withdraw change",
  withdraw_keep: "Keep change",
  to_approve: "Decide",
  to_sign: "Show the QR code",
  to_doubt: "Look at the evidence",
  to_conflict: "Compare",
  hide: "Hide details",
  show: "Show details",
};

export const conflict = {
  title: "The payment changed since this was asked for",
  about: "Nothing was sent. Decide on the facts as they are now.",
  seen: "Seen then",
  mine: "Asked for",
  now: "At the provider now",
  amount: "Amount",
  state: "State",
  invoice: "Invoice number",
  reference: "Reference",
  returned: "Returned",
  captured: "Captured",
  capture_at: "Captured on",
  description: "Description",
  metadata: "Metadata",
  unknown: "not known",
  unchanged: "unchanged",
  rebase: "Apply on what is there now",
  rebase_about: "Asked again on the new facts, and approved again where a rule asks for it.",
  drop: "Drop this change",
  drop_about: "It ends here. The payment stays as it is at the provider.",
  deciders: "A manager or the owner decides this. Switch person to go on.",
};

export const doubt = {
  title: (provider: string) => `Did ${provider} take it?`,
  about: (provider: string) =>
    `It was sent, and no clear answer came. Look it up at ${provider} before you decide; ` +
    "two people decide together.",
  accepted_title: (provider: string) => `${provider} has accepted it and is still working on it`,
  accepted_about: (provider: string) =>
    `Nothing needs to be done: it is read again until it is done. If ${provider} tells you ` +
    "otherwise, two people can decide here.",
  evidence: "Evidence",
  readings: "Read since then",
  digest: "Digest of the evidence you see:",
  seen: "Before it was sent",
  now: "At the provider now",
  what: "What did you find out?",
  happened: "It happened",
  happened_more: "The provider took it. It counts as done.",
  not_happened: "It did not happen",
  not_happened_more: "The provider never took it. It is queued and sent again.",
  wait: "Keep waiting",
  wait_more: "Nothing is decided. It stays as it is.",
  reason: "How do you know?",
  reason_hint: "Where you looked, whom you asked.",
  record_happened: "Record: it happened",
  record_not_happened: "Record: it did not happen",
  record_wait: "Record: keep waiting",
  need_outcome: "Choose what you found out",
  need_reason: "Say how you know",
  recorded: "Recorded",
};

export const signature = {
  title: "Customer signature",
  about: "The customer opens this code on their phone and agrees to the new amount.",
  not_yet: "The change is not done before the customer has signed.",
  qr: "QR code with the signature link",
  link: "Link",
  copy: "Copy link",
  copied: "Link copied",
  copy_failed: "Copying is not possible here. Mark the link and copy it by hand.",
  print: "Print",
  look: "Look now",
  looked: "Looked again",
  state: "State",
  open: "open: waiting for the customer",
  signed: "signed",
  ended: "ended without a signature",
  closed: "This signature is no longer open.",
  slip: "Waiting for the customer's signature. Not executed.",
};
