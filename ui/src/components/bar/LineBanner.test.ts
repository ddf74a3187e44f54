import { render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";

import type { Offline } from "../../bindings/Offline";
import { desk, money } from "../../fixtures/data";
import { clock } from "../../state/clock.svelte";
import { session } from "../../state/session.svelte";
import LineBanner from "./LineBanner.svelte";

const HOUR_MS = 3_600_000;

function show(part: Partial<Offline> | null, mode: "online" | "on_purpose" = "on_purpose"): void {
  const offline = part === null ? null : { ...LIMITS, ...part };
  const line = { mode, detail: null, last_contact_at: null, breakers: [] };
  session.desk = desk({ offline, line });
  render(LineBanner, { line });
}

const LIMITS: Offline = {
  on_purpose: true,
  accounts: ["Harbour Street"],
  since: new Date(clock.now - 50 * HOUR_MS).toISOString(),
  until: new Date(clock.now + 22.5 * HOUR_MS).toISOString(),
  left_seconds: 81_000,
  left_count: 3,
  left_sum: [money("120.00")],
  warn: false,
  near: [],
  stopped: [],
};

const words = () => screen.getByTestId("offline-limits").textContent?.replace(/\s+/g, " ").trim();

test("offline, the banner counts down what may still be asked for", () => {
  show({});
  expect(words()).toBe("Offline limits: 22 hrs 30 mins, 3 changes and £120.00 left.");
});

test("near a limit it says so, and at the end that nothing more can be asked for", () => {
  show({ warn: true, near: ["count"], left_count: 1 });
  expect(words()).toContain("A limit is near. Offline limits: 22 hrs 30 mins, 1 change");
});

test("at the end it says that nothing more can be asked for, also when only time has passed", () => {
  show({ until: new Date(clock.now - 1).toISOString() });
  expect(words()).toContain("nothing more can be asked for");
});

test("an account without an answer is named although the line is up", () => {
  show({ on_purpose: false }, "online");
  expect(words()).toContain("No answer from Harbour Street.");
});

test("online there is no banner", () => {
  show(null, "online");
  expect(screen.queryByTestId("line-banner")).toBeNull();
});

test("an account that is left alone is named with its wait, and tried at the end of it", () => {
  const until = new Date(clock.now + 90_000).toISOString();
  const breakers = [{ account: "Harbour Street", until, why: "no line" }];
  const line = { mode: "online" as const, detail: null, last_contact_at: null, breakers };
  session.desk = desk({ offline: null, line });
  const { rerender } = render(LineBanner, { line });
  expect(screen.getByTestId("breaker").textContent).toContain("Harbour Street is left alone for");
  const over = [{ ...breakers[0]!, until: new Date(clock.now - 1).toISOString() }];
  return rerender({ line: { ...line, breakers: over } }).then(() => {
    expect(screen.getByTestId("breaker").textContent).toContain("is being tried now");
  });
});
