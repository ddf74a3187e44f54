export type Resolve = { change_id: string, outcome: string, reason: string, staff_id: string, pin: string, };
