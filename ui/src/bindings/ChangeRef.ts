export type ChangeRef = { change_id: string, };
