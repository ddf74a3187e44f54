/** Plural forms by the language's own rules; `other` serves where a form is not given. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

export function plural(language: string, count: number, forms: Forms): string {
  return forms[new Intl.PluralRules(language).select(count)] ?? forms.other;
}
