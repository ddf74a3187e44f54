import type { Money } from "./Money";
import type { Attempt } from "./Attempt";
import type { Base } from "./Base";
import type { Item } from "./Item";

export type Change = { change_id: string, payment_id: string | null, account: string, provider: string, kind: string, state: string, requested_by: string, approved_by: Array<string>, created_at: string, changed_at: string, total: Money | null, refund: Money | null, reason: string | null, note: string | null, invoice_number: string | null, reference: string | null, items: Array<Item>, redirect_url: string | null, attempts: Array<Attempt>, base: Base | null, provider_now: Base | null, next_attempt_at: string | null, last_error: string | null, explanation: string, may_withdraw: boolean, needs_other_person: boolean, };
