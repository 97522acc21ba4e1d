import { describe, expect, it } from "vitest";
import type { FieldManager, KubernetesObject } from "../../../src/core/kubernetes.ts";
import { map } from "../../../src/core/map.ts";
import type { Decisions, Finding } from "../../../src/core/model.ts";
import { stepsOf } from "../../../src/core/steps.ts";
import { find } from "../../../src/core/usages.ts";
import { useLabel } from "../../../src/core/workloadIdentity/workloadIdentity.ts";
import {
  bound,
  clientIDOf,
  decisions as defaults,
  type FactsOptions,
  factsOf,
  owned,
  roleBinding,
  serviceAccount,
  workload,
} from "../factories.ts";
import { application, cartInShop, fluxObject, marks } from "../ownedObjects.ts";

interface Shop extends FactsOptions {
  cart?: Partial<KubernetesObject["metadata"]>;
  kind?: string;
  account?: Partial<KubernetesObject["metadata"]>;
  /** The account that cart runs as; `default` brings a dedicated one. */
  runsAs?: string;
  more?: KubernetesObject[];
  decisions?: Partial<Decisions>;
}

function judged(shop: Shop = {}) {
  const { cart = {}, kind, account = {}, runsAs = "cart", more = [], decisions = {}, ...options } = shop;
  const facts = factsOf(
    [
      ...bound("shop/cart"),
      workload("shop/cart", { label: "cart", account: runsAs, metadata: cart, ...(kind ? { kind } : {}) }),
      serviceAccount("shop/cart", undefined, {}, account),
      ...more,
    ],
    options,
  );
  const all: Decisions = { ...defaults, ...decisions };
  const { usages } = find(facts, all);
  const { mappings, findings } = map(facts, usages, all);
  const { steps } = stepsOf(facts, usages, mappings, all);
  return { mappings, findings, steps };
}

/** Route and kind of operation of each step but the trust, which is always live. */
const routes = (shop: Shop) =>
  judged(shop).steps.flatMap(step =>
    step.op === "trust" ? [] : [`${step.target.kind} ${step.target.name}: ${step.op} ${step.route}`],
  );

const findingsOf = (shop: Shop, family: readonly Finding["code"][] = ownership) =>
  judged(shop)
    .findings.filter(one => family.includes(one.code))
    .map(({ code, subject, args }) => ({ code, subject: subject?.kind, args }));

const ownership: readonly Finding["code"][] = [
  "object-owned",
  "object-controlled",
  "owned-object-patched",
  "owner-suspended",
  "owner-leaves-object-alone",
  "field-set-by-hand",
  "owner-not-checked",
];

const live = { decisions: { live: true } };
const label = `spec.template.metadata.labels[${useLabel}]`;
const templateLabel = `template.metadata.labels[${useLabel}]`;

