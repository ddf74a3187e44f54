/**
 * The words of the screen. Own module instead of a message compiler: plain typed objects need no
 * build step, load no plug-in from elsewhere, are checked by the compiler key by key, and five
 * languages of this size cost less than such a library's runtime. A view reads `t.desk.title`;
 * the object behind `t` is chosen by language.
 */
import { en } from "./en";

export type Messages = typeof en;

/** BCP 47, for `Intl` and `<html lang>`. */
export const language = "en-GB";

export const t: Messages = en;
