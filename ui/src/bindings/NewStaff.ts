export type NewStaff = { name: string, role: string, pin: string, };
