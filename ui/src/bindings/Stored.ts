export type Stored = { till_id: string, owner_id: string, };
