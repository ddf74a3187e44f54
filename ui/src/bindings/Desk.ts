import type { Person } from "./Person";
import type { Line } from "./Line";
import type { DeskCounts } from "./DeskCounts";
import type { PinHint } from "./PinHint";

export type Desk = { version: string, training: boolean, first_run: boolean, store: string | null, till: string | null, person: Person | null, line: Line, counts: DeskCounts, training_pins: Array<PinHint>, idle_lock_minutes: number, };
