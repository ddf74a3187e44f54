/** What a notice says, and where its reason can be removed. */
import type { Notice } from "../../bindings/Notice";
import { t } from "../../messages";
import { kindName } from "../../messages/words";
import type { Place } from "../../state/router.svelte";

type Kind = keyof typeof t.notices.kind;

/** Own words for a known kind, else the backend's. */
export function noticeText(notice: Notice): string {
  const { change, kind } = notice;
  if (!Object.hasOwn(t.notices.kind, kind)) return notice.words;
  const what = change === null ? "" : t.notices.of(kindName(change.kind), change.requested_by);
  return t.notices.kind[kind as Kind](what, notice.account ?? t.notices.this_till);
}

export interface Way {
  readonly place: Place;
  readonly text: string;
}

/** Where to go; none where nothing on the screen removes the reason. */
export function wayOf({ kind, about, change }: Notice): Way | null {
  const go = t.notices.go;
  if (change !== null) {
    const { change_id, payment_id } = change;
    if (kind === "approval") return { place: { view: "approvals" }, text: go.approval };
    if (kind === "signature_open") {
      return { place: { view: "signature", change: change_id }, text: go.signature };
    }
    const ended = kind === "declined" || kind === "rejected";
    if (ended && payment_id !== null) {
      return { place: { view: "payment", id: payment_id }, text: go.payment };
    }
    return { place: { view: "queue", change: change_id }, text: go.change };
  }
  return about === "account" ? { place: { view: "settings" }, text: go.account } : null;
}
