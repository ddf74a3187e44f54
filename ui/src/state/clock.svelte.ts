/** The till's time for ages and countdowns, moved once a second while someone looks. */

/** Ages are shown in minutes, countdowns in seconds; a step of 1 s serves both. */
const STEP_MS = 1000;

/** A difference this small is the way from the till to the screen. */
const SAME_MS = 5000;

class Clock {
  now = $state(Date.now());
  /** By how much the till's time is ahead of this screen's clock, which anyone may set. */
  #ahead = 0;

  start(): () => void {
    const step = () => {
      if (document.visibilityState === "visible") this.#step();
    };
    const timer = setInterval(step, STEP_MS);
    return () => clearInterval(timer);
  }

  /** Goes by the till's time from now on. */
  follow(rfc3339: string): void {
    const ahead = Date.parse(rfc3339) - Date.now();
    this.#ahead = Math.abs(ahead) < SAME_MS ? 0 : ahead;
    this.#step();
  }

  #step(): void {
    this.now = Date.now() + this.#ahead;
  }
}

export const clock = new Clock();
