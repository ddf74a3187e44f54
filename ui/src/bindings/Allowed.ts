export type Allowed = { kind: string, allowed: boolean, code: string | null, why: string | null, needs_approval: boolean, };
