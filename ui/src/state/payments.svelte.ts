/** The pages of payments read so far, newest first, and how they are kept true. */
import type { Fault } from "../bindings/Fault";
import type { Payment } from "../bindings/Payment";
import { ask } from "./ask";

const PAGE = 100;
/** The most the backend gives at once. */
const MOST = 200;

export class PaymentPages {
  rows = $state.raw<readonly Payment[]>([]);
  fault = $state.raw<Fault | null>(null);
  /** True until the first answer to the newest question. */
  first = $state(true);
  readingMore = $state(false);
  #next = $state.raw<string | null>(null);
  #query = "";
  #filter: string | null = null;
  #newest = 0;
  /** The question that the rows answer; null before the first answer. */
  #answered: string | null = null;

  /** True while the provider of rows has more of them. */
  get more(): boolean {
    return this.#next !== null;
  }

  /** A new question: old rows stay until the answer is here, so that nothing jumps. */
  async find(query: string, filter: string | null): Promise<void> {
    this.#query = query;
    this.#filter = filter;
    await this.#read(PAGE, (rows, next) => {
      this.rows = rows;
      this.#next = next;
      this.#answered = this.#asked();
    });
  }

  /** Reads the top again after an event; what was read beyond it stays. */
  async again(): Promise<void> {
    // The rows may still be those of the question before: they must not be mixed with new ones.
    if (this.#answered !== this.#asked()) return this.find(this.#query, this.#filter);
    const limit = Math.min(MOST, Math.max(PAGE, this.rows.length));
    await this.#read(limit, (rows, next) => {
      const ids = new Set(rows.map((row) => row.payment_id));
      const last = rows.at(-1)?.payment_id;
      const cut = this.rows.findIndex((row) => row.payment_id === last);
      const below = cut < 0 ? [] : this.rows.slice(cut + 1);
      this.rows = [...rows, ...below.filter((row) => !ids.has(row.payment_id))];
      if (below.length === 0) this.#next = next;
    });
  }

  async readMore(): Promise<void> {
    if (this.readingMore || this.#next === null) return;
    const mine = this.#newest;
    this.readingMore = true;
    const answer = await ask("payment.list", this.#question(PAGE, this.#next));
    this.readingMore = false;
    if (mine !== this.#newest) return;
    if (!answer.ok) {
      this.fault = answer.fault;
      return;
    }
    this.rows = [...this.rows, ...answer.value.payments];
    this.#next = answer.value.next;
  }

  async #read(
    limit: number,
    put: (rows: readonly Payment[], next: string | null) => void,
  ): Promise<void> {
    const mine = ++this.#newest;
    const answer = await ask("payment.list", this.#question(limit, null));
    if (mine !== this.#newest) return;
    this.first = false;
    if (answer.ok) {
      this.fault = null;
      put(answer.value.payments, answer.value.next);
    } else {
      this.fault = answer.fault;
    }
  }

  #asked(): string {
    return JSON.stringify([this.#query.trim(), this.#filter]);
  }

  #question(limit: number, after: string | null) {
    const query = this.#query.trim();
    return { query: query === "" ? null : query, state: this.#filter, limit, after };
  }
}
