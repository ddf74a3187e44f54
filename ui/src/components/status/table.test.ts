import { describe, expect, test } from "vitest";

import { attempt, change, NOW } from "../../fixtures/data";
import { projectFile } from "../../fixtures/files";
import { paymentState, statusWord } from "../../messages/words";
import {
  CHANGE_STATES,
  DOUBT_NEEDS_YOU_AFTER_MS,
  isFinal,
  PAYMENT_STATES,
  SHAPES,
  shownOf,
  shownOfState,
  STATUSES,
  statusOfPayment,
} from "./table";

const at = (state: string) => {
  const shown = shownOfState(state);
  return `${shown.status}: ${statusWord(shown, "bumper")}`;
};

test("every state of a change has one status and its own word", () => {
  expect(CHANGE_STATES.map((state) => `${state} = ${at(state)}`)).toEqual([
    "awaiting_approval = approval: waiting for approval",
    "rejected = not_done: rejected",
    "queued = waiting: waiting to send",
    "sending = sending: sending",
    "applied = done: done",
    "declined = not_done: declined by Bumper",
    "needs_customer = customer: customer must sign",
    "in_doubt = checking: checking with Bumper",
    "conflict = needs_you: needs you: the payment changed",
    "expired = not_done: expired",
    "withdrawn = not_done: withdrawn",
  ]);
});

test("the states are those of the backend's contract", () => {
  const contract = projectFile("src-tauri/crates/counterfoil-api/src/view/change.rs");
  const listed = /\/\/\/ `(awaiting_approval [\s\S]*?)`/.exec(contract)?.[1] ?? "";
  expect(listed.replace(/\/\/\//g, "").split(/\s+/)).toEqual([...CHANGE_STATES]);
});

test("there are at most eight statuses, each with a shape of its own", () => {
  expect(STATUSES.length).toBeLessThanOrEqual(8);
  expect(new Set(Object.values(SHAPES)).size).toBe(STATUSES.length);
  expect(Object.keys(SHAPES).sort()).toEqual([...STATUSES].sort());
});

describe("an outcome that is not known", () => {
  const doubt = (sinceMs: number) =>
    change({
      state: "in_doubt",
      attempts: [
        {
          attempt_id: "a",
          started_at: new Date(NOW - sinceMs).toISOString(),
          ended_at: null,
          outcome: "unknown",
          http_status: null,
          correlation_id: null,
          answer: null,
          method: "POST",
          path: "/",
          digest: "",
          key: null,
        },
      ],
    });

  test("is being checked for an hour, then needs a person", () => {
    expect(shownOf(doubt(DOUBT_NEEDS_YOU_AFTER_MS), NOW).status).toBe("checking");
    expect(shownOf(doubt(DOUBT_NEEDS_YOU_AFTER_MS + 1), NOW).status).toBe("needs_you");
  });

  test("is never final, and a state of a newer backend is never called done or failed", () => {
    expect(isFinal("in_doubt")).toBe(false);
    expect(at("something_new")).toBe("checking: unclear");
  });
});

test("what the provider has accepted and not ended is no alarm, however long it takes", () => {
  const accepted = (outcome: string) =>
    change({
      state: "in_doubt",
      provider: "wepay",
      attempts: [attempt({ outcome, started_at: new Date(NOW - 9e7).toISOString() })],
    });
  const shown = shownOf(accepted("accepted"), NOW);
  expect(`${shown.status}: ${statusWord(shown, "wepay")}`).toBe(
    "sending: accepted by WePay, not done yet",
  );
  expect(shownOf(accepted("unknown"), NOW).status).toBe("needs_you");
});

test("every state of a payment has one status and its own word", () => {
  const contract = projectFile("src-tauri/crates/counterfoil-api/src/view/payment.rs");
  const listed = /\/\/\/ (`open`[\s\S]*?)\n\s*pub state/.exec(contract)?.[1] ?? "";
  const states = [...listed.matchAll(/`(\w+)`/g)].map(([, state = ""]) => state);
  expect(states).toEqual([...PAYMENT_STATES]);
  expect(states.map((state) => `${state}: ${statusOfPayment(state)}, ${paymentState(state)}`)).toEqual(
    [
      "open: waiting, open",
      "in_progress: sending, in progress",
      "authorized: waiting, authorised",
      "paid: done, paid",
      "refunded: not_done, returned",
      "failed: not_done, failed",
      "cancelled: not_done, cancelled",
      "unclear: checking, unclear",
    ],
  );
});

test("red is the colour of 'needs you' only, in both themes", () => {
  const tokens = projectFile("ui/src/styles/tokens.css");
  const colours = [...tokens.matchAll(/--status-(\w+): (#[0-9a-f]{6})/g)];
  const red = colours.filter(([, , hex]) => isRed(hex ?? "")).map(([, name]) => name);
  expect(new Set(red)).toEqual(new Set(["needs_you"]));
  expect(colours.length).toBe(3 * STATUSES.length);
});

/** Red: the red part stands well above both others, and green is no higher than blue by much. */
function isRed(hex: string): boolean {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((from) =>
    Number.parseInt(hex.slice(from, from + 2), 16),
  );
  return r - g > 70 && r - b > 60 && Math.abs(g - b) < 30;
}
