/** The form of a Bumper account. Secrets are kept exactly as given, never trimmed. */
import type { NewAccount } from "../../bindings/NewAccount";
import { t } from "../../messages";
import type { Problem } from "../change/draft";

/** Base URLs of the provider's reference: they end before the first path part. */
export const BUMPER = {
  production: "https://api.bumper.co",
  demo: "https://api.demo.bumper.co",
} as const;

export const ACCOUNT_FIELD = {
  name: "account-name",
  url: "account-url",
  key: "account-key",
  secret: "account-secret",
} as const;

/** The backend's names of the fields, as a fault gives them. */
export const BACKEND_FIELD: Readonly<Record<string, string>> = {
  name: ACCOUNT_FIELD.name,
  base_url: ACCOUNT_FIELD.url,
  api_key: ACCOUNT_FIELD.key,
  secret: ACCOUNT_FIELD.secret,
};

export interface AccountDraft {
  name: string;
  url: string;
  key: string;
  secret: string;
}

export const emptyAccount = (): AccountDraft => ({
  name: "",
  url: BUMPER.production,
  key: "",
  secret: "",
});

export function accountProblems(draft: AccountDraft): Problem[] {
  const found: Problem[] = [];
  if (draft.name.trim() === "") found.push({ id: ACCOUNT_FIELD.name, text: t.settings.need_name });
  if (draft.url.trim() === "") found.push({ id: ACCOUNT_FIELD.url, text: t.settings.need_url });
  return [...found, ...secretProblems(draft)];
}

export function secretProblems(draft: Pick<AccountDraft, "key" | "secret">): Problem[] {
  const found: Problem[] = [];
  if (draft.key === "") found.push({ id: ACCOUNT_FIELD.key, text: t.settings.need_key });
  if (draft.secret === "") found.push({ id: ACCOUNT_FIELD.secret, text: t.settings.need_secret });
  return found;
}

export function secretsOf(draft: Pick<AccountDraft, "key" | "secret">) {
  return { api_key: draft.key, secret: draft.secret };
}

export function newAccount(draft: AccountDraft): NewAccount {
  return {
    name: draft.name.trim(),
    provider: "bumper",
    base_url: draft.url.trim(),
    currency: null,
    options: {},
    secrets: secretsOf(draft),
  };
}
