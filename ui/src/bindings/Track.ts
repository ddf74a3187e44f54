export type Track = { account: string, provider_ref: string, };
