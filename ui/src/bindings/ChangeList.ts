import type { Change } from "./Change";

export type ChangeList = { changes: Array<Change>, };
