import type { FaultCode } from "./FaultCode";
import type { MoneyMoved } from "./MoneyMoved";

export type Fault = { code: FaultCode, message: string, detail: { [key in string]?: string }, retry: boolean, money: MoneyMoved, };
