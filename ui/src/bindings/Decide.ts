export type Decide = { change_id: string, staff_id: string, pin: string, note: string | null, };
