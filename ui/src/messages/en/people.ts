/** People: who is here, their roles and PINs, and switching at the till. */
export const people = {
  title: "People",
  about: "Whoever leaves keeps standing by name in everything they did.",
  add: "Add a person",
  show_left: "Show those who have left",
  left: (when: string) => `left ${when}`,
  no_key: "no key yet",
  no_key_more: "A key to approve with is made at the next sign-in with the keyring open.",
  you: "you",
  change: "Change",
  change_name: (name: string) => `Change ${name}`,
  save: "Save",
  saved: (name: string) => `${name} saved`,
  role_about: {
    cashier: "Finds payments and asks for changes, within the rules.",
    manager: "Also decides what others ask for.",
    owner: "Also sets up this till. No rule binds an owner.",
    auditor: "Reads and checks, changes nothing.",
  },
  history: "What was done under the old name or role stays as it was.",
  new_pin: "Give a new PIN",
  new_pin_title: (name: string) => `A new PIN for ${name}`,
  new_pin_about:
    "For a forgotten PIN. A new key comes with it: approvals by the old one that were not sent " +
    "yet are asked for again.",
  new_pin_confirm: "Set the new PIN",
  leave: "Has left",
  leave_title: (name: string) => `Has ${name} left?`,
  leave_about:
    "They can no longer sign in, approve or be a second person. Approvals by them that were not " +
    "sent yet are asked for again. What they did stays under their name.",
  leave_confirm: (name: string) => `${name} has left`,
  leave_keep: "Still here",
  comes_back: "Is back",
  comes_back_title: (name: string) => `${name} is back`,
  comes_back_about: "The same person as before, with a new PIN.",
  comes_back_confirm: "Take back",
  back: "Back",
  nothing_new: "Nothing is different yet",
};

export const own_pin = {
  open: "Change your PIN",
  title: "Change your PIN",
  about: "Your key stays the same: what you approved stays approved.",
  present: "Present PIN",
  next: "New PIN",
  confirm: "Change PIN",
  keep: "Keep PIN",
  done: "Your PIN is changed.",
  need_present: "Type your present PIN",
};

export const switching = {
  title: "Switch person or sign out",
  choose: "Who takes over?",
  nothing_lost: "Nothing is lost: what was asked for stays as it is.",
  take_over: "Take over",
  other: "Someone else",
  nobody: "Nobody else works at this till.",
  done: (name: string) => `${name} is at the till now.`,
};

/** Signed in by the short check alone: the keyring was away. */
export const short_check = {
  what: "The keyring was closed when you signed in: you may ask, not decide.",
  todo: "Unlock the keyring of this computer, then give your PIN once more.",
  again: "Give the PIN",
  sign_in:
    "The keyring of this computer is closed. You can sign in and ask for changes; deciding waits.",
  decide: "The keyring is closed: nobody can decide until it is unlocked. What waits is kept.",
  lost: "The keyring is lost",
};

export const pepper = {
  title: "The keyring is lost",
  about:
    "PINs are checked with something that only this till's keyring holds. If the keyring cannot " +
    "be brought back, an owner makes it anew.",
  then: "Your own PIN changes now. Everybody else needs a new PIN from you, in Settings.",
  approvals: "Approvals that were not sent yet are asked for again. It stands in the trail.",
  not_lost: "If the keyring is only locked, this is refused and nothing changes.",
  confirm: "Make it anew",
  keep: "Do nothing",
  done: "Made anew. Now give everybody else a new PIN.",
};

/** Keys of people of other tills, by which their answers count here. */
export const keys = {
  title: "People of other tills",
  about:
    "Their answers count here when this till is offline. Compare the fingerprint with the one " +
    "that the other till shows before you bring in a key.",
  none: "Nobody of another till can approve for this one yet.",
  give: "Show a key",
  give_about: "Scan or paste it there under Settings, People of other tills.",
  of: "Whose key",
  bring: "Bring in a key",
  text: "Key",
  text_hint: "The whole text. It begins with CK1.",
  role: "Counts here as",
  role_same: "what they are there",
  fingerprint: "Fingerprint",
  fingerprint_hint: "As the other till shows it. Left empty, compare it afterwards.",
  confirm: "Bring in key",
  remove: "Remove key",
  remove_keep: "Keep key",
  remove_about: "Answers by them no longer count here. What they approved and was sent stays.",
  remove_name: (name: string) => `Remove the key of ${name}`,
  at: (role: string, till: string) => `${role}, of ${till}`,
  added: "Key brought in",
  need_key: "Paste the key",
  need_person: "Choose whose key",
  qr: "QR code with the key",
  copy: "Copy key",
};
