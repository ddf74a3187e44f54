// @vitest-environment node
/** What ships stays small: all JavaScript of the built screen together, compressed. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { expect, test } from "vitest";

import { PROJECT } from "./fixtures/files";

/** Row S11 of the targets. */
const MOST_BYTES = 100_000;
/** A build takes seconds, on a busy machine many. */
const PATIENCE_MS = 180_000;

test(
  "the JavaScript of the screen is at most 100 KB compressed",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-size-"));
    try {
      const cwd = join(PROJECT, "ui");
      const vite = join(cwd, "node_modules/vite/bin/vite.js");
      const words = ["build", "--logLevel", "error", "--outDir", folder];
      execFileSync(process.execPath, [vite, ...words], {
        cwd,
        env: { ...process.env, NODE_ENV: "production", VITEST: "" },
      });
      const scripts = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
        path.endsWith(".js"),
      );
      const sizes = scripts.map((path) => gzipSync(readFileSync(join(folder, path))).length);
      expect(sizes.length).toBeGreaterThan(0);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MOST_BYTES);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  PATIENCE_MS,
);
