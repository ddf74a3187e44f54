export type SignInTile = { staff_id: string, name: string, role: string, locked_until: string | null, };
