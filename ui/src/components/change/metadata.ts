/** Metadata as rows to edit, and what of it has changed. Pure. */

export interface MetadataRow {
  key: string;
  value: string;
  /** It is at the provider already: its key stays as it is. */
  readonly known: boolean;
  /** It is to be taken away. */
  gone: boolean;
}

type Metadata = Readonly<Record<string, string>>;

export function rowsOf(metadata: Metadata): MetadataRow[] {
  return Object.entries(metadata)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ key, value, known: true, gone: false }));
}

export const newRow = (): MetadataRow => ({ key: "", value: "", known: false, gone: false });

/** A row that was added and left empty counts for nothing. */
export function isBlank(row: MetadataRow): boolean {
  return !row.known && row.key.trim() === "" && row.value.trim() === "";
}

/** What is asked for: keys that are set, and with an empty text those that are taken away. */
export function changesOf(rows: readonly MetadataRow[], before: Metadata): Record<string, string> {
  const touched = rows.filter(
    (row) => !isBlank(row) && (!row.known || row.gone || row.value !== before[row.key]),
  );
  return Object.fromEntries(
    touched.map((row) => [
      row.known ? row.key : row.key.trim(),
      row.gone ? "" : row.value.trim(),
    ]),
  );
}

export type MetadataFault = "need_key" | "same_key" | "need_value";

/** What is wrong with each row, by its place. */
export function faultsOf(rows: readonly MetadataRow[]): { index: number; what: MetadataFault }[] {
  return rows.flatMap((row, index) => {
    const what = faultOf(row, rows.slice(0, index));
    return what === null ? [] : [{ index, what }];
  });
}

function faultOf(row: MetadataRow, earlier: readonly MetadataRow[]): MetadataFault | null {
  if (isBlank(row) || row.gone) return null;
  const key = row.known ? row.key : row.key.trim();
  if (key === "") return "need_key";
  if (earlier.some((one) => (one.known ? one.key : one.key.trim()) === key)) return "same_key";
  return row.value.trim() === "" ? "need_value" : null;
}
