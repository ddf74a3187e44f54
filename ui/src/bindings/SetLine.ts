export type SetLine = { on_purpose: boolean, };
