/** The door in a plain browser: the development host on the same origin. */
import type { DeskEvent } from "../bindings/DeskEvent";
import type { Door } from "./door";
import { asFault } from "./fault";

async function post(name: string, args: unknown): Promise<unknown> {
  const answer = await fetch("/rpc", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ call: name, args }),
  });
  const body: unknown = await answer.json();
  if (!answer.ok) throw body;
  return body;
}

export const webDoor: Door = {
  async call(name, args) {
    try {
      return (await post(name, args)) as never;
    } catch (thrown) {
      throw asFault(thrown, name);
    }
  },
  listen(handler) {
    const source = new EventSource("/events");
    let wasOpen = false;
    // After a gap nobody knows what was missed: read everything again.
    source.onopen = () => {
      if (wasOpen) handler({ what: "everything" });
      wasOpen = true;
    };
    source.onmessage = (message: MessageEvent<string>) => {
      try {
        handler(JSON.parse(message.data) as DeskEvent);
      } catch {
        handler({ what: "everything" });
      }
    };
    return () => source.close();
  },
};
