import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Decisions } from "../../../src/core/model.ts";
import { judge } from "../../../src/core/reports.ts";
import { explain } from "../../../src/output/messages.ts";
import {
  bound,
  credential,
  decisions,
  type FactsOptions,
  factsOf,
  resourceIDOf,
  serviceAccount,
  west,
  workload,
} from "../factories.ts";

const principal = resourceIDOf("cart").toLowerCase();
const apps = (count: number, namespace = "shop") =>
  Array.from({ length: count }, (_, index) => [
    serviceAccount(`${namespace}/app-${index}`),
    workload(`${namespace}/app-${index}`, { label: "cart", account: `app-${index}` }),
  ]).flat();
const full = (count: number, subject = "gone") =>
  Array.from({ length: count }, (_, index) =>
    credential(`old-${index}`, `${subject}:old-${index}`, { issuer: "https://x/" }),
  );

function mapped(objects: ReturnType<typeof apps>, options: FactsOptions = {}, choice: Partial<Decisions> = {}) {
  const judgement = judge(factsOf([...bound("shop/cart"), ...objects], options), { ...decisions, ...choice });
  const { mappings, findings } = judgement.mapped;
  const blocked = mappings.filter(one => one.blockedBy.length > 0).map(one => one.usage.split("/").at(-1));
  return { judgement, mappings, findings, blocked };
}

describe("twenty credentials on an identity", () => {
  it("are planned to the last one", () => {
    const { blocked, judgement } = mapped(apps(20));
    expect(blocked).toEqual([]);
    expect(judgement.steps.steps.filter(step => step.op === "trust")).toHaveLength(20);
  });

  it("leave none of those that need a new one when there would be a 21st, with the numbers for the choices", () => {
    const adopted = credential("mine", "shop:app-0");
    const credentials = [adopted, ...full(3)];
    const { blocked, findings, judgement } = mapped([...apps(15), ...apps(3, "bank")], {
      azure: { cart: { credentials } },
    });
    expect(blocked).toHaveLength(17);
    expect(judgement.steps.steps.filter(step => step.op === "trust")).toEqual([]);
    const told = findings.filter(one => one.code === "credential-budget-exceeded").map(one => one.args);
    expect(told).toEqual(
      Array.from({ length: 17 }, () => ({ principal, existing: 4, planned: 17, limit: 20, shared: 5, unused: [] })),
    );
    const kept = judgement.mapped.mappings.find(one => one.blockedBy.length === 0);
    expect(kept).toMatchObject({ usage: `${west}/shop/Deployment/app-0`, trusts: [{ adopts: "mine" }] });
  });

  it("are not filled by what is blocked anyway", () => {
    const paused = workload("shop/paused", { label: "cart", account: "paused", spec: { paused: true } });
    const { blocked } = mapped([...apps(20), serviceAccount("shop/paused"), paused]);
    expect(blocked).toEqual(["paused"]);
  });

  it("are counted once for workloads that share an account", () => {
    const sharing = Array.from({ length: 10 }, (_, index) =>
      workload(`shop/same-${index}`, { label: "cart", account: "one" }),
    );
    expect(mapped([...apps(19), serviceAccount("shop/one"), ...sharing]).blocked).toEqual([]);
  });

  it("are counted for the chosen workloads only", () => {
    expect(mapped([...apps(15), ...apps(15, "bank")], {}, { namespaces: ["shop"] }).blocked).toEqual([]);
    expect(mapped([...apps(15), ...apps(15, "bank")]).blocked).toHaveLength(30);
  });

  it("are counted too where the identity could not be read: what is planned is too many alone", () => {
    const { blocked, findings } = mapped(apps(21), { azure: { cart: { failed: "no rights" } } });
    expect(blocked).toHaveLength(21);
    const told = findings.find(one => one.code === "credential-budget-exceeded");
    expect(told?.args).toMatchObject({ existing: 0, planned: 21, unread: true });
    expect(told && explain(told)).toContain("may have 20 federated credentials (which it has could not be read)");
  });
});

