export type StaffAdded = { staff_id: string, };
