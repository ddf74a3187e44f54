/** Texts that people carry from till to till. */

/** Characters a field takes of one; the backend refuses what is too long with words. */
export const MOST_TEXT = 20_000;

/** A text that came through a chat or a scanner has spaces and breaks that were never in it. */
export function tidy(text: string): string {
  return text.replace(/\s+/g, "");
}
