import type { Preview } from "./Preview";

export type PreviewAnswer = { preview: Preview, allowed: boolean, needs_approval: boolean, };
