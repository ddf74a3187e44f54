export type SetSetting = { key: string, value: string, };
