import { expect, test } from "vitest";

import { projectFile, shipped } from "./fixtures/files";

const offenders = (pattern: RegExp, end = /\.(ts|svelte)$/, except = /^$/): string[] =>
  shipped(end)
    .filter(({ path, text }) => !except.test(path) && pattern.test(text))
    .map(({ path }) => path);

test("nothing but the host folder knows the window", () => {
  expect(offenders(/@tauri-/, undefined, /^host\//)).toEqual([]);
});

test("nothing that ships imports fixtures", () => {
  expect(offenders(/from "[./]*fixtures/)).toEqual([]);
});

test("no markup from texts, no inline style, no inline script", () => {
  expect(
    offenders(/\{@html|innerHTML|outerHTML|insertAdjacentHTML|\sstyle="|\sstyle=\{|\son\w+="/),
  ).toEqual([]);
  expect(projectFile("ui/index.html")).not.toMatch(/<style|style=|<script>|javascript:/);
});

test("money is never parsed to a JavaScript number", () => {
  expect(offenders(/parseFloat|Number\([^)]*(text|minor|amount|price)/)).toEqual([]);
});

test("layout has no left and right, so that it can be mirrored", () => {
  const sided = /(margin|padding|border)-(left|right)|text-align: (left|right)|[^-](left|right):/;
  expect(
    offenders(sided, /\.(svelte|css)$/, /^components\/change\/ChangeForm|money\/Keypad|PinField/),
  ).toEqual([]);
});

test("files stay below 600 lines and lines within 100 columns", () => {
  const long = shipped(/\.(ts|svelte|css)$/).filter(
    ({ text }) =>
      text.split("\n").length > 600 || text.split("\n").some((line) => line.length > 100),
  );
  expect(long.map(({ path }) => path)).toEqual([]);
});
