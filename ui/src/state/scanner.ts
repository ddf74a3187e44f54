/**
 * Hand scanners type like a keyboard, only faster. Keys that could belong to a burst are held
 * back for a moment: a burst goes to the search as a whole and never lands in an amount, a
 * quantity or a PIN; slower keys are handed on as if nothing had happened.
 */

/** A scanner sends a key at least this often on average; people do not. */
export const BURST_GAP_MS = 30;
/** Shorter runs are typing. The shortest code read in shops has 8 characters. */
export const BURST_LEAST = 6;
/** Keys are held back until this long nothing followed: a busy machine delivers unevenly. */
export const HOLD_MS = 50;
/** A burst that is known as one may stutter longer before it counts as ended. */
export const TAIL_MS = 150;

export interface Outlets {
  /** A whole burst. */
  scanned(text: string): void;
  /** Keys of a person, in order. */
  typed(text: string): void;
}

/** Tells bursts from typing. Knows nothing of fields; time is handed in. */
export class Burst {
  #held = "";
  #firstAt = 0;
  #lastAt = 0;
  /** Once known as a burst it stays one, however it ends. */
  #isBurst = false;

  constructor(private readonly outlets: Outlets) {}

  get holding(): boolean {
    return this.#held !== "";
  }

  /** How long a pause decides about what is held. */
  get pause(): number {
    return this.#isBurst ? TAIL_MS : HOLD_MS;
  }

  /** A printable key at a time in milliseconds. */
  key(character: string, at: number): void {
    if (this.holding && at - this.#lastAt >= this.pause) this.flush();
    if (!this.holding) this.#firstAt = at;
    this.#held += character;
    this.#lastAt = at;
    const gaps = this.#held.length - 1;
    if (gaps + 1 >= BURST_LEAST && at - this.#firstAt < BURST_GAP_MS * gaps) this.#isBurst = true;
  }

  /** Enter: true when it ended a burst and must not act by itself. */
  enter(at: number): boolean {
    const ended = this.#isBurst && at - this.#lastAt < this.pause;
    this.flush();
    return ended;
  }

  /** A pause: whatever is held is decided now. */
  flush(): void {
    const text = this.#held;
    const isBurst = this.#isBurst;
    this.#held = "";
    this.#isBurst = false;
    if (text === "") return;
    if (isBurst) this.outlets.scanned(text);
    else this.outlets.typed(text);
  }
}

export interface Handlers {
  /** A burst, for the search. */
  onScan(text: string): void;
  /** A single key outside any field: a shortcut. */
  onKey(key: string): void;
}

/** Fields marked so take no bursts. */
export const GUARD = { "data-burst": "guard" } as const;

type Target = { kind: "guarded"; field: HTMLInputElement } | { kind: "free" } | { kind: "text" };

/** Listens on the window before anyone else; the returned function ends it. */
export function attachScanner(handlers: Handlers): () => void {
  let target: Target = { kind: "free" };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const burst = new Burst({
    scanned: (text) => handlers.onScan(text),
    typed: (text) => {
      if (target.kind === "guarded") insert(target.field, text);
      else for (const key of text) handlers.onKey(key);
    },
  });
  const onKeydown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key === "Enter") {
      if (burst.enter(event.timeStamp)) swallow(event);
      return;
    }
    if (event.key.length !== 1) return burst.flush();
    const now = targetOf(event.target);
    if (now.kind === "text") return burst.flush();
    // A space on a button presses it; no code starts with one.
    if (event.key === " " && now.kind === "free" && !burst.holding) return;
    if (!sameTarget(now, target)) burst.flush();
    target = now;
    swallow(event);
    burst.key(event.key, event.timeStamp);
    clearTimeout(timer);
    timer = setTimeout(() => burst.flush(), burst.pause);
  };
  addEventListener("keydown", onKeydown, { capture: true });
  return () => {
    clearTimeout(timer);
    removeEventListener("keydown", onKeydown, { capture: true });
  };
}

function swallow(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

function sameTarget(a: Target, b: Target): boolean {
  return a.kind === "guarded" && b.kind === "guarded" ? a.field === b.field : a.kind === b.kind;
}

function targetOf(target: EventTarget | null): Target {
  if (target instanceof HTMLInputElement) {
    if (target.dataset.burst === "guard") return { kind: "guarded", field: target };
    return { kind: isTextual(target) ? "text" : "free" };
  }
  const takesText =
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLElement && target.isContentEditable);
  return { kind: takesText ? "text" : "free" };
}

function isTextual(input: HTMLInputElement): boolean {
  return !["button", "checkbox", "radio", "range", "submit", "reset"].includes(input.type);
}

/** Types into a field the way the browser would have: `beforeinput`, the text, `input`. */
function insert(field: HTMLInputElement, data: string): void {
  const before = { inputType: "insertText", data, bubbles: true, cancelable: true };
  if (!field.dispatchEvent(new InputEvent("beforeinput", before))) return;
  field.setRangeText(data, field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
  field.dispatchEvent(new InputEvent("input", { inputType: "insertText", data, bubbles: true }));
}
