import type { GetTokenOptions } from "@azure/core-auth";
import { describe, expect, test } from "vitest";
import { keepTokens } from "../../src/azure/keptTokens.ts";

/** A source of numbered tokens, each an hour long, on a clock that a test sets. */
function tokens() {
  const clock = { time: 0, now: () => clock.time };
  const asked: GetTokenOptions[] = [];
  let failing: Error | undefined;
  const credential = keepTokens(async (_, options) => {
    asked.push(options);
    if (failing) throw failing;
    return { token: `token-${asked.length}`, expiresOnTimestamp: clock.time + 3600_000 };
  }, clock);
  const get = async (scope = "arm", options?: GetTokenOptions) => (await credential.getToken(scope, options))?.token;
  return { clock, asked, get, fail: (error: Error | undefined) => (failing = error) };
}

describe("kept tokens", () => {
  test("are used again until five minutes before their end", async () => {
    const { clock, get } = tokens();
    expect([await get(), await get()]).toEqual(["token-1", "token-1"]);
    clock.time = 3300_000 - 1;
    expect(await get()).toBe("token-1");
    clock.time = 3300_000;
    expect(await get()).toBe("token-2");
  });

  test("are kept for each scope, tenant and kind of client", async () => {
    const { get } = tokens();
    expect([
      await get("arm"),
      await get("graph"),
      await get("arm", { tenantId: "t" }),
      await get("arm", { enableCae: true }),
    ]).toEqual(["token-1", "token-2", "token-3", "token-4"]);
    expect(await get("arm")).toBe("token-1");
  });

  test("are asked for once when many want the first one at the same time", async () => {
    const { asked, get } = tokens();
    const abortSignal = AbortSignal.abort();
    expect(await Promise.all([get("arm", { abortSignal }), get(), get()])).toEqual(["token-1", "token-1", "token-1"]);
    expect(asked).toEqual([{}]);
  });

  test("outlive a failed renewal while they are valid, and no longer", async () => {
    const { clock, get, fail } = tokens();
    await get();
    fail(new Error("signed out"));
    clock.time = 3599_999;
    expect(await get()).toBe("token-1");
    clock.time = 3600_000;
    await expect(get()).rejects.toThrow("signed out");
    fail(undefined);
    expect(await get()).toBe("token-4");
  });

  test("are given up when Azure challenges them", async () => {
    const { get, asked, fail } = tokens();
    await get();
    expect(await get("arm", { claims: "{}" })).toBe("token-2");
    expect(await get()).toBe("token-2");
    expect(asked).toEqual([{}, { claims: "{}" }]);
    fail(new Error("revoked"));
    await expect(get("arm", { claims: "{}" })).rejects.toThrow("revoked");
    await expect(get()).rejects.toThrow("revoked");
  });

  test("are asked for anew, at a source that has started afresh, once the server has refused them", async () => {
    const started: string[] = [];
    let number = 0;
    const credential = keepTokens(
      async () => ({ token: `token-${++number}`, expiresOnTimestamp: 3600_000 }),
      { now: () => 0 },
      () => started.push(`before token-${number + 1}`),
    );
    const get = async () => (await credential.getToken("arm"))?.token;
    const first = await get();
    credential.forget("somebody else's");
    expect(await get()).toBe("token-1");
    credential.forget(first ?? "");
    expect([await get(), await get()]).toEqual(["token-2", "token-2"]);
    // Whose request was under way with the old one.
    credential.forget(first ?? "");
    expect(await get()).toBe("token-2");
    expect(started).toEqual(["before token-2"]);
  });
});
