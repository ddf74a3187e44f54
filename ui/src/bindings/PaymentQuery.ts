export type PaymentQuery = { query: string | null, state: string | null, limit: number | null, after: string | null, };
