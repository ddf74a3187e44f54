export type Attempt = { attempt_id: string, started_at: string, ended_at: string | null, outcome: string | null, http_status: number | null, digest: string, key: string | null, };
