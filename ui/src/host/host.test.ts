import { afterEach, describe, expect, test, vi } from "vitest";

import { fault } from "../fixtures/fake";
import { asFault } from "./fault";
import { webDoor } from "./web";

afterEach(() => void vi.unstubAllGlobals());

function answers(status: number, body: string): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(async () => new Response(body, { status }));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

describe("the browser's door", () => {
  test("posts one call as JSON and gives its result", async () => {
    const fetched = answers(200, '{"ok":true}');
    expect(await webDoor.call("account.test", { account: "A" })).toEqual({ ok: true });
    expect(fetched).toHaveBeenCalledWith("/rpc", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"call":"account.test","args":{"account":"A"}}',
    });
  });

  test("rejects with the fault the backend gave", async () => {
    const wrong = fault("wrong_pin", "No.");
    answers(403, JSON.stringify(wrong));
    await expect(webDoor.call("desk.show", {})).rejects.toEqual(wrong);
  });

  test.each([
    ["a page instead of JSON", 502, "<html>"],
    ["an empty answer", 200, ""],
    ["JSON that is no fault", 500, '{"oops":1}'],
  ])(
    "%s becomes 'unreachable'; money is unknown where it may have moved",
    async (_, status, body) => {
      answers(status, body);
      const reading = webDoor.call("desk.show", {});
      await expect(reading).rejects.toMatchObject({
        code: "unreachable",
        money: "no",
        retry: true,
      });
      const asking = webDoor.call("change.retry", { change_id: "c" });
      await expect(asking).rejects.toMatchObject({ code: "unreachable", money: "unknown" });
    },
  );
});

test.each([[null], [undefined], ["text"], [7], [new TypeError("Failed to fetch")], [{ code: 1 }]])(
  "%s is made a fault",
  (thrown) => {
    expect(asFault(thrown, "desk.show")).toMatchObject({
      code: "unreachable",
      detail: { side: "screen" },
    });
  },
);

test("a fault without detail gets an empty one", () => {
  expect(asFault({ code: "store", message: "x" }, "change.ask")).toEqual({
    code: "store",
    message: "x",
    detail: {},
    retry: false,
    money: "unknown",
  });
});
