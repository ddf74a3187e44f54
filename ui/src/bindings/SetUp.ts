export type SetUp = { store: string, till: string, owner: string, pin: string, };