describe("judging again in the middle of a run", () => {
  it("blocks the same workloads, and leaves the same steps to those that go on", () => {
    const counts = fc.record({ cart: fc.nat({ max: 24 }), orders: fc.nat({ max: 24 }), old: fc.nat({ max: 20 }) });
    fc.assert(
      fc.property(counts, fc.nat(), ({ cart, orders, old }, progress) => {
        const of = (identity: string, count: number) =>
          Array.from({ length: count }, (_, index) => [
            serviceAccount(`shop/${identity}-${index}`),
            workload(`shop/${identity}-${index}`, { label: identity, account: `${identity}-${index}` }),
          ]).flat();
        const objects = [...bound("shop/orders"), ...of("cart", cart), ...of("orders", orders)];
        const before = mapped(objects, { azure: { cart: { credentials: full(old) } } });
        const trusts = before.judgement.steps.steps.flatMap(step => (step.op === "trust" ? [step.trust] : []));
        const written = trusts.slice(0, progress % (trusts.length + 1));
        const on = (identity: string) => written.filter(one => one.principal === resourceIDOf(identity).toLowerCase());
        const credentials = { cart: [...full(old), ...on("cart")], orders: on("orders") };
        const now = mapped(objects, {
          azure: { cart: { credentials: credentials.cart }, orders: { credentials: credentials.orders } },
        });
        expect(now.blocked).toEqual(before.blocked);
        const names = new Set(written.map(({ name }) => name));
        expect(now.judgement.steps.steps.map(({ id }) => id)).toEqual(
          before.judgement.steps.steps
            .filter(step => step.op !== "trust" || !names.has(step.trust.name))
            .map(({ id }) => id),
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe("a credential that nobody needs", () => {
  const unused = (credentials: ReturnType<typeof credential>[], options: FactsOptions = {}, objects = apps(1)) =>
    mapped(objects, { ...options, azure: { cart: { credentials } } }).findings.filter(
      one => one.code === "credential-unused",
    );

  it("is pointed out once, whether its account is gone or only idle", () => {
    const credentials = [
      credential("gone-b", "shop:gone-b"),
      credential("gone-a", "nowhere:gone-a"),
      credential("idle", "shop:idle"),
      credential("used", "shop:app-0"),
    ];
    const objects = [...apps(2), serviceAccount("shop/idle")];
    expect(unused(credentials, {}, objects)).toEqual([
      {
        code: "credential-unused",
        severity: "info",
        args: { principal, missing: ["gone-a", "gone-b"], idle: ["idle"] },
      },
    ]);
  });

  it("is not one of another issuer, of another form, or of an account that the run gives to a workload", () => {
    const other = credential("other", "shop:gone", { issuer: "https://elsewhere.example/" });
    const github = { ...credential("github", "x"), subject: "repo:octo/shop:ref:refs/heads/main" };
    const planned = credential("planned", "shop:app-0");
    expect(unused([other, github, planned])).toEqual([]);
  });

  it("is not told where the accounts or the workloads of its namespace could not be read", () => {
    const idle = [credential("idle", "shop:idle")];
    const objects = [...apps(1), serviceAccount("shop/idle")];
    expect(unused(idle, { unknown: [{ kind: "CronJob", except: ["bank"] }] }, objects)).toEqual([]);
    expect(unused(idle, { unknown: [{ kind: "CronJob", except: ["shop"] }] }, objects)).toHaveLength(1);
    const gone = [credential("gone", "shop:gone")];
    expect(unused(gone, { unknown: [{ kind: "ServiceAccount", except: [] }] })).toEqual([]);
  });

  it("is one of the numbers when the budget does not hold", () => {
    const credentials = [credential("gone", "shop:gone"), ...full(3)];
    const { findings } = mapped(apps(17), { azure: { cart: { credentials } } });
    expect(findings.find(one => one.code === "credential-budget-exceeded")?.args).toMatchObject({ unused: ["gone"] });
  });
});
