export type NewAccount = { name: string, provider: string, base_url: string, currency: string | null, options: { [key in string]?: string }, secrets: { [key in string]?: string }, };
