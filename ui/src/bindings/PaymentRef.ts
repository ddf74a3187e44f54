export type PaymentRef = { payment: string, };
