export type AccountRef = { account: string, };
