import type { Change } from "./Change";
import type { Payment } from "./Payment";

export type PaymentDetail = { payment: Payment, changes: Array<Change>, };