describe("the route of a change", () => {
  it("is live for what nobody else writes", () => {
    expect(routes({})).toEqual(["ServiceAccount cart: patch live", "Deployment cart: patch live"]);
  });

  it.each([
    ["Argo CD", marks.argoCDTracking],
    ["Flux", marks.kustomization],
    ["Helm", marks.helm],
    ["Terraform", { managers: ["Terraform"] }],
    ["kustomize", marks.kustomize],
  ])("is Git for the workload of %s, and no block", (_, cart) => {
    expect(routes({ cart })).toEqual(["ServiceAccount cart: patch live", "Deployment cart: patch git"]);
    expect(judged({ cart }).mappings).toMatchObject([
      { blockedBy: [], reasons: expect.arrayContaining(["object-owned"]) },
    ]);
  });

  it("is Git for the account of Argo CD, on which the template waits", () => {
    const shop = { account: { managers: ["argocd-controller"] } };
    expect(routes(shop)).toEqual(["ServiceAccount cart: patch git", "Deployment cart: patch live"]);
    const [account, ...rest] = judged(shop).steps.filter(step => step.op !== "trust");
    expect(rest[0]?.dependsOn).toContain(account?.id);
  });

  it("is by hand for what a controller or an add-on makes, with the changes that its resource has to bring", () => {
    const expected = ["ServiceAccount cart: patch live", "Deployment cart: manual manual"];
    expect(routes({ cart: owned("Shop", "main", "example.com/v1") })).toEqual(expected);
    expect(routes({ cart: marks.addon })).toEqual(expected);
    expect(judged({ cart: marks.addon }).steps.at(-1)).toMatchObject({
      code: "object-controlled",
      changes: [{ after: "true" }],
    });
  });

  it("is by hand for Jobs and pods, whoever writes them", () => {
    const codeOf = (kind: string, cart = {}) => {
      const step = judged({ kind, cart }).steps.at(-1);
      return step?.op === "manual" ? step.code : step?.op;
    };
    expect(codeOf("Job")).toBe("job-immutable");
    expect(codeOf("Job", marks.helm)).toBe("job-immutable");
    expect(codeOf("Job", { ownerReferences: [{ apiVersion: "example.com/v1", kind: "Shop", name: "main" }] })).toBe(
      "object-controlled",
    );
  });

  it("is the workload's for an account that is made for it, since Git brings both or its tool refuses the one it finds", () => {
    const runsAs = "default";
    const accountOf = (cart: Shop["cart"]) =>
      judged({ runsAs, ...(cart ? { cart } : {}) }).steps.find(one => one.op === "create")?.route;
    expect(accountOf(marks.helm)).toBe("git");
    expect(accountOf({})).toBe("live");
    expect(accountOf(owned("Shop", "main", "example.com/v1"))).toBe("live");
  });

  it("says that pods restart, whichever way the change comes", () => {
    expect(judged({ cart: marks.helm }).steps.at(-1)).toMatchObject({ route: "git", restartsPods: true });
    expect(judged({ cart: marks.addon }).steps.at(-1)?.restartsPods).toBeUndefined();
  });

  it.each([
    ["--live", live],
    [
      "the config file's word for the workload",
      { decisions: { workloads: { "shop/Deployment/cart": { live: true } } } },
    ],
  ])("is live by %s", (_, decided) => {
    const shop = { cart: marks.helm, account: marks.helm, ...decided };
    expect(routes(shop)).toEqual(["ServiceAccount cart: patch live", "Deployment cart: patch live"]);
  });

  it("stays as it was for a workload that the config file leaves out", () => {
    const workloads = { "shop/Deployment/orders": { live: true }, "shop/StatefulSet/cart": { live: true } };
    expect(routes({ cart: marks.helm, decisions: { workloads } }).at(-1)).toBe("Deployment cart: patch git");
    const not = { live: true, workloads: { "shop/Deployment/cart": { live: false } } };
    expect(routes({ cart: marks.helm, decisions: not }).at(-1)).toBe("Deployment cart: patch git");
  });

  it("of an account that workloads share is the more careful one of theirs", () => {
    const more = [workload("shop/web", { label: "cart", account: "cart" })];
    const workloads = { "shop/Deployment/cart": { live: true } };
    expect(routes({ account: marks.helm, more, decisions: { workloads } })[0]).toBe("ServiceAccount cart: patch git");
  });

  it("is live for what Flux was told to leave alone, since Git would never reach it", () => {
    const annotations = { "kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent" };
    const cart = { ...marks.kustomization, annotations };
    expect(routes({ cart }).at(-1)).toBe("Deployment cart: patch live");
    expect(findingsOf({ cart })).toEqual([
      {
        code: "owner-leaves-object-alone",
        subject: "Deployment",
        args: { tool: "flux", annotation: "annotation kustomize.toolkit.fluxcd.io/ssa=IfNotPresent" },
      },
    ]);
  });
});

