/** Passes "read this again" on to whoever shows it. */
import type { DeskEvent } from "../bindings/DeskEvent";
import { listen, type Stop } from "../host";

type Handler = (event: DeskEvent) => void;

const handlers = new Set<Handler>();

/** Opens the stream once; ends with the returned function. */
export function openStream(): Stop {
  return listen(emit);
}

/** Also used by this screen itself after its own calls, so that views agree at once. */
export function emit(event: DeskEvent): void {
  for (const handler of [...handlers]) handler(event);
}

export function onEvent(handler: Handler): Stop {
  handlers.add(handler);
  return () => void handlers.delete(handler);
}
