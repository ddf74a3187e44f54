export type Qr = { text: string, rows: Array<string>, };