describe("what becomes of a change in the cluster", () => {
  const setBy = (...fieldManagers: FieldManager[]) => ({
    ...marks.helm,
    managers: fieldManagers.map(one => one.manager),
    fieldManagers,
  });
  const fields = (cart: Shop["cart"], more: Partial<Shop> = {}) => {
    const [found] = findingsOf({ ...(cart ? { cart } : {}), ...more }).filter(one => one.subject === "Deployment");
    const { sets, adds, unclear } = (found?.args ?? {}) as Record<string, string[]>;
    return { sets, adds, unclear };
  };
  const names = ["spec.template.spec.serviceAccountName", "spec.template.spec.serviceAccount"];
  const runsAs = "default";

  it("is put back where the owner sets the field, and stays where it does not", () => {
    const cart = setBy({ manager: "helm", fields: ["template.spec.serviceAccountName"] });
    expect(fields(cart, { runsAs })).toEqual({ sets: names, adds: [label], unclear: [] });
  });

  it("stays where the field is not there yet, whatever is known of managers", () => {
    expect(fields(marks.helm)).toEqual({ sets: [], adds: [label], unclear: [] });
  });

  it("stays where the owner writes the object, but others set the field", () => {
    const cart = setBy(
      { manager: "helm", fields: [templateLabel] },
      { manager: "jane", fields: ["template.spec.serviceAccountName"] },
    );
    expect(fields(cart, { runsAs })).toEqual({ sets: [label], adds: names, unclear: [] });
  });

  it("cannot be told where nobody's fields are known", () => {
    expect(fields({ ...marks.helm, managers: ["helm"] }, { runsAs })).toMatchObject({ unclear: names });
  });

  it("cannot be told of Terraform, which takes out what is not its own", () => {
    expect(fields({ managers: ["HashiCorp"] })).toEqual({ sets: [], adds: [], unclear: [label] });
  });

  it("cannot be told of a controller, which may write its template whole", () => {
    const by = { manager: "shop-operator", fields: ["template.spec.hostNetwork"] };
    const cart = { ...owned("Shop", "cart", "example.com/v1"), managers: [by.manager], fieldManagers: [by] };
    expect(fields(cart)).toEqual({ sets: [], adds: [], unclear: [label] });
  });

  it("is put back by Helm in Flux's process, under either name", () => {
    const cart = {
      ...marks.helmRelease,
      managers: ["helm-controller"],
      fieldManagers: [{ manager: "helm-controller", fields: [templateLabel] }],
    };
    expect(fields(cart)).toMatchObject({ sets: [label] });
  });

  it("by hand is told by the last to set the value, where no tool owns the object", () => {
    const cart = {
      managers: ["kubectl-client-side-apply", "kubectl-edit"],
      fieldManagers: [
        { manager: "kubectl-client-side-apply", fields: ["template.spec.serviceAccountName"] },
        { manager: "kubectl-edit", fields: ["template.spec.serviceAccountName"] },
      ],
    };
    expect(findingsOf({ cart, runsAs })).toEqual([
      {
        code: "field-set-by-hand",
        subject: "Deployment",
        args: { fields: names, manager: "kubectl-edit" },
      },
    ]);
    expect(routes({ cart, runsAs }).at(-1)).toBe("Deployment cart: patch live");
  });

  it("that this tool or a controller of the owner set last is nobody's hand", () => {
    const by = (manager: string) => ({ fieldManagers: [{ manager, fields: ["template.spec.serviceAccountName"] }] });
    expect(findingsOf({ cart: by("azwi-migrate"), runsAs })).toEqual([]);
  });
});

