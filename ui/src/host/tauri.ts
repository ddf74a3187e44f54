/** The door inside the window: one command, one event stream. */
import { invoke, isTauri } from "@tauri-apps/api/core";
import { listen as listenTo } from "@tauri-apps/api/event";

import type { DeskEvent } from "../bindings/DeskEvent";
import type { Door } from "./door";
import { asFault } from "./fault";

/** The name both sides agree on for "read again". */
const CHANNEL = "desk-event";

export const insideWindow = isTauri;

export const tauriDoor: Door = {
  async call(name, args) {
    try {
      return await invoke("rpc", { call: { call: name, args } });
    } catch (thrown) {
      throw asFault(thrown, name);
    }
  },
  listen(handler) {
    const ready = listenTo<DeskEvent>(CHANNEL, (event) => handler(event.payload));
    return () => void ready.then((stop) => stop());
  },
};
