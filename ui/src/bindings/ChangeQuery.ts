export type ChangeQuery = { state: string | null, payment: string | null, };
