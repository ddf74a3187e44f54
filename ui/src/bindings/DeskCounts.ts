export type DeskCounts = { open: number, unsent: number, awaiting_approval: number, needs_customer: number, in_doubt: number, conflict: number, oldest_unsent_seconds: number | null, };
