/** Single keys outside any field: `/`, `?`, and `g` followed by a view. */
import { go } from "./router.svelte";

/** The second key of a pair must follow within this time. */
const PAIR_MS = 1500;

export interface Outlets {
  search(): void;
  help(): void;
  /** Somebody else takes over. */
  person(): void;
}

export function shortcuts(outlets: Outlets): (key: string, now: number) => void {
  let goAt = Number.NEGATIVE_INFINITY;
  return (key, now) => {
    const second = now - goAt < PAIR_MS;
    goAt = Number.NEGATIVE_INFINITY;
    if (second && key === "p") return outlets.person();
    if (second && goTo(key)) return;
    if (key === "/") outlets.search();
    else if (key === "?") outlets.help();
    else if (key === "g") goAt = now;
  };
}

function goTo(key: string): boolean {
  switch (key) {
    case "d":
      go({ view: "desk" });
      return true;
    case "q":
      go({ view: "queue", change: null });
      return true;
    case "a":
      go({ view: "approvals" });
      return true;
    case "r":
      go({ view: "day" });
      return true;
    case "s":
      go({ view: "settings" });
      return true;
    default:
      return false;
  }
}
