/** The wall clock for ages and countdowns, moved once every few seconds while someone looks. */

/** Ages are shown in minutes, countdowns in seconds; a step of 1 s serves both. */
const STEP_MS = 1000;

class Clock {
  now = $state(Date.now());

  start(): () => void {
    const step = () => {
      if (document.visibilityState === "visible") this.now = Date.now();
    };
    const timer = setInterval(step, STEP_MS);
    return () => clearInterval(timer);
  }
}

export const clock = new Clock();
