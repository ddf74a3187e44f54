export type Person = { staff_id: string, name: string, role: string, may: Array<string>, };
