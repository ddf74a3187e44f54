/** Notices of the person signed in: the bell counts them, the sheet lists them. */
import type { Notice } from "../bindings/Notice";
import { ask } from "./ask";
import { onEvent } from "./bus";
import { Resource } from "./resource.svelte";

/** Several events of one moment are answered by one reading. */
const EVENTS_MS = 120;

class Notices {
  readonly list = new Resource(() => ask("notice.list", { state: null, limit: null }));

  get unseen(): number {
    return this.list.value?.unseen ?? 0;
  }

  get standing(): number {
    return this.list.value?.standing ?? 0;
  }

  /** Reads and follows for one person; the returned function ends it and forgets. */
  start(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    void this.list.load();
    const stop = onEvent((event) => {
      if (event.what !== "notices" && event.what !== "everything") return;
      clearTimeout(timer);
      timer = setTimeout(() => void this.list.load(), EVENTS_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
      this.list.clear();
    };
  }
}

export const notices = new Notices();

/** A notice as it stands in a list that is being read. */
export interface Shown {
  readonly notice: Notice;
  /** The person had not seen it when it came into the list. */
  readonly fresh: boolean;
  readonly over: boolean;
}

/**
 * The list as one reads it: nothing moves under a hand. What is gone meanwhile stays and is marked
 * as over, what came is added at the end.
 */
export function follow(before: readonly Shown[], now: readonly Notice[]): Shown[] {
  const standing = new Map(now.map((notice) => [notice.notice_id, notice]));
  const kept = before.map(({ notice, fresh }) => {
    const next = standing.get(notice.notice_id);
    standing.delete(notice.notice_id);
    return { notice: next ?? notice, fresh, over: next === undefined };
  });
  const come = [...standing.values()].map((notice) => {
    return { notice, fresh: notice.seen_at === null, over: false };
  });
  return [...kept, ...come];
}
