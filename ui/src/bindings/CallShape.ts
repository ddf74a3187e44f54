export type CallShape<A, R> = { args: A, result: R, };
