/**
 * The form of a new account: built from what the backend says of the chosen provider. Secrets are
 * kept exactly as given, never trimmed. Pure.
 */
import type { NewAccount } from "../../bindings/NewAccount";
import type { Provider } from "../../bindings/Provider";
import { t } from "../../messages";
import { secretName } from "../../messages/words";
import type { Problem } from "../shared/problem";

export const ACCOUNT_FIELD = {
  provider: "account-provider",
  name: "account-name",
  url: "account-url",
  currency: "account-currency",
} as const;

export const secretField = (name: string): string => `account-secret-${name}`;
export const optionField = (name: string): string => `account-option-${name}`;

export interface AccountDraft {
  provider: string;
  name: string;
  url: string;
  currency: string;
  options: Record<string, string>;
  secrets: Record<string, string>;
}

export const emptyAccount = (): AccountDraft => ({
  provider: "",
  name: "",
  url: "",
  currency: "",
  options: {},
  secrets: {},
});

/** Another provider begins anew; only the account's name is not the provider's. */
export function chosen(draft: AccountDraft, provider: Provider): AccountDraft {
  const live = provider.addresses.find((one) => one.label === "live") ?? provider.addresses[0];
  const only = provider.currencies.length === 1 ? provider.currencies[0] : undefined;
  return {
    provider: provider.provider,
    name: draft.name,
    url: live?.url ?? "",
    currency: only ?? "",
    options: Object.fromEntries(provider.options.map((name) => [name, ""])),
    secrets: emptySecrets(provider),
  };
}

export function emptySecrets(provider: Provider): Record<string, string> {
  return Object.fromEntries(secretsOf(provider).map((name) => [name, ""]));
}

export function secretsOf({ secrets, further_secrets }: Provider): string[] {
  return [...secrets, ...further_secrets];
}

/** The backend's names of the fields, as a fault gives them. */
export function backendFields(provider: Provider | null): Readonly<Record<string, string>> {
  const fields: [string, string][] = [
    ["provider", ACCOUNT_FIELD.provider],
    ["name", ACCOUNT_FIELD.name],
    ["base_url", ACCOUNT_FIELD.url],
    ["currency", ACCOUNT_FIELD.currency],
  ];
  if (provider === null) return Object.fromEntries(fields);
  const secrets = secretsOf(provider).map((name): [string, string] => [name, secretField(name)]);
  const options = provider.options.map((name): [string, string] => [name, optionField(name)]);
  return Object.fromEntries([...fields, ...options, ...secrets]);
}

export function accountProblems(draft: AccountDraft, provider: Provider | null): Problem[] {
  if (provider === null) return [{ id: ACCOUNT_FIELD.provider, text: t.settings.need_provider }];
  const found: Problem[] = [];
  const need = (id: string, text: string) => found.push({ id, text });
  if (draft.name.trim() === "") need(ACCOUNT_FIELD.name, t.settings.need_name);
  if (draft.url.trim() === "") need(ACCOUNT_FIELD.url, t.settings.need_url);
  if (draft.currency.trim() === "" && provider.currencies.length > 0) {
    need(ACCOUNT_FIELD.currency, t.settings.need_currency);
  }
  return [...found, ...secretProblems(draft, provider)];
}

export function secretProblems({ secrets }: AccountDraft, provider: Provider): Problem[] {
  return provider.secrets
    .filter((name) => (secrets[name] ?? "") === "")
    .map((name) => ({ id: secretField(name), text: t.settings.need_secret(secretName(name)) }));
}

export function newAccount(draft: AccountDraft): NewAccount {
  const currency = draft.currency.trim().toUpperCase();
  return {
    name: draft.name.trim(),
    provider: draft.provider,
    base_url: draft.url.trim(),
    currency: currency === "" ? null : currency,
    options: filled(draft.options, (text) => text.trim()),
    secrets: givenSecrets(draft),
  };
}

export function givenSecrets({ secrets }: AccountDraft): Record<string, string> {
  return filled(secrets, (text) => text);
}

function filled(texts: Record<string, string>, mend: (text: string) => string) {
  const entries = Object.entries(texts).map(([name, text]) => [name, mend(text)] as const);
  return Object.fromEntries(entries.filter(([, text]) => text !== ""));
}
