import type { Payment } from "./Payment";

export type PaymentPage = { payments: Array<Payment>, next: string | null, };
