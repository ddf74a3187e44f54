/** A list of changes that follows the events, and says aloud what moved on. */
import { shownOf } from "../components/status/table";
import { statusWord } from "../messages/words";
import { announcer } from "./announcer.svelte";
import { ask } from "./ask";
import { onEvent } from "./bus";
import { clock } from "./clock.svelte";
import { Resource } from "./resource.svelte";
import type { Change } from "../bindings/Change";

/** Several events of one moment are answered by one reading. */
const EVENTS_MS = 120;

export class ChangesInState {
  readonly list: Resource<{ changes: Change[] }>;
  #states = new Map<string, string>();

  constructor(state: string) {
    this.list = new Resource(() => ask("change.list", { state, payment: null }));
  }

  get changes(): readonly Change[] {
    return this.list.value?.changes ?? [];
  }

  /** Reads and follows; the returned function ends it. */
  start(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    void this.#load();
    const stop = onEvent((event) => {
      if (event.what === "payment" || event.what === "notices") return;
      clearTimeout(timer);
      timer = setTimeout(() => void this.#load(), EVENTS_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }

  async #load(): Promise<void> {
    await this.list.load();
    for (const change of this.changes) {
      const before = this.#states.get(change.change_id);
      if (before !== undefined && before !== change.state) {
        announcer.say(statusWord(shownOf(change, clock.now), change.provider));
      }
      this.#states.set(change.change_id, change.state);
    }
  }
}
