/**
 * The whole screen in a browser, against the development host and the sandbox. Every test has a
 * till of its own, so they run beside each other and in any order.
 */
import { defineConfig } from "@playwright/test";

/** Debian's browser: Playwright's own downloads are not needed. */
const BROWSER = process.env.COUNTERFOIL_BROWSER ?? "/usr/bin/chromium";

export default defineConfig({
  testDir: "browser",
  outputDir: "out/results",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  workers: 2,
  retries: 0,
  fullyParallel: true,
  forbidOnly: true,
  reporter: "list",
  use: {
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "Europe/London",
    screenshot: "only-on-failure",
    trace: "off",
    launchOptions: {
      executablePath: BROWSER,
      // Containers have neither user namespaces nor a large shared memory.
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    },
  },
  projects: [{ name: "browser" }],
});
