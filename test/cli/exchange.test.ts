import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunResult } from "../../src/core/documents/runResult.ts";
import type { Verification } from "../../src/core/documents/verification.ts";
import { expectRefusal, expectWellBehaved } from "./expectations.ts";
import { run, start } from "./run.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const here = (args: string[], env: Record<string, string> = {}) => run(args, { env: { ...world.env, ...env } });
const billing = ["-n", "billing"];

describe("exchanged tokens", () => {
  test("are refused in Entra's words, which are shown safely, and nothing is restarted", async () => {
    const started = start(["apply", "--yes", "--exchange-interval", "2s", ...billing], { env: world.env });
    // The operator has signed in by then: what asks for tokens now are the two service accounts.
    await started.saying("to exchange at Entra");
    const error_description = "AADSTS53003: \u001b[31mblocked\u202e by\r\nTrace ID: x";
    const body = { error: "access_denied", error_description, error_codes: [53003] };
    world.azure.fail({ effect: "answer", path: /\/token$/, status: 400, code: "", body, count: 2 });
    const ended = await started.ended;
    expectWellBehaved(ended);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain("✗ ServiceAccount billing/invoices as invoices: Entra gives no token");
    expect(ended.stdout.replaceAll(/\s+/g, " ")).toContain("Entra says: AADSTS53003: ");
    expect(ended.stdout).not.toContain("Trace ID");
    const patched = world.cluster.requests.filter(one => one.method === "PATCH" && /deployments/.test(one.path));
    expect(patched).toEqual([]);
  });

  test("are accepted by the same command again, which then switches", async () => {
    const { code, stdout } = await here(["apply", "--yes", "-o", "json", ...billing]);
    const { proofs, summary } = JSON.parse(stdout) as RunResult;
    expect([code, summary.applied, summary.failed]).toEqual([0, 2, 0]);
    expect(proofs.map(({ subject, result }) => [subject, result])).toEqual([
      ["ServiceAccount billing/invoice-mailer as mailer", "passed"],
      ["ServiceAccount billing/invoices as invoices", "passed"],
    ]);
  });

  test("are looked at by verify, each once", async () => {
    const before = world.cluster.requests.length;
    const { code, stdout } = await here(["verify", "--exchange", "-o", "json", ...billing]);
    const { checks, findings } = JSON.parse(stdout) as Verification;
    expect(code).toBe(0);
    expect(checks.filter(check => check.code === "token-exchanged").map(check => check.evidence)).toEqual([
      "exchanged a token of system:serviceaccount:billing:invoice-mailer for mailer",
      "exchanged a token of system:serviceaccount:billing:invoices for invoices",
    ]);
    expect(findings.filter(one => /exchange/.test(one.code))).toEqual([]);
    const tokens = world.cluster.requests.slice(before).filter(one => one.path.endsWith("/token"));
    expect(tokens.length).toBe(2);
  });

  test("that nobody may ask for are no failed check, and the right is named", async () => {
    const end = world.cluster.fail({ request: { method: "POST", path: /\/token$/ }, answer: 403, reason: "Forbidden" });
    const ended = await here(["verify", "--exchange", ...billing]);
    end();
    expectWellBehaved(ended);
    expect(ended.code).toBe(0);
    expect(ended.stdout.replaceAll(/\s+/g, " ")).toContain(
      "? token exchange you may not create serviceaccounts/token in the namespace billing",
    );
  });

  test("wait as long as a variable says, which has to be a duration", async () => {
    const often = await here(["apply", "--yes", ...billing], { AZWI_MIGRATE_EXCHANGE_INTERVAL: "often" });
    expectRefusal(often, 1, "AZWI_MIGRATE_EXCHANGE_INTERVAL", "30s");
    const hasty = await here(["apply", "--yes", ...billing], { AZWI_MIGRATE_EXCHANGE_TIMEOUT: "10ms" });
    expectRefusal(hasty, 1, "--exchange-timeout");
  });
});
