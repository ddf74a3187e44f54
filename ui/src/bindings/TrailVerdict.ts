export type TrailVerdict = { ok: boolean, entries: number, head: string, };
