/**
 * The real window, driven from outside as a person would: what is found is found by the words on
 * the screen. Needs a display and `tauri-driver`; `cargo xtask test` brings both.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { By, Capabilities, error, WebDriver } from "selenium-webdriver";
import { Executor, HttpClient } from "selenium-webdriver/http/index.js";

import { Sandbox } from "../shared/sandbox.mjs";

/** @param {string} path Below the project's folder. */
const ours = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

const PROGRAM = process.env.COUNTERFOIL_PROGRAM ?? ours("target/debug/counterfoil");
const DRIVER = process.env.TAURI_DRIVER ?? "tauri-driver";
const OUT = fileURLToPath(new URL("../out/window", import.meta.url));

/** How long anything may take to appear. */
const WAIT_MS = 20_000;
/** A person's pace. Faster keys would be taken for a scanner and kept out of amounts and PINs. */
const KEY_MS = 60;

/** Made up by the training till; their PINs are read from the screen. */
export const CASHIER = "Casey Cashier";
export const MANAGER = "Morgan Manager";

export class Window {
  /**
   * @param {WebDriver} driver
   * @param {import("node:child_process").ChildProcess} service
   * @param {string} folder For temporary files.
   */
  constructor(driver, service, folder) {
    this.driver = driver;
    this.service = service;
    this.folder = folder;
    /** @type {string[]} What driver and program complained of. */
    this.said = [];
    service.stderr?.on("data", (chunk) => this.said.push(String(chunk)));
  }