describe("what is said of an owner", () => {
  it("when a change goes to Git: who it is, by what evidence", () => {
    expect(findingsOf({ cart: marks.argoCDTracking })).toEqual([
      {
        code: "object-owned",
        subject: "Deployment",
        args: {
          tool: "argocd",
          kind: "Application",
          name: "shop",
          evidence: "annotation argocd.argoproj.io/tracking-id=shop:apps/Deployment:shop/cart",
          sets: [],
          adds: [label],
          unclear: [],
        },
      },
    ]);
  });

  it("of the account too, as long as it lacks the annotation", () => {
    const annotations = { "azure.workload.identity/client-id": clientIDOf("cart") };
    expect(findingsOf({ account: marks.kapp }).map(one => one.subject)).toEqual(["ServiceAccount"]);
    expect(findingsOf({ account: { ...marks.kapp, annotations } })).toEqual([]);
  });

  it("of what binds the account to roles too, and the step for that goes to Git", () => {
    const helm = { metadata: { name: "read", namespace: "shop", ...marks.helm } };
    const binding = {
      ...roleBinding("shop/read", [{ kind: "ServiceAccount", name: "default", namespace: "shop" }]),
      ...helm,
    };
    const shop = { runsAs: "default", more: [binding] };
    expect(findingsOf(shop)).toMatchObject([
      { code: "object-owned", subject: "RoleBinding", args: { sets: [], unclear: ["subjects"] } },
    ]);
    expect(routes(shop)).toContain("RoleBinding read: patch git");
    const managed = { managers: ["helm"], fieldManagers: [{ manager: "helm", fields: ["subjects"] }] };
    const whole = { ...binding, metadata: { ...helm.metadata, ...managed } };
    expect(findingsOf({ ...shop, more: [whole] })).toMatchObject([{ args: { sets: ["subjects"], adds: [] } }]);
  });

  it("when a controller has to be told", () => {
    expect(findingsOf({ cart: owned("Shop", "main", "example.com/v1") })).toMatchObject([
      { code: "object-controlled", args: { tool: "operator", kind: "Shop", name: "main" } },
    ]);
  });

  const whenOf = (shop: Shop) => {
    const [found] = findingsOf({ ...shop, ...live });
    return found?.code === "owned-object-patched" && (found.args as { when: string }).when;
  };
  const syncing = (syncPolicy?: { automated: { selfHeal?: boolean; enabled?: boolean } }) => ({
    cart: marks.argoCDTracking,
    more: [application("shop", [cartInShop], syncPolicy ? { syncPolicy } : {})],
  });
  const suspended = (kind: "Kustomization" | "HelmRelease", path: string, spec: object) => [
    fluxObject(kind, path, spec as never),
  ];

  it.each<[string, Shop, string]>([
    ["at once by an Application that heals itself", syncing({ automated: { selfHeal: true } }), "atOnce"],
    ["when Git changes by one that syncs alone", syncing({ automated: {} }), "nextChange"],
    ["when somebody syncs one that does not", syncing(), "nextSync"],
    ["… or is switched off", syncing({ automated: { selfHeal: true, enabled: false } }), "nextSync"],
    ["unknown of an Application that was not read", { cart: marks.argoCDTracking }, "unknown"],
    ["at once by a Kustomization", { cart: marks.kustomization }, "atOnce"],
    [
      "when it is resumed by a Kustomization that is suspended",
      { cart: marks.kustomization, more: suspended("Kustomization", "flux-system/apps", { suspend: true }) },
      "resumed",
    ],
    [
      "at the next release by a HelmRelease",
      { cart: marks.helmRelease, more: suspended("HelmRelease", "shop/cart", {}) },
      "nextChange",
    ],
    [
      "at once by a HelmRelease that detects drift",
      { cart: marks.helmRelease, more: suspended("HelmRelease", "shop/cart", { driftDetection: { mode: "enabled" } }) },
      "atOnce",
    ],
    ["at the next run by Helm", { cart: marks.helm }, "nextRun"],
    ["at some time by an add-on", { cart: marks.addon }, "unknown"],
  ])("when it is patched live: put back %s", (_, shop, when) => {
    expect(whenOf(shop)).toBe(when);
  });

  it("that is suspended, since what is merged waits too", () => {
    const more = suspended("Kustomization", "flux-system/apps", { suspend: true });
    expect(findingsOf({ cart: marks.kustomization, more }).map(one => one.code)).toEqual([
      "object-owned",
      "owner-suspended",
    ]);
  });

  it("that may be Argo CD, where neither Applications nor managers could be read: nothing is changed", () => {
    const cart = { labels: { "app.kubernetes.io/instance": "shop" } };
    const unknown = [{ kind: "Application.argoproj.io", except: [] }];
    expect(judged({ cart, unknown }).mappings).toMatchObject([{ notChecked: ["owner-not-checked"] }]);
    expect(judged({ cart, unknown, ...live }).mappings).toMatchObject([{ notChecked: [] }]);
    expect(judged({ cart: { ...cart, managers: ["kubectl"] }, unknown }).mappings).toMatchObject([{ notChecked: [] }]);
    expect(judged({ cart }).mappings).toMatchObject([{ notChecked: [] }]);
  });

  it("nothing, where nothing is left to change", () => {
    const facts = judged({ cart: marks.helm });
    expect(facts.findings.map(one => one.code)).toContain("object-owned");
    const annotations = { "azure.workload.identity/client-id": clientIDOf("cart") };
    const done = factsOf([
      ...bound("shop/cart"),
      workload("shop/cart", { label: "cart", account: "cart", labels: { [useLabel]: "true" }, metadata: marks.helm }),
      serviceAccount("shop/cart", annotations, {}, { labels: marks.helm.labels }),
    ]);
    const { usages } = find(done, defaults);
    expect(map(done, usages, defaults).findings.filter(one => ownership.includes(one.code))).toEqual([]);
  });
});
