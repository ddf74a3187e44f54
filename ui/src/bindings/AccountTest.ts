export type AccountTest = { ok: boolean, };
