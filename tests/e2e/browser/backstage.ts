/** The same calls as the screen's, without the screen: to put a till into a state quickly. */
import { expect, type Page } from "@playwright/test";

import type { Till } from "./till";

/** The types of answers are generated for the screen; these tests look at a field or two. */
type Loose = any;

export class Backstage {
  constructor(
    private readonly page: Page,
    private readonly till: Till,
  ) {}

  async call(name: string, args: unknown = {}): Promise<Loose> {
    const { ok, body } = await this.post(name, args);
    expect(ok, `${name}: ${JSON.stringify(body)}`).toBe(true);
    return body;
  }

  /** The fault with which a call is refused. */
  async refusal(name: string, args: unknown = {}): Promise<Loose> {
    const { ok, body } = await this.post(name, args);
    expect(ok, `${name} is refused`).toBe(false);
    return body;
  }

  async staffId(name: string): Promise<string> {
    const people: Loose[] = await this.call("session.people");
    return people.find((one) => one.name === name).staff_id;
  }

  /** The screen follows: it is the same seat. */
  async signIn(name: string): Promise<void> {
    const desk = await this.call("desk.show");
    const { staff_id, pin } = desk.training_pins.find((one: Loose) => one.name === name);
    await this.call("session.sign_in", { staff_id, pin });
  }

  /** Asks for a change and gives its id. */
  async ask(args: Record<string, unknown>): Promise<string> {
    return (await this.call("change.ask", args)).change_id;
  }

  async adjust(token: string, total: string): Promise<string> {
    return this.ask({ kind: "adjust", payment: ref(token), total, invoice: null, items: [] });
  }

  async refund(token: string, amount: string | null = null): Promise<string> {
    const reason = "goods_returned";
    return this.ask({ kind: "refund", payment: ref(token), amount, reason, note: null });
  }

  /** Waits until a change is in a state. */
  async until(change_id: string, state: string): Promise<void> {
    const now = async () => (await this.call("change.show", { change_id })).state;
    await expect.poll(now, { timeout: 20_000 }).toBe(state);
  }

  async offline(on_purpose: boolean): Promise<void> {
    await this.call("line.set", { on_purpose });
  }

  private async post(call: string, args: unknown): Promise<{ ok: boolean; body: Loose }> {
    const answer = await this.page.request.post(`${this.till.url}rpc`, { data: { call, args } });
    return { ok: answer.ok(), body: await answer.json() };
  }
}

/** A payment of the training account. */
function ref(token: string): string {
  return `Training Bumper/${token}`;
}
