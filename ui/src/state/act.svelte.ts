/** One act of a person (a button): runs at most once at a time and keeps its fault. */
import type { Fault } from "../bindings/Fault";
import type { ArgsOf, CallName, ResultOf } from "../host";
import { ask } from "./ask";

export class Act {
  busy = $state(false);
  fault = $state.raw<Fault | null>(null);

  /**
   * Calls the backend; null when it failed or when the act is already under way, so that a
   * double click asks once.
   */
  async run<N extends CallName>(name: N, args: ArgsOf<N>): Promise<ResultOf<N> | null> {
    if (this.busy) return null;
    this.busy = true;
    this.fault = null;
    const answer = await ask(name, args);
    this.busy = false;
    if (answer.ok) return answer.value;
    this.fault = answer.fault;
    return null;
  }

  clear(): void {
    this.fault = null;
  }
}
