/** The screen's only way to the backend. Chooses the door once, at start. */
import type { DeskEvent } from "../bindings/DeskEvent";
import type { ArgsOf, CallName, Door, ResultOf, Stop } from "./door";
import { insideWindow, tauriDoor } from "./tauri";
import { webDoor } from "./web";

export type { ArgsOf, CallName, Door, ResultOf, Stop } from "./door";
export { asFault, isFault } from "./fault";

let door: Door | undefined;

function chosen(): Door {
  door ??= insideWindow() ? tauriDoor : webDoor;
  return door;
}

/** For unit tests and the gallery, which bring fixtures of their own. */
export function useDoor(other: Door): void {
  door = other;
}

/** Asks the backend. Rejects with a typed `Fault`. */
export function call<N extends CallName>(name: N, args: ArgsOf<N>): Promise<ResultOf<N>> {
  return chosen().call(name, args);
}

/** Hears what to read again. */
export function listen(handler: (event: DeskEvent) => void): Stop {
  return chosen().listen(handler);
}
