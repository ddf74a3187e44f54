import { describe, expect, test } from "vitest";

import type { FaultCode } from "../bindings/FaultCode";
import { change } from "../fixtures/data";
import { fault } from "../fixtures/fake";
import { projectFile, shipped } from "../fixtures/files";
import { countdown, money, span } from "./format";
import { t } from "./index";
import { changeTitle, faultText, statusWord, whyNot } from "./words";

function leaves(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, below]) => leaves(below, `${path}.${key}`));
}

const code = shipped(/\.(ts|svelte)$/)
  .filter(({ path }) => !path.startsWith("messages/en/"))
  .map(({ text }) => text)
  .join("\n");

/** Groups whose keys are values of the backend: read by value, never by name. */
const BY_VALUE =
  /^t\.(fault|why|instead|warning|because|rule_says|rule_free|notices\.(kind|go)|people\.role_about|outcome|roles|providers|ref_hint|reasons|line|clock_banner|\w+_(name|help))\.|(own_pin|pepper)\.(title|about|confirm|keep|done)$|_(elsewhere|closed|till)$/;

test("no message is unused", () => {
  const unused = leaves(t, "t").filter((path) => {
    if (BY_VALUE.test(path)) return false;
    const group = path.slice(0, path.lastIndexOf("."));
    return !new RegExp(`${path.replaceAll(".", "\\.")}\\b`).test(code) && !indexed(group, path);
  });
  expect(unused).toEqual([]);
});

/** Read as `t.group[key]`: then the key must at least be named somewhere as text. */
function indexed(group: string, path: string): boolean {
  const key = path.slice(path.lastIndexOf(".") + 1);
  if (!code.includes(`${group}[`) && !code.includes(`(${group},`)) return false;
  const stem = key.replace(/_(more|adjust|refund|start|cancel|relabel|capture|void)$/, "_");
  return new RegExp(
    `["'\`]${key}["'\`]|\\b${key}:|["'\`]${stem}\\$|\\}${key.slice(key.lastIndexOf("_"))}\``,
  ).test(code);
}

test("no message is empty", () => {
  for (const path of leaves(t, "t")) {
    const value = path
      .split(".")
      .slice(1)
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], t);
    if (typeof value === "string") expect(value.trim(), path).not.toBe("");
  }
});

test("every word of a template comes from the messages", () => {
  const found = shipped(/\.svelte$/).flatMap(({ path, text }) => {
    const bare = withoutBraces(
      text
        .replace(/<!--[\s\S]*?-->/g, "")
        .replace(/<script[\s\S]*?<\/script>/g, "")
        .replace(/<style[\s\S]*?<\/style>/g, ""),
    ).replace(/<[^>]*>/g, "\n");
    return bare
      .split("\n")
      .filter((line) => /\p{L}/u.test(line))
      .map((line) => `${path}: ${line.trim()}`);
  });
  expect(found).toEqual([]);
});

/** Drops `{…}` with everything inside, however deep. */
function withoutBraces(text: string): string {
  let depth = 0;
  let out = "";
  for (const character of text) {
    if (character === "{") depth += 1;
    if (depth === 0) out += character;
    if (character === "}") depth -= 1;
  }
  return out;
}

describe("faults", () => {
  const union = projectFile("ui/src/bindings/FaultCode.ts");
  const codes = [...union.matchAll(/"([a-z_]+)"/g)].map(([, name]) => name as FaultCode);

  test("there are words for every code: what happened and what to do", () => {
    expect(codes.length).toBeGreaterThan(20);
    for (const name of codes) {
      const words = faultText(fault(name));
      expect(words, name).not.toBe(t.fault.unknown);
      expect(
        [words.what, words.todo].every((word) => word.endsWith(".")),
        name,
      ).toBe(true);
    }
  });

  test("a code of a newer backend gets general words", () => {
    expect(faultText(fault("brand_new" as FaultCode))).toBe(t.fault.unknown);
  });
});

describe("money wording", () => {
  test("a queued refund is never called refunded", () => {
    const queued = change({ kind: "refund", state: "queued", total: null, refund: gbp("42.00") });
    const word = statusWord({ status: "waiting", word: "waiting" }, "bumper");
    expect([changeTitle(queued), word].join(" ")).toBe("Refund £42.00 waiting to send");
    expect(JSON.stringify(leavesText())).not.toMatch(/\brefunded\b/i);
  });

  test("banned words with many meanings are not used", () => {
    expect(JSON.stringify(leavesText())).not.toMatch(/\b(pending|transaction|sync|terminal)\b/i);
  });

  function leavesText(): string[] {
    return leaves(t, "t").map((path) => {
      const value = path
        .split(".")
        .slice(1)
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], t);
      return typeof value === "function" ? String(value) : String(value);
    });
  }
});

const gbp = (text: string) => ({ text, currency: "GBP", minor: text.replace(".", "") });

describe("formats", () => {
  test.each([
    ["350.00", "GBP", "£350.00"],
    ["90071992547409.93", "GBP", "£90,071,992,547,409.93"],
    ["-0.05", "GBP", "-£0.05"],
    ["500", "JPY", "JP¥500"],
    ["1.234", "KWD", "KWD\u00a01.234"],
  ])("%s %s is shown as %s", (text, currency, expected) => {
    expect(money({ text, currency, minor: text.replace(".", "") })).toBe(expected);
  });

  test("differences carry their sign, zero carries none", () => {
    expect([money(gbp("50.00"), "always"), money(gbp("0.00"), "always")]).toEqual([
      "+£50.00",
      "£0.00",
    ]);
  });

  test.each([
    [5, "5 secs"],
    [60, "1 min"],
    [7500, "2 hrs 5 mins"],
    [7200, "2 hrs"],
    [259_200, "3 days"],
  ])("%i seconds are %s", (seconds, expected) => {
    expect(span(seconds)).toBe(expected);
  });

  test("a countdown keeps its seconds", () => {
    expect([countdown(1290.2), countdown(59), countdown(-4)]).toEqual([
      "21 mins 31 secs",
      "59 secs",
      "0 secs",
    ]);
  });

  test("a reason has own words for a known code, else the backend's", () => {
    expect(whyNot("state", "the payment's state does not allow this")).toBe(t.why.state);
    expect(whyNot("text_not_carried", "invoice: too long")).toBe("invoice: too long");
    expect(whyNot("new_code", null)).toBe(t.payment.not_known);
  });
});
