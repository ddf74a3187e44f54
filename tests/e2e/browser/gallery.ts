/** The screen on made-up answers: no till behind it, so every provider's payments are at hand. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test as base } from "@playwright/test";

import { Complaints } from "./till";

const UI = fileURLToPath(new URL("../../../ui", import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
};

/** Builds the gallery into a folder of its own and serves it on loopback. */
async function serve(folder: string): Promise<Server> {
  const vite = join(UI, "node_modules/vite/bin/vite.js");
  const words = ["build", "--mode", "gallery", "--logLevel", "error", "--outDir", folder];
  execFileSync(process.execPath, [vite, ...words], { cwd: UI, stdio: "inherit" });
  const server = createServer((request, answer) => {
    const { pathname } = new URL(request.url ?? "/", "http://gallery");
    try {
      const body = readFileSync(join(folder, normalize(pathname)));
      answer.writeHead(200, { "content-type": TYPES[extname(pathname)] ?? "text/plain" });
      answer.end(body);
    } catch {
      answer.writeHead(404).end();
    }
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return server;
}

export type Direction = "ltr" | "rtl";

export const test = base.extend<
  { scene: (name: string, direction: Direction) => Promise<void> },
  { gallery: string }
>({
  gallery: [
    async ({ browserName: _ }, use) => {
      const folder = mkdtempSync(join(tmpdir(), "counterfoil-gallery-"));
      const server = await serve(folder);
      await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/gallery.html`);
      server.close();
      rmSync(folder, { recursive: true });
    },
    { scope: "worker", timeout: 120_000 },
  ],
  scene: async ({ page, gallery }, use) => {
    const complaints = new Complaints(page);
    await use(async (name, direction) => {
      // Away first: the same page with another question mark would be kept.
      await page.goto("about:blank");
      await page.goto(`${gallery}?scene=${name}`);
      await page.evaluate((dir) => (document.documentElement.dir = dir), direction);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    });
    expect(complaints.list, "the browser complained of nothing").toEqual([]);
  },
});

export { expect };
