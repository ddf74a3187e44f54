/** A picture for a person to leaf through, and what axe says of the same moment. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { expect, type Page } from "@playwright/test";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

export type Theme = "light" | "dark";

export async function wear(page: Page, theme: Theme): Promise<void> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
}

/** Takes the picture first: it is wanted most where axe complains. */
export async function look(page: Page, folder: string, name: string): Promise<void> {
  await page.screenshot({ path: `out/looks/${folder}/${name}.png`, animations: "disabled" });
  // Through the debugger: the page's own policy would refuse a script from elsewhere.
  await page.evaluate(AXE);
  const violations = await page.evaluate(async (values) => {
    const axe = (globalThis as unknown as { axe: { run(...args: unknown[]): unknown } }).axe;
    const outcome = await axe.run(document, { runOnly: { type: "tag", values } });
    return (outcome as { violations: unknown[] }).violations;
  }, RULES);
  const serious = (violations as Violation[])
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  expect.soft(serious, `axe on ${name}, ${folder}`).toEqual([]);
}
