export type Money = { minor: string, currency: string, text: string, };