  /** Opens a training till in a window of its own. */
  static async open() {
    const [port, nativePort] = [await freePort(), await freePort()];
    // The driver ends the program by force, so that what it keeps for a while has to be cleared.
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-window-"));
    const service = spawn(DRIVER, ["--port", `${port}`, "--native-port", `${nativePort}`], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, TMPDIR: folder },
    });
    await Promise.race([
      listening(port),
      once(service, "error").then(([error]) => Promise.reject(error)),
    ]);
    // The browser's name is left out: the driver accepts none that it was not told.
    const wanted = new Capabilities({
      "tauri:options": { application: PROGRAM, args: ["--training", "--payments", "40"] },
    });
    const executor = new Executor(new HttpClient(`http://127.0.0.1:${port}`));
    const driver = WebDriver.createSession(executor, wanted);
    await driver.getSession();
    return new Window(driver, service, folder);
  }

  async close() {
    await this.driver.quit().catch(() => undefined);
    const ended = once(this.service, "exit");
    this.service.kill("SIGTERM");
    await ended;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    assert.doesNotMatch(this.said.join(""), /panicked/, "the program had no accident");
  }

  /** Keeps a picture for people to leaf through. @param {string} name */
  async picture(name) {
    await this.stir();
    mkdirSync(OUT, { recursive: true });
    writeFileSync(`${OUT}/${name}.png`, await this.driver.takeScreenshot(), "base64");
  }

  /**
   * A picture of one element.
   * @param {import("selenium-webdriver").WebElement} element
   */
  async pictureOf(element) {
    await this.stir();
    return Buffer.from(await element.takeScreenshot(), "base64");
  }

  /**
   * The web view hands out its next frame, and a page at rest has none: for as long as a picture
   * may take, makes some that nobody can tell apart.
   */
  async stir() {
    await this.driver.executeScript(`
      let frame = 0;
      const timer = setInterval(() => {
        document.body.style.opacity = ++frame % 2 === 0 ? "" : "0.999";
        if (frame === 60) clearInterval(timer);
      }, 50);
    `);
  }

  /**
   * The first visible element that fits, once there is one.
   * @param {string} xpath
   */
  async find(xpath) {
    const seen = async () => {
      for (const element of await this.driver.findElements(By.xpath(xpath))) {
        // What was there a moment ago may have been drawn anew since.
        if (await element.isDisplayed().catch(() => false)) return element;
      }
      return null;
    };
    const found = await this.driver.wait(seen, WAIT_MS, `nothing visible is ${xpath}`);
    assert(found !== null);
    return found;
  }

  /**
   * A button, link or switch by its whole name; on an open sheet where there is one, for nothing
   * below it can be reached.
   * @param {string} name
   */
  control(name) {
    const words = quoted(name);
    return this.find(
      `//*[self::button or self::a][normalize-space(.)=${words} or @aria-label=${words}]
        [ancestor::dialog or not(//dialog[@open])]`,
    );
  }

  /**
   * Something that says this, whole or in part.
   * @param {string} text
   */
  text(text) {
    const words = quoted(text);
    return this.find(`//*[contains(normalize-space(.), ${words})][not(*[contains(., ${words})])]`);
  }

  /**
   * Presses as soon as it can be pressed.
   * @param {string} name
   */
  async press(name) {
    const pressed = async () => {
      const control = await this.control(name);
      if (!(await control.isEnabled())) return false;
      try {
        await control.click();
      } catch (refused) {
        // What is just coming or going cannot be pressed yet, or is another one by now.
        if (refused instanceof error.ElementNotInteractableError) return false;
        if (refused instanceof error.StaleElementReferenceError) return false;
        throw refused;
      }
      return true;
    };
    await this.driver.wait(pressed, WAIT_MS, `${name} cannot be pressed`);
  }

  /**
   * The field below a label.
   * @param {string} label
   */
  field(label) {
    const words = quoted(label);
    return this.find(`//*[@id=//label[normalize-space(.)=${words}]/@for or @aria-label=${words}]`);
  }

  /**
   * Types at a person's pace.
   * @param {string} label
   * @param {string} text
   */
  async type(label, text) {
    const field = await this.field(label);
    for (const key of text) {
      await field.sendKeys(key);
      await pause(KEY_MS);
    }
  }

  /** What an element marked for tests says. @param {string} id */
  async marked(id) {
    return (await this.find(`//*[@data-testid=${quoted(id)}]`)).getText();
  }

  /**
   * Waits until an element marked for tests says this.
   * @param {string} id
   * @param {string} words
   */
  async untilMarked(id, words) {
    const says = async () => (await this.marked(id).catch(() => "")) === words;
    await this.driver.wait(says, WAIT_MS, `${id} never said ${words}`);
  }

  /** The PIN that the training till shows beside a name. @param {string} name */
  async shownPin(name) {
    const words = await (await this.tile(name)).getText();
    const pin = /PIN (\d+)/.exec(words)?.[1];
    assert(pin, `no PIN is shown for ${name}: ${words}`);
    return pin;
  }

  /** @param {string} name */
  tile(name) {
    return this.find(`//button[starts-with(normalize-space(.), ${quoted(initials(name))})]
      [contains(., ${quoted(name)})]`);
  }

  /** @param {string} name */
  async signIn(name) {
    const pin = await this.shownPin(name);
    await (await this.tile(name)).click();
    await this.type("PIN", pin);
    await this.press("Sign in");
    await this.find("//h1[normalize-space(.)='Payments']");
  }

  /** Finds a payment by typing its invoice number. @param {string} invoice */
  async openPayment(invoice) {
    await (await this.field("Search payments")).sendKeys(invoice);
    await this.find("//*[@role='status'][normalize-space(.)='1 payment']");
    await (await this.find(`//*[@role='row'][contains(., ${quoted(invoice)})]`)).click();
    await this.find(`//h1[normalize-space(.)=${quoted(invoice)}]`);
  }

  /**
   * The first invoice in the list whose payment is at Bumper and in a state, with its amount.
   * @param {string} state Its word on the screen.
   */
  async firstPayment(state) {
    // Of all providers' payments only a few stand in the window: those of the state do.
    await (await this.find(`//button[@aria-pressed][normalize-space(.)=${quoted(state)}]`)).click();
    const at = "contains(., 'Training Bumper')";
    const row = await this.find(
      `//*[@role='row'][@tabindex][${at}][contains(., ${quoted(state)})]`,
    );
    // The driver's own reading leaves out what scrolls; the page's text does not.
    const words = (await row.getAttribute("textContent")) ?? "";
    const [invoice, amount] = [/INV-\d+/.exec(words)?.[0], /£[\d,.]+/.exec(words)?.[0]];
    assert(invoice && amount, `no invoice or amount in: ${words}`);
    return { invoice, amount: amount.replace(/[£,]/g, "") };
  }

  /** The stand-in behind this window, by the address that the preview on the screen shows. */
  async sandbox() {
    const shown = await this.find("//dd[starts-with(normalize-space(.), 'http://127.0.0.1:')]");
    return new Sandbox(new URL(await shown.getText()).host);
  }
}

/** @param {string} name */
function initials(name) {
  return name.replace(/([A-Z])\S+\s*/g, "$1");
}

/** A text within an XPath. @param {string} text */
function quoted(text) {
  return text.includes("'") ? `"${text}"` : `'${text}'`;
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert(address !== null && typeof address === "object");
  server.close();
  await once(server, "close");
  return address.port;
}

/** Waits until somebody listens. @param {number} port */
async function listening(port) {
  const end = Date.now() + WAIT_MS;
  while (Date.now() < end) {
    const socket = connect(port, "127.0.0.1");
    const open = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await pause(50);
  }
  throw new Error(`nobody listens on port ${port}`);
}
