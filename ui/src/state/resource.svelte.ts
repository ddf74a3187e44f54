/** One thing read from the backend: its value, what went wrong, and whether it is being read. */
import type { Fault } from "../bindings/Fault";
import type { Answer } from "./ask";

export class Resource<T> {
  value = $state.raw<T | null>(null);
  fault = $state.raw<Fault | null>(null);
  reading = $state(false);
  /** Answers that were overtaken by a newer read are dropped. */
  #newest = 0;

  constructor(private readonly read: () => Promise<Answer<T>>) {}

  /** True until the first answer: the time for a skeleton. */
  get first(): boolean {
    return this.value === null && this.fault === null;
  }

  async load(): Promise<void> {
    const mine = ++this.#newest;
    this.reading = true;
    const answer = await this.read();
    if (mine !== this.#newest) return;
    this.reading = false;
    if (answer.ok) {
      this.value = answer.value;
      this.fault = null;
    } else {
      this.fault = answer.fault;
    }
  }

  /** Takes a value that a call has just answered with; overtakes reads under way. */
  put(value: T): void {
    this.#newest += 1;
    this.reading = false;
    this.value = value;
    this.fault = null;
  }

  /** Forgets everything, for another person or another object. */
  clear(): void {
    this.#newest += 1;
    this.reading = false;
    this.value = null;
    this.fault = null;
  }
}
