/** A till with one of everything that can stand in a queue, for looking at. */
import { first, isOpen, isSigned, type MadeUp, plus } from "../shared/sandbox.mjs";
import type { Backstage } from "./backstage";
import { CASHIER, MANAGER } from "./screen";
import type { Till } from "./till";

export interface Stage {
  /** Invoice number of a payment with a history. */
  invoice: string;
  /** A change that waits for the customer. */
  signature: string;
}

/** Ends offline on purpose, with the manager signed in. */
export async function setStage(till: Till, backstage: Backstage): Promise<Stage> {
  const payments = await till.sandbox.payments();
  const open = payments.filter(isOpen);
  const signed = payments.filter(isSigned);
  const take = (from: MadeUp[]) => first(from.splice(0, 1), () => true);
  const [seen, changed, waiting] = [take(open), take(open), take(open)];
  const [asked, raised, doubted] = [take(signed), take(signed), take(signed)];

  await backstage.signIn(CASHIER);
  await backstage.until(await backstage.adjust(seen.token, plus(seen.amount, "-10.00")), "applied");
  await backstage.refund(asked.token, "20.00");
  const signature = await backstage.adjust(raised.token, plus(raised.amount, "25.00"));
  await backstage.until(signature, "needs_customer");
  await backstage.signIn(MANAGER);
  await till.sandbox.disturb({ command: "refund", fault: "apply_then_drop", times: 1 });
  await backstage.until(await backstage.refund(doubted.token, "30.00"), "in_doubt");
  await backstage.offline(true);
  const conflict = await backstage.adjust(changed.token, plus(changed.amount, "-15.00"));
  await till.sandbox.set(changed.token, { amount: plus(changed.amount, "40.00") });
  await backstage.offline(false);
  await backstage.until(conflict, "conflict");
  await backstage.offline(true);
  await backstage.adjust(waiting.token, plus(waiting.amount, "-5.00"));
  return { invoice: seen.invoice_number, signature };
}
