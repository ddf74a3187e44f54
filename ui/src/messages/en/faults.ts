/** What went wrong, in words: one entry for every code of the backend. */

export const fault = {
  heading: "That did not work",
  problems: "Please check",
  money_no: "No money moved.",
  money_unknown: "Whether money moved is not known yet.",
  till_says: (text: string) => `The till says: ${text}`,
  again: "Try again",
  bad_input: { what: "Something typed cannot be read.", todo: "Check the fields and try again." },
  bad_amount: {
    what: "The amount cannot be read in this currency.",
    todo: "Type it again, for example 12.50.",
  },
  sign_in_needed: { what: "Nobody is signed in.", todo: "Sign in to go on." },
  wrong_pin: { what: "That PIN does not fit.", todo: "Check the name and type the PIN again." },
  locked: {
    what: "This person is locked after too many wrong PINs.",
    todo: "Wait until the lock ends, or name another person.",
  },
  not_permitted: {
    what: "Your role may not do this.",
    todo: "Ask a manager or the owner.",
  },
  same_person: {
    what: "Two different people are needed.",
    todo: "Name someone who did not ask for it.",
  },
  not_allowed: {
    what: "The provider or the payment's state does not allow this.",
    todo: "Read the payment again and see what is allowed.",
  },
  out_of_range: {
    what: "The amount is outside the allowed range.",
    todo: "Type an amount inside the range.",
  },
  over_refundable: {
    what: "This is more than can still be returned.",
    todo: "Type a smaller amount. What is on its way back counts as returned.",
  },
  too_late: {
    what: "It is too late to take this back.",
    todo: "It may have been sent already. Wait for the outcome.",
  },
  wrong_state: {
    what: "The change has moved on meanwhile.",
    todo: "Look where it stands now, then decide again.",
  },
  approval_refused: {
    what: "This approval is not taken.",
    todo: "Read why, then ask for it anew. Nothing was changed.",
  },
  evidence_changed: {
    what: "What this rests on has changed since it was shown.",
    todo: "Look at it again, then decide. Nothing was decided.",
  },
  card_number: {
    what: "A text looks like a card number.",
    todo: "Remove the number. Card numbers are never stored here.",
  },
  offline_limit: {
    what: "The till is offline, and this would pass an offline limit.",
    todo: "Get the line back and let what waits be sent, or ask a manager.",
  },
  audit_broken: {
    what: "The trail does not verify.",
    todo: "Keep this till as it is and call the owner.",
  },
  not_found: {
    what: "This cannot be found.",
    todo: "Check what was typed. Letters' case counts.",
  },
  exists: { what: "This exists already.", todo: "Choose another name, or use what is there." },
  first_run: { what: "This till is not set up yet.", todo: "Set it up first." },
  store: {
    what: "The till's store cannot be read or written.",
    todo: "Check disk space. Nothing that was stored is lost.",
  },
  store_newer: {
    what: "The store was made by a newer version.",
    todo: "Install the newest version on this till.",
  },
  keyring: {
    what: "The keyring of this computer cannot be used.",
    todo: "Unlock it. Changes can be asked for and are kept meanwhile.",
  },
  printer: {
    what: "The slip printer is away, or broke off.",
    todo: "Look at the printer and its paper, then print again. No money is touched by it.",
  },
  keyring_closed: {
    what: "The keyring is away, so nobody can decide or set up.",
    todo: "Asking goes on. Unlock the keyring, then give the PIN once more.",
  },
  pepper_lost: {
    what: "The keyring no longer holds what the PINs of this till are checked with.",
    todo: "Put the till's keyring back. If it is lost, an owner gives everybody a new PIN.",
  },
  last_owner: {
    what: "This is the last owner here.",
    todo: "Make somebody else an owner first.",
  },
  held_elsewhere: {
    what: "Another program or till holds the right to send.",
    todo: "Close the other one, or work there.",
  },
  unreachable: {
    what: "No answer came.",
    todo: "Check the line and try again. What was stored stays stored.",
  },
  unclear_answer: {
    what: "The provider's answer proves nothing.",
    todo: "Wait for the next look, or look at the provider yourself.",
  },
  credentials_refused: {
    what: "The provider refused the credentials.",
    todo: "The owner checks API key and secret in the settings.",
  },
  declined: {
    what: "The provider said no.",
    todo: "Read the payment again before you ask anew.",
  },
  unknown: {
    what: "Something went wrong.",
    todo: "Try again. If it stays so, tell the owner.",
  },
};

/** What to know before asking, by the backend's code; others come with their own words. */
export const warning = {
  offline_limit_near: "An offline limit is near: the bar on top says what may still be asked for.",
};

/** Why a kind of change is not offered, by the backend's code. */
export const why = {
  use_instead: "The provider does this another way.",
  part_not_offered: "The provider does this only for the whole amount.",
  unconfirmed:
    "The provider does not document how the amount is named. It is possible once the provider " +
    "has confirmed it and the owner has set it in the account.",
  too_late: "Too late: the time in which the provider does this is over.",
  missing: "Something the provider needs is missing.",
  unreadable: "A change of this payment cannot be read. Nothing may be asked for until it can.",
  not_permitted: "Your role may not ask for this.",
  state: "Not possible in the payment's present state.",
  state_unclear: "The provider's state of this payment is not known here. Read it again first.",
  not_offered: "The provider does not offer this.",
  currency: "The account uses another currency.",
  nothing_changes: "This changes nothing.",
  over_refundable: "Nothing is left to return.",
  decrease_and_refund: "A lower total is under way: let it finish first.",
  not_positive: "The amount must be more than zero.",
};

/** Which other kind serves the same end, by what was wanted and what there is. */
export const instead = {
  adjust_capture: {
    about: (provider: string) =>
      `${provider} cannot change the amount. Capture less than is held: the rest is released.`,
    act: "Capture less instead",
  },
  adjust_refund: {
    about: (provider: string) =>
      `${provider} cannot change the amount. Return a part of it to the customer.`,
    act: "Refund a part instead",
  },
  void_cancel: {
    about: (provider: string) =>
      `At ${provider} a payment that is held is cancelled: what is held is released.`,
    act: "Cancel instead",
  },
};
