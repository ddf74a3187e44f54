/**
 * Every word of the screen in English, the language the others are written from. Texts with facts
 * in them are functions, so that each language orders its sentence as it must. Another language is
 * a folder of the same shape (`satisfies Messages`): a missing key does not compile.
 */
import * as changes from "./changes";
import * as decide from "./decide";
import * as desk from "./desk";
import * as faults from "./faults";
import * as frame from "./frame";
import * as notices from "./notices";
import * as paper from "./paper";
import * as people from "./people";
import * as rules from "./rules";
import * as settings from "./settings";

export const en = {
  ...frame,
  ...desk,
  ...changes,
  ...decide,
  ...notices,
  ...paper,
  ...people,
  ...rules,
  ...settings,
  ...faults,
};
