import type { Header } from "./Header";

export type Preview = { method: string, url: string, headers: Array<Header>, body: string, digest: string, effect: string, };
