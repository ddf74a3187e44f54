import type { Money } from "./Money";

export type Base = { amount: Money, state: string, provider_status: string, invoice_number: string | null, reference: string | null, refunded: Money | null, fetched_at: string, };
