import type { Money } from "./Money";
import type { Allowed } from "./Allowed";
import type { Item } from "./Item";

export type Payment = { payment_id: string, account: string, provider: string, provider_ref: string, invoice_number: string | null, reference: string | null, customer: string | null, state: string, provider_status: string, amount: Money, refunded: Money | null, captured: Money | null, minimum: Money | null, maximum: Money | null, fetched_at: string, allowed: Array<Allowed>, open_changes: number, items: Array<Item>, };
