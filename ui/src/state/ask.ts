/** Every call of a view goes through here: a session that ended shows the sign-in at once. */
import type { Fault } from "../bindings/Fault";
import { asFault, call, type ArgsOf, type CallName, type ResultOf } from "../host";

type Ended = () => void;

let ended: Ended = () => {};

/** The session says what happens when the backend wants a sign-in. */
export function whenSessionEnds(handler: Ended): void {
  ended = handler;
}

export type Answer<T> = { ok: true; value: T } | { ok: false; fault: Fault };

/** Calls and never rejects: a view handles both ends or does not compile. */
export async function ask<N extends CallName>(
  name: N,
  args: ArgsOf<N>,
): Promise<Answer<ResultOf<N>>> {
  try {
    return { ok: true, value: await call(name, args) };
  } catch (thrown) {
    const fault = asFault(thrown, name);
    if (fault.code === "sign_in_needed") ended();
    return { ok: false, fault };
  }
}
