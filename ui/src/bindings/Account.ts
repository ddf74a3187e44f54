export type Account = { account_id: string, name: string, provider: string, base_url: string, currency: string, options: { [key in string]?: string }, paused: string | null, };
