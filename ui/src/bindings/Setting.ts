export type Setting = { key: string, value: string, default: string, about: string, };
