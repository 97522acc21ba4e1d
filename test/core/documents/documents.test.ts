import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentHash } from "../../../src/core/documents/hash.ts";
import { schemas } from "../../../src/core/documents/schemas.ts";
import { isRecord } from "../../../src/core/kubernetes.ts";
import { judge, planDocument, planHash, scanDocument } from "../../../src/core/reports.ts";
import { clientIDAnnotation, useLabel } from "../../../src/core/workloadIdentity/workloadIdentity.ts";
import {
  azureIdentity,
  binding,
  bound,
  clientIDOf,
  credential,
  decisions,
  exception,
  factsOf,
  factsOfFiles,
  issuer,
  owned,
  roleBinding,
  serviceAccount,
  west,
  workload,
} from "../factories.ts";
import { anyWorld } from "../worlds.ts";

const ajv = new Ajv({ strict: false, allErrors: true });
const validate = { Scan: ajv.compile(schemas.Scan), Plan: ajv.compile(schemas.Plan) };

/** One of everything that a document can hold. */
const everything = factsOf(
  [
    ...bound("shop/cart"),
    azureIdentity("shop/app", { type: 1 }),
    binding("shop/app"),
    azureIdentity("shop/odd", { type: 9 }),
    binding("shop/nowhere"),
    exception("shop/ex", { app: "x" }),
    serviceAccount("shop/till"),
    serviceAccount("shop/ready", { [clientIDAnnotation]: clientIDOf("cart") }),
    roleBinding("read", [{ kind: "ServiceAccount", name: "till", namespace: "shop" }]),
    workload("shop/cart", { label: "cart", account: "till" }),
    workload("shop/plain", { label: "cart" }),
    workload("shop/app", { label: "app", account: "till" }),
    workload("shop/lost", { label: "nobody", labels: { app: "x" }, podSpec: { hostNetwork: true } }),
    workload("shop/ready", { label: "cart", labels: { [useLabel]: "true" }, account: "ready" }),
    workload("shop/once", { kind: "Job", label: "cart", account: "ready" }),
    workload("shop/owned", { label: "cart", account: "ready", metadata: owned("Rollout", "owned") }),
    workload("shop/ready-1", { kind: "Pod", label: "cart", metadata: owned("Deployment", "ready") }),
  ],
  {
    files: [...bound("bank/cart"), workload("bank/cart", { label: "cart", kind: "CronJob" })],
    azure: { cart: { credentials: [credential("mine", "shop:ready")] } },
  },
);
const judgement = judge(everything, decisions);
const scan = scanDocument(judgement, "1.0.0");
const plan = planDocument(judgement, "1.0.0", { step: { result: "refused", message: "no", adds: ["spec.x"] } });

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe.each([
  ["Scan", scan],
  ["Plan", plan],
] as const)("the schema of a %s", (kind, document) => {
  it("takes what is written", () => {
    expect(validate[kind](asJson(document))).toBe(true);
  });

  it("takes what is written of files alone", () => {
    const files = judge(factsOfFiles([...bound("shop/cart"), workload("shop/cart", { label: "cart" })]), {
      ...decisions,
      issuer,
    });
    const written = kind === "Scan" ? scanDocument(files, "1.0.0") : planDocument(files, "1.0.0");
    expect(validate[kind](asJson(written))).toBe(true);
  });

  it("takes what is written of any world", () => {
    fc.assert(
      fc.property(anyWorld, world => {
        const any = judge(world, decisions);
        const written = kind === "Scan" ? scanDocument(any, "1.0.0") : planDocument(any, "1.0.0");
        expect(validate[kind](asJson(written))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("refuses unknown fields, wherever they are", () => {
    const open = ["args", "object", "before", "after", "podLabels", "pods", "dryRuns", "match"];
    /** Every object of the document but those that hold other people's keys, as paths. */
    const paths = (value: unknown, path: (string | number)[]): (string | number)[][] => {
      if (Array.isArray(value)) return value.flatMap((item, index) => paths(item, [...path, index]));
      if (!isRecord(value) || open.includes(String(path.at(-1)))) return [];
      return [path, ...Object.entries(value).flatMap(([key, one]) => paths(one, [...path, key]))];
    };
    for (const path of paths(document, [])) {
      const copy = asJson(document);
      let at = copy;
      for (const part of path) at = (at as Record<string | number, unknown>)[part];
      (at as Record<string, unknown>).surprise = 1;
      expect(validate[kind](copy), `with a surprise in ${path.join(".")}`).toBe(false);
    }
  });

  it("refuses another version, kind or hash", () => {
    for (const change of [{ apiVersion: "azwi-migrate.dev/v2" }, { kind: "Other" }, { contentHash: "sha256:0" }])
      expect(validate[kind]({ ...(asJson(document) as object), ...change })).toBe(false);
  });

  it("has no null and no undefined in it", () => {
    expect(asJson(document)).toEqual(document);
    expect(JSON.stringify(document)).not.toContain("null");
  });
});

describe("what an object leaves empty", () => {
  it("is left out, and lists are in their order all the same", () => {
    const credentials = [credential("b", "shop:cart"), credential("a", "shop:other")];
    const facts = factsOf(
      [
        azureIdentity("shop/cart", { resourceID: "", clientID: "" }),
        binding("shop/cart", { selector: "" }),
        ...bound("shop/pay"),
        workload("shop/cart", { label: "" }),
        workload("shop/pay", { label: "pay", podSpec: { hostNetwork: true } }),
      ],
      { azure: { pay: { credentials } }, cluster: { podIdentity: [] } },
    );
    const judged = judge(facts, { ...decisions, podIdentityMode: "managed" });
    const [empty, made] = [scanDocument(judged, "test"), planDocument(judged, "test")];
    for (const [kind, written] of [["Scan", empty] as const, ["Plan", made] as const]) {
      const { findings: _args, ...rest } = written;
      expect(JSON.stringify(rest)).not.toMatch(/:""|:null/);
      expect(validate[kind](asJson(written)), ajv.errorsText(validate[kind].errors)).toBe(true);
    }
    expect(empty.identities[0]).toEqual({ source: west, namespace: "shop", name: "cart", type: "userAssigned" });
    expect(empty.bindings[0]).toEqual({ source: west, namespace: "shop", name: "cart", azureIdentity: "cart" });
    expect(made.principals.map(one => one.credentials.map(({ name }) => name))).toEqual([["a", "b"]]);
    for (const { findings } of made.usages) expect(findings).toEqual([...findings].sort());
  });
});

describe("a scan", () => {
  it("counts states, and lists everything by name", () => {
    expect(scan.summary).toEqual({ usages: 8, legacy: 6, both: 1, migrated: 0, unmatched: 1, proven: 0, blocked: 1 });
    expect(scan.identities.map(one => [one.namespace, one.name, one.type])).toEqual([
      ["shop", "app", "servicePrincipal"],
      ["shop", "cart", "userAssigned"],
      ["shop", "odd", undefined],
      ["bank", "cart", "userAssigned"],
    ]);
    expect(scan.bindings.map(one => one.name)).toEqual(["app", "cart", "nowhere", "cart"]);
    expect(scan.exceptions).toMatchObject([{ name: "ex", podLabels: { app: "x" } }]);
    const ids = scan.usages.map(one => one.id);
    expect(ids).toEqual([...ids].sort());
  });
});

describe("a plan", () => {
  it("carries its own hash", () => expect(planHash(plan)).toBe(plan.contentHash));

  it("counts its steps", () => {
    const ops = (op: string) => plan.steps.filter(step => step.op === op).length;
    expect(plan.summary).toMatchObject({
      create: ops("create"),
      patch: ops("patch"),
      trust: ops("trust"),
      git: plan.steps.filter(step => step.route === "git").length,
      manual: 2,
      blocked: 1,
    });
  });

  it("tells which credentials exist", () => {
    expect(plan.principals).toEqual([
      {
        id: "/subscriptions/sub/resourcegroups/shop/providers/microsoft.managedidentity/userassignedidentities/cart",
        type: "userAssigned",
        clientID: clientIDOf("cart"),
        limit: 20,
        credentials: [credential("mine", "shop:ready")],
      },
      { id: clientIDOf("app"), type: "application", clientID: clientIDOf("app"), limit: 20, credentials: [] },
    ]);
  });
});

describe("a content hash", () => {
  const objects = [
    ...bound("shop/cart"),
    binding("shop/nowhere"),
    serviceAccount("shop/cart"),
    workload("shop/cart", { label: "cart", account: "cart" }),
    workload("shop/orders", { label: "cart", account: "cart" }),
  ];
  const options = { files: [workload("shop/cart", { label: "cart" }), binding("shop/lost")] };
  const base = factsOf(objects, options);
  const hashes = (facts: typeof base) => {
    const judged = judge(facts, decisions);
    return { scan: scanDocument(judged, "1.0.0").contentHash, plan: planDocument(judged, "1.0.0").contentHash };
  };
  const pod = workload("shop/cart-1", { kind: "Pod", label: "cart", metadata: owned("Deployment", "cart") });
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed);
    if (!isRecord(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, one]) => [key, reversed(one)]),
    );
  };
  const notInstalled = (context: string) => ({
    ...base,
    findings: [{ code: "pod-identity-not-installed", severity: "info", args: { context } } as const],
  });
  const unreadable = (line: number, first: string) => ({
    ...base,
    findings: [
      {
        code: "yaml-invalid",
        severity: "error",
        at: { file: "deploy/a.yaml", line },
        args: { reason: `bad at line ${line}` },
      } as const,
      { code: "duplicate-object", severity: "warning", at: { file: "deploy/a.yaml", line }, args: { first } } as const,
    ],
  });

  it.each<[string, typeof base, typeof base]>([
    [
      "lines",
      factsOf(objects, options),
      factsOf(objects, { files: [workload("shop/first"), workload("shop/second"), ...options.files] }),
    ],
    ["the number of pods", base, factsOf([...objects, pod], options)],
    [
      "the name of the context",
      base,
      factsOf(objects, { ...options, cluster: { context: "other", server: "https://other" } }),
    ],
    ["the order of objects", base, factsOf([...objects].reverse(), options)],
    ["the order of keys", base, factsOf(reversed(objects) as typeof objects, options)],
    ["the order of sources", base, { ...base, sources: [...base.sources].reverse() }],
    ["a context in a finding", notInstalled("aks-west"), notInstalled("west")],
    ["lines in the words of findings", unreadable(3, "deploy/b.yaml:7"), unreadable(4, "deploy/b.yaml:8")],
  ])("does not depend on %s", (_, one, other) => {
    expect(hashes(one)).toEqual(hashes(other));
  });

  it.each<[string, typeof base]>([
    ["a workload", factsOf(objects.slice(0, -1), options)],
    [
      "a label",
      factsOf([...objects.slice(0, -1), workload("shop/orders", { label: "none", account: "cart" })], options),
    ],
  ])("depends on %s", (_, other) => {
    expect(hashes(other).scan).not.toBe(hashes(base).scan);
    expect(hashes(other).plan).not.toBe(hashes(base).plan);
  });

  it("of a plan depends on the issuer and on what was decided", () => {
    expect(hashes(factsOf(objects, { ...options, cluster: { issuer: "https://other/" } })).plan).not.toBe(
      hashes(base).plan,
    );
    expect(planDocument(judge(base, { ...decisions, clientPath: "proxy" }), "1.0.0").contentHash).not.toBe(
      hashes(base).plan,
    );
  });

  it("of a finding depends on the file that it is in", () => {
    const elsewhere = unreadable(3, "deploy/c.yaml:7");
    expect(hashes(elsewhere).scan).not.toBe(hashes(unreadable(3, "deploy/b.yaml:7")).scan);
  });

  it("is over canonical JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(contentHash(reversed(value))).toBe(contentHash(value));
      }),
    );
    expect(contentHash({ b: 1, a: "ä" })).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});
