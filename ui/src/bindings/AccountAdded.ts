export type AccountAdded = { account_id: string, secrets: { [key in string]?: string }, };
