/** The stand-in provider from behind its back: what a test may see and do there. */

/**
 * @typedef {object} MadeUp A payment in the stand-in's book.
 * @property {string} token
 * @property {string} status
 * @property {boolean} signed
 * @property {boolean} settled
 * @property {string} amount
 * @property {string} paid
 * @property {string} refunded
 * @property {string | null} invoice_number
 *
 * @typedef {object} Effect Something that really took effect.
 * @property {string} kind
 * @property {string} token
 * @property {string | null} amount
 * @property {boolean} awaits_customer
 */

export class Sandbox {
  /** @param {string} address Host and port. */
  constructor(address) {
    this.address = address;
  }

  /** @returns {Promise<MadeUp[]>} */
  payments() {
    return this.#ask("GET", "/bumper/payments");
  }

  /**
   * @param {string} token
   * @returns {Promise<MadeUp>}
   */
  payment(token) {
    return this.#ask("GET", `/bumper/payments/${token}`);
  }

  /**
   * @param {Record<string, unknown>} payment
   * @returns {Promise<MadeUp>}
   */
  create(payment) {
    return this.#ask("POST", "/bumper/payments", payment);
  }

  /**
   * Somebody else changes the payment at the provider.
   * @param {string} token
   * @param {Record<string, unknown>} change
   */
  set(token, change) {
    return this.#ask("POST", `/bumper/payments/${token}/set`, change);
  }

  /**
   * Every effect on one payment, in order.
   * @param {string} token
   * @returns {Promise<Effect[]>}
   */
  async effects(token) {
    /** @type {Effect[]} */
    const ledger = await this.#ask("GET", "/ledger");
    return ledger.filter((effect) => effect.token === token);
  }

  /**
   * Every effect that the till caused; what the test itself did there is left out.
   * @returns {Promise<Effect[]>}
   */
  async caused() {
    /** @type {Effect[]} */
    const ledger = await this.#ask("GET", "/ledger");
    return ledger.filter((effect) => effect.kind !== "control");
  }

  /** @param {Record<string, unknown>} rule */
  disturb(rule) {
    return this.#ask("POST", "/faults", rule);
  }

  /** @param {{ up: boolean, refuse?: boolean }} wish */
  line(wish) {
    return this.#ask("POST", "/line", wish);
  }

  calm() {
    return this.#ask("DELETE", "/faults");
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @returns {Promise<any>}
   */
  async #ask(method, path, body) {
    const answer = await fetch(`http://${this.address}/control${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }
}

/**
 * The first payment that fits, in the stand-in's order.
 * @param {MadeUp[]} payments
 * @param {(payment: MadeUp) => boolean} fits
 * @returns {MadeUp & { invoice_number: string }}
 */
export function first(payments, fits) {
  const found = payments.find(fits);
  if (found === undefined || found.invoice_number === null) throw new Error("no payment fits");
  return { ...found, invoice_number: found.invoice_number };
}

/** Waiting for the customer, with room below and above. @param {MadeUp} payment */
export function isOpen(payment) {
  return payment.status === "pending" && !payment.signed && isMiddling(payment);
}

/** Signed by the customer, with room below and above. @param {MadeUp} payment */
export function isSigned(payment) {
  return payment.status === "completed" && payment.signed && isMiddling(payment);
}

/** @param {MadeUp} payment */
function isMiddling(payment) {
  return Number(payment.amount) > 200 && Number(payment.amount) < 2000;
}

/**
 * `100.50` and `0.75` are `101.25`.
 * @param {string} amount Decimal text with two decimals.
 * @param {string} more The same, a minus allowed.
 */
export function plus(amount, more) {
  const pence = BigInt(amount.replace(".", "")) + BigInt(more.replace(".", ""));
  const digits = pence.toString().padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** As the screen shows it. @param {string} amount Decimal text. */
export function pounds(amount) {
  const [whole = "", fraction = ""] = amount.split(".");
  return `£${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fraction}`;
}
