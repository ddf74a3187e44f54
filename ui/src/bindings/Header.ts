export type Header = { name: string, value: string, };
