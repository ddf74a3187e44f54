export type PinHint = { staff_id: string, name: string, role: string, pin: string, };
