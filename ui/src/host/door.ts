/**
 * The one door to the backend, as the screen sees it. Two kinds stand behind it: the window
 * (`tauri.ts`) and a browser on the development host (`web.ts`). Nothing else in `ui` may know
 * which of them is there.
 */
import type { Calls } from "../bindings/Calls";
import type { DeskEvent } from "../bindings/DeskEvent";

export type CallName = keyof Calls;
export type ArgsOf<N extends CallName> = Calls[N]["args"];
export type ResultOf<N extends CallName> = Calls[N]["result"];

/** Ends listening. */
export type Stop = () => void;

export interface Door {
  /** Rejects with a `Fault` and with nothing else. */
  call<N extends CallName>(name: N, args: ArgsOf<N>): Promise<ResultOf<N>>;
  listen(handler: (event: DeskEvent) => void): Stop;
}
