/** Where the person is. The address is the hash, so that back and forward work everywhere. */

export type Place =
  | { view: "desk" }
  | { view: "payment"; id: string }
  | { view: "queue"; change: string | null }
  | { view: "approvals" }
  | { view: "signature"; change: string }
  | { view: "day" }
  | { view: "settings" };

export type ViewName = Place["view"];

/** Reads a hash such as `#/payment/01h…`; anything unknown is the desk. */
export function parsePlace(hash: string): Place {
  const [view = "", raw = ""] = hash.replace(/^#\/?/, "").split("/", 2);
  const id = safeDecode(raw);
  if (view === "payment" && id !== "") return { view, id };
  if (view === "signature" && id !== "") return { view, change: id };
  if (view === "queue") return { view, change: id === "" ? null : id };
  if (view === "approvals" || view === "day" || view === "settings") return { view };
  return { view: "desk" };
}

export function hrefOf(place: Place): string {
  switch (place.view) {
    case "payment":
      return `#/payment/${encodeURIComponent(place.id)}`;
    case "signature":
      return `#/signature/${encodeURIComponent(place.change)}`;
    case "queue":
      return place.change === null ? "#/queue" : `#/queue/${encodeURIComponent(place.change)}`;
    case "desk":
    case "approvals":
    case "day":
    case "settings":
      return `#/${place.view}`;
  }
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

class Router {
  place = $state.raw<Place>(parsePlace(location.hash));

  start(): () => void {
    const read = () => (this.place = parsePlace(location.hash));
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }

  go(place: Place): void {
    this.place = place;
    if (location.hash !== hrefOf(place)) location.hash = hrefOf(place);
  }
}

export const router = new Router();
export const go = (place: Place): void => router.go(place);
