/** Papers, reports of the day and erasure of personal data. */

export const paper = {
  slip: "Slip",
  open: "Paper",
  on: "Paper for",
  roll: "80 mm roll",
  sheet: "A4 sheet",
  print: "Print",
  printer: "Print on the slip printer",
  close: "Close",
  look_only: "Your role reads papers and prints none.",
  numbered: (number: number, copy: number) => `Print no. ${number}, copy ${copy}.`,
  by_window: "What came out of the window's printer is not told to the till.",
  code: "QR code for the search",
  prints: "Prints",
  prints_show: "Show the prints",
  number: "No.",
  what: "What",
  when: "When",
  who: "Who",
  copy: "Copy",
  outcome: "Outcome",
  none: "None.",
};

export const print_name = {
  printed: "Printed",
  nothing: "Not printed",
  unknown: "May have printed",
  under_way: "Under way, may have printed",
};

export const paper_name = {
  slip: "Slip",
  x: "X reading",
  z: "Z report",
  day: "Day",
  duty: "Separation of duty",
  handover: "Handover",
};

export const day = {
  title: "Day",
  reports: "Reports",
  x: "Take an X reading",
  x_about: "Reads the period since the last Z report. Ends nothing.",
  z: "Close the period…",
  z_about: "Makes the next Z report.",
  z_title: "Close the period?",
  z_ends:
    "The period ends now, and its Z report is made. It cannot be opened again. What is open stays " +
    "open and is carried into the next period.",
  z_confirm: "Close the period",
  z_keep: "Keep it open",
  z_done: (number: number) => `The period is closed: Z report ${number}.`,
  z_number: "Z report no.",
  need_number: "Type the number of a Z report",
  date: "Day",
  show: "Show",
  from: "From",
  to: "To",
  span: (from: string, to: string) => `${from} to ${to}`,
  start: "the first change",
  by: "Made by",
  changes: "Changes",
  zone: "Time zone",
  head: "Newest of the trail",
  digest: "Digest",
  sums: "Asked for",
  carried: "Carried from before",
  refunds: "Money that went back",
  group: "By",
  more: "More",
  less: "Less",
  sum: "Sum",
  no_one: "none",
  provider: "the provider",
  csv: "Copy as CSV",
  pairs_csv: "Copy pairs as CSV",
  copied: "Copied",
  handover: "Handover",
  handover_about: "What is open, for whoever takes over. Nothing of it ends with you.",
  handover_none: "Nothing is open.",
  duty: "Separation of duty",
  duty_about: "What an auditor looks at. A finding proves no wrong.",
  duty_none: "No pattern was found.",
  facts: "Facts",
  amount: "Amount",
  entry: "Entry",
  pairs: "Who agreed to whom",
  asked: "Asked",
  agreed: "Agreed",
  paper_whole: "The paper is of the whole time.",
};

export const group_name = {
  standing: "Where it stands",
  kind: "Kind",
  person: "Person",
  approver: "Approver",
  reason: "Reason",
  provider: "Provider",
  state: "State",
  currency: "Currency",
};

export const standing_name = {
  queued: "waiting to send",
  "in doubt": "being checked",
};

export const duty_name = {
  self_approval: "Tried to agree to their own",
  refused_approval: "An approval that was refused",
  just_under: "Just under a limit",
  split: "Split below a limit",
  pin_refused: "Wrong PINs",
  withdrawn: "Taken back",
  clock: "Clock moved",
  rule_changed: "Rule changed before a refund",
  own_start: "Refund of what they had started",
  erased: "Personal data erased",
  reprint: "Printed again",
};

export const erase = {
  payment: "Erase personal data",
  person: "Erase the name",
  title: (of: string) => `Erase personal data: ${of}`,
  about: "The till forgets these texts for good. Amounts, states and who did what stay.",
  about_name: "The name is replaced everywhere here. What the person did stays theirs.",
  reason: "Why",
  choose: "Choose why",
  need_reason: "Choose why it is erased",
  look: "Show what would go",
  would: "This would go",
  gone: "This was erased",
  stand_in: (name: string) => `In its place stands “${name}”.`,
  word: "Confirming word",
  hint: (word: string) => `Type ${word} to erase exactly this.`,
  need_word: (word: string) => `The word is ${word}`,
  confirm: "Erase for good",
  keep: "Erase nothing",
  done: "Erased.",
  settling: "Parts of it are still being read; the till clears them by itself.",
  copies: "Older copies still hold it. Delete them by hand:",
  close: "Close",
};

export const erase_name = {
  person_asked: "The person asked for it",
  not_needed: "No longer needed",
  kept_by_mistake: "Kept by mistake",
  law: "The law wants it",
};

export const gone_name = {
  changes: "Changes",
  texts: "Texts of changes and of the trail",
  payment_texts: "Texts of the payment",
  findings: "Findings",
  callbacks: "Callbacks",
  proposals: "Proposals",
  stays_in_older_events: "Stays in events of an older version",
  past: "Past names",
  trail: "Places in the trail",
  shared: "Names of others too: these stay",
};
