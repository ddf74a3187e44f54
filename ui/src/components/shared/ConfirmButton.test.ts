import { createRawSnippet } from "svelte";
import { fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { ARM_MS } from "./arm";
import ConfirmButton from "./ConfirmButton.svelte";

const words = createRawSnippet(() => ({ render: () => "<span>Refund £42.00</span>" }));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function shown(onconfirm: () => Promise<void>): HTMLElement {
  render(ConfirmButton, { onconfirm, children: words });
  return screen.getByRole("button", { name: "Refund £42.00" });
}

test("a press on a button that has just appeared does nothing", async () => {
  const confirm = vi.fn(async () => {});
  const button = shown(confirm);
  await fireEvent.click(button);
  expect([confirm.mock.calls.length, button.hasAttribute("disabled")]).toEqual([0, true]);
});

test("a double click confirms once", async () => {
  const confirm = vi.fn(() => new Promise<void>((done) => setTimeout(done, 1)));
  const button = shown(confirm);
  await vi.advanceTimersByTimeAsync(ARM_MS);
  await fireEvent.click(button, { detail: 1 });
  await vi.advanceTimersByTimeAsync(5);
  await fireEvent.click(button, { detail: 2 });
  expect(confirm).toHaveBeenCalledTimes(1);
});

test("nothing is confirmed again while the first answer is awaited, then it can be", async () => {
  let finish = () => {};
  const confirm = vi.fn(() => new Promise<void>((done) => (finish = done)));
  const button = shown(confirm);
  await vi.advanceTimersByTimeAsync(ARM_MS);
  await fireEvent.click(button, { detail: 1 });
  await fireEvent.click(button, { detail: 1 });
  expect(confirm).toHaveBeenCalledTimes(1);
  finish();
  await vi.advanceTimersByTimeAsync(0);
  await fireEvent.click(button, { detail: 1 });
  expect(confirm).toHaveBeenCalledTimes(2);
});
