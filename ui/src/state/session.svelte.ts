/** The desk as the backend describes it, who is signed in, and the idle lock of the screen. */
import type { Desk } from "../bindings/Desk";
import type { Fault } from "../bindings/Fault";
import { ask, whenSessionEnds, type Answer } from "./ask";
import { emit, onEvent, openStream } from "./bus";
import { clock } from "./clock.svelte";

/** The backend keeps the idle lock itself; telling it more often than this has no use. */
const TOUCH_EVERY_MS = 30_000;
/** How often the screen looks whether the idle lock fell. */
const IDLE_CHECK_MS = 5_000;
/** While the desk cannot be read, it is tried again this often. */
const REREAD_MS = 4_000;

class Session {
  desk = $state.raw<Desk | null>(null);
  fault = $state.raw<Fault | null>(null);
  /** True when the idle lock or the backend ended the session, so that the sign-in says so. */
  lockedByIdle = $state(false);
  #lastInput = Date.now();
  #lastTouch = 0;
  /** Signing out on purpose is no lock. */
  #leaving = false;

  /** Starts listening; the returned function ends it. */
  start(): () => void {
    whenSessionEnds(() => this.#ended());
    const stopStream = openStream();
    const stopBus = onEvent((event) => {
      if (event.what !== "payment" && event.what !== "notices") void this.load();
    });
    const idle = setInterval(() => this.#checkIdle(), IDLE_CHECK_MS);
    const reread = setInterval(() => {
      if (this.fault !== null) void this.load();
    }, REREAD_MS);
    void this.load();
    return () => {
      stopStream();
      stopBus();
      clearInterval(idle);
      clearInterval(reread);
    };
  }

  async load(): Promise<void> {
    this.#take(await ask("desk.show", {}));
  }

  /** Whether the person signed in holds a permission, such as `decide`; the backend checks. */
  may(permission: string): boolean {
    return this.desk?.person?.may.includes(permission) ?? false;
  }

  async signIn(staffId: string, pin: string): Promise<Answer<Desk>> {
    const answer = await ask("session.sign_in", { staff_id: staffId, pin });
    if (answer.ok) {
      this.lockedByIdle = false;
      this.#lastInput = Date.now();
      this.#take(answer);
      emit({ what: "everything" });
    }
    return answer;
  }

  async signOut(): Promise<Answer<Desk>> {
    this.#leaving = true;
    const answer = await ask("session.sign_out", {});
    this.#leaving = false;
    if (answer.ok && this.desk !== null) this.desk = { ...this.desk, person: null };
    this.#take(answer);
    return answer;
  }

  async setOnPurpose(onPurpose: boolean): Promise<Answer<Desk>> {
    const answer = await ask("line.set", { on_purpose: onPurpose });
    if (answer.ok) this.#take(answer);
    return answer;
  }

  /** A key, a click or a touch by a person. */
  input(): void {
    const now = Date.now();
    this.#lastInput = now;
    if (this.desk?.person == null || now - this.#lastTouch < TOUCH_EVERY_MS) return;
    this.#lastTouch = now;
    void ask("session.touch", {});
  }

  #take(answer: Answer<Desk>): void {
    if (answer.ok) {
      const ended = this.desk?.person != null && answer.value.person === null;
      if (ended && !this.#leaving) this.lockedByIdle = true;
      this.desk = answer.value;
      clock.follow(answer.value.now);
      this.fault = null;
    } else if (answer.fault.code !== "sign_in_needed") {
      this.fault = answer.fault;
    }
  }

  #checkIdle(): void {
    const desk = this.desk;
    if (desk?.person == null || desk.idle_lock_minutes === 0) return;
    if (Date.now() - this.#lastInput < desk.idle_lock_minutes * 60_000) return;
    this.#ended();
    void this.signOut();
  }

  #ended(): void {
    if (this.desk?.person == null) return;
    this.lockedByIdle = true;
    this.desk = { ...this.desk, person: null };
  }
}

export const session = new Session();
