/**
 * How long texts may be: as the providers' pages say or as is assumed of them, and never longer
 * than this desk takes a text (200 characters). They are shown and kept to while typing; the
 * backend judges.
 */
export interface TextLimits {
  readonly invoice: number;
  readonly reference: number;
  readonly description: number;
  /** Most keys of metadata; null where no limit is known. */
  readonly keys: number | null;
  readonly key: number;
  readonly value: number;
}

const USUAL: TextLimits = {
  invoice: 100,
  reference: 100,
  description: 200,
  keys: null,
  key: 100,
  value: 200,
};

const BY_PROVIDER: Readonly<Record<string, TextLimits>> = {
  wepay: { ...USUAL, reference: 200, key: 200 },
  moyasar: { ...USUAL, keys: 30, key: 40 },
  norce: { ...USUAL, reference: 200, key: 200 },
};

export function textLimits(provider: string | undefined): TextLimits {
  return BY_PROVIDER[provider ?? ""] ?? USUAL;
}
