export type Nothing = Record<symbol, never>;
