/** The search of the desk, kept while other views are open, and what a scanner brought. */

class Search {
  /** What is typed. */
  text = $state("");
  /** A payment state, or null for all. */
  filter = $state<string | null>(null);
  /** A code that was scanned and not looked up yet: opens its payment when it fits one only. */
  scanned = $state<string | null>(null);
}

class Scans {
  /** A code scanned while a sheet was open: it waits in the search. */
  beside = $state<string | null>(null);
}

export const search = new Search();
export const scans = new Scans();
