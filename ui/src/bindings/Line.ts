import type { LineMode } from "./LineMode";

export type Line = { mode: LineMode, detail: string | null, last_contact_at: string | null, };
