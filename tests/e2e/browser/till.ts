/** What every test stands on: a till of its own, and a browser page that must stay silent. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";

import { type ConsoleMessage, expect, type Page, test as base } from "@playwright/test";

import { Sandbox } from "../shared/sandbox.mjs";

/** Set by `cargo xtask test`; by hand, a plain `cargo build` puts it here. */
const DEVHOST =
  process.env.COUNTERFOIL_DEVHOST ??
  fileURLToPath(new URL("../../../target/debug/counterfoil-devhost", import.meta.url));

const TRAINING = ["--training", "--payments", "40"];

interface Ready {
  listening: string;
  sandbox: string | null;
  control: string | null;
}

export class Till {
  private constructor(
    private readonly program: ChildProcess,
    readonly said: string[],
    /** Where the screen is. */
    readonly url: string,
    /** The stand-in provider; tills without one have it nowhere. */
    readonly sandbox: Sandbox,
  ) {}

  static async start(args: readonly string[], env: Record<string, string> = {}): Promise<Till> {
    const program = spawn(DEVHOST, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    const said: string[] = [];
    program.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()));
    const lines = createInterface({ input: program.stdout });
    const first = await Promise.race([
      once(lines, "line").then(([line]) => String(line)),
      once(program, "error").then(([error]) => Promise.reject(error)),
      once(program, "exit").then(() => Promise.reject(new Error(said.join("")))),
    ]);
    const ready = JSON.parse(first) as Ready;
    const sandbox = new Sandbox(ready.control ?? "");
    return new Till(program, said, `http://${ready.listening}/`, sandbox);
  }

  /** Ends it, and tells whether it had come to harm. */
  async stop(): Promise<void> {
    if (this.program.exitCode === null) {
      const ended = once(this.program, "exit");
      this.program.kill("SIGTERM");
      await ended;
    }
    expect(this.said.join(""), "the till's program had no accident").not.toContain("panicked");
    expect(this.program.exitCode, "the till's program ended well").toBe(0);
  }
}

/** Everything the browser complained about. */
export class Complaints {
  readonly list: string[] = [];

  constructor(page: Page) {
    page.on("pageerror", (error) => this.list.push(String(error)));
    page.on("console", (message) => this.hear(message));
  }

  private hear(message: ConsoleMessage): void {
    if (message.type() !== "error" && message.type() !== "warning") return;
    // The browser itself reports every refused call; the screen has to show those, not hide them.
    const refused = message.text().startsWith("Failed to load resource");
    if (refused && message.location().url.endsWith("/rpc")) return;
    this.list.push(message.text());
  }
}

export const test = base.extend<{ till: Till }>({
  till: async ({ browserName: _ }, use) => {
    const till = await Till.start(TRAINING);
    await use(till);
    await till.stop();
  },
  page: async ({ page, till }, use) => {
    const complaints = new Complaints(page);
    await page.goto(till.url);
    await use(page);
    expect(complaints.list, "the browser complained of nothing").toEqual([]);
  },
});

export { expect };
