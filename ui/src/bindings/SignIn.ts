export type SignIn = { staff_id: string, pin: string, };
