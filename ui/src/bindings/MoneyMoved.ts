export type MoneyMoved = "no" | "unknown";
