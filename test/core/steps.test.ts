import { describe, expect, it } from "vitest";
import type { Facts } from "../../src/core/facts.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import type { Decisions } from "../../src/core/model.ts";
import { judge } from "../../src/core/reports.ts";
import { clientIDAnnotation, useLabel } from "../../src/core/workloadIdentity/workloadIdentity.ts";
import {
  audience,
  bound,
  clientIDOf,
  credential,
  decisions,
  factsOf,
  factsOfFiles,
  issuer,
  resourceIDOf,
  serviceAccount,
  west,
  workload,
} from "./factories.ts";

const stepsOf = (facts: Facts, choice: Partial<Decisions> = {}) => judge(facts, { ...decisions, ...choice }).steps;
const principal = resourceIDOf("cart").toLowerCase();
const cart = `${west}/shop/Deployment/cart`;
const cartObjects = (account: KubernetesObject | undefined, options = {}) => [
  ...bound("shop/cart"),
  ...(account ? [account] : []),
  workload("shop/cart", { label: "cart", account: "cart", ...options }),
];
const template = ["spec", "template"];
const annotationPath = ["metadata", "annotations", clientIDAnnotation];
const ref = (kind: string, name: string, apiVersion = "v1") => ({
  source: west,
  apiVersion,
  kind,
  namespace: "shop",
  name,
});

describe("the steps of a mapping", () => {
  it("are a credential, an annotation and the template, which waits for both", () => {
    const { steps, done } = stepsOf(factsOf(cartObjects(serviceAccount("shop/cart"))));
    const trustId = expect.stringMatching(
      new RegExp(`^${west}${principal}/federatedidentitycredentials/shop-cart-[0-9a-f]{10}#prepare$`),
    );
    const name = expect.stringMatching(/^shop-cart-[0-9a-f]{10}$/);
    const account = `${west}/shop/ServiceAccount/cart#prepare`;
    expect(done).toBe(0);
    expect(steps).toEqual([
      {
        id: account,
        stage: "prepare",
        dependsOn: [],
        usages: [cart],
        route: "live",
        target: { ...ref("ServiceAccount", "cart"), uid: "uid-serviceaccount-cart" },
        op: "patch",
        changes: [{ path: annotationPath, after: clientIDOf("cart") }],
      },
      {
        id: trustId,
        stage: "prepare",
        dependsOn: [],
        usages: [cart],
        route: "live",
        target: { source: west, kind: "FederatedIdentityCredential", principal, name },
        op: "trust",
        trust: {
          principal,
          issuer,
          subject: "system:serviceaccount:shop:cart",
          audience,
          backend: "federatedCredential",
          name,
        },
      },
      {
        id: `${cart}#switch`,
        stage: "switch",
        dependsOn: [trustId, account],
        usages: [cart],
        route: "live",
        target: { ...ref("Deployment", "cart", "apps/v1"), uid: "uid-deployment-cart" },
        op: "patch",
        changes: [{ path: [...template, "metadata", "labels", useLabel], after: "true" }],
        restartsPods: true,
      },
    ]);
  });

  it("create a dedicated account, and put both spellings of its name into the template", () => {
    const objects = [...bound("shop/cart"), workload("shop/cart", { label: "cart", account: "default" })];
    const { steps } = stepsOf(factsOf(objects));
    expect(steps.find(step => step.op === "create")).toEqual({
      id: `${west}/shop/ServiceAccount/cart#prepare`,
      stage: "prepare",
      dependsOn: [],
      usages: [cart],
      route: "live",
      target: ref("ServiceAccount", "cart"),
      op: "create",
      object: {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: {
          name: "cart",
          namespace: "shop",
          annotations: {
            [clientIDAnnotation]: clientIDOf("cart"),
            "azwi-migrate.dev/created-for": "Deployment/cart",
            "azwi-migrate.dev/instead-of": "default",
          },
        },
      },
    });
    expect(steps.find(step => step.stage === "switch")).toMatchObject({
      changes: [
        { path: [...template, "metadata", "labels", useLabel], after: "true" },
        { path: [...template, "spec", "serviceAccountName"], before: "default", after: "cart" },
        { path: [...template, "spec", "serviceAccount"], before: "default", after: "cart" },
      ],
    });
  });

  it("are not there where they are done, and are counted", () => {
    const ready = serviceAccount("shop/cart", { [clientIDAnnotation]: clientIDOf("cart").toUpperCase() });
    const trusted = { azure: { cart: { credentials: [credential("mine", "shop:cart")] } } };
    expect(stepsOf(factsOf(cartObjects(ready), trusted))).toMatchObject({
      steps: [{ id: `${cart}#switch`, dependsOn: [] }],
      done: 2,
    });
    expect(stepsOf(factsOf(cartObjects(ready, { labels: { [useLabel]: "true" } }), trusted))).toEqual({
      steps: [],
      done: 3,
    });
  });

  it("are not there for a blocked mapping", () => {
    const issuer = "https://kubernetes.default.svc.cluster.local";
    expect(stepsOf(factsOf(cartObjects(serviceAccount("shop/cart")), { cluster: { issuer } }))).toEqual({
      steps: [],
      done: 0,
    });
  });

  it("are those of stage prepare where the switch alone is blocked, and none when these are done", () => {
    const webhook = { installed: false };
    const objects = cartObjects(serviceAccount("shop/cart"));
    const { steps } = stepsOf(factsOf(objects, { cluster: { webhook } }));
    expect(steps).toEqual(stepsOf(factsOf(objects)).steps.filter(step => step.stage === "prepare"));
    expect(steps.map(({ op }) => op).sort()).toEqual(["patch", "trust"]);
    const ready = serviceAccount("shop/cart", { [clientIDAnnotation]: clientIDOf("cart") });
    const trusted = { azure: { cart: { credentials: [credential("mine", "shop:cart")] } } };
    expect(stepsOf(factsOf(cartObjects(ready), { ...trusted, cluster: { webhook } }))).toEqual({ steps: [], done: 2 });
  });

  it("are one for a target, whoever needs it", () => {
    const objects = [
      ...cartObjects(serviceAccount("shop/cart")),
      workload("shop/orders", { label: "cart", account: "cart" }),
    ];
    const orders = `${west}/shop/Deployment/orders`;
    const { steps } = stepsOf(factsOf(objects));
    expect(
      steps.map(({ id, usages }) => [id.replace(`${west}/`, "").replace(/^.*federated.*#/, "trust#"), usages]),
    ).toEqual([
      ["shop/ServiceAccount/cart#prepare", [cart, orders]],
      [expect.stringContaining("#prepare"), [cart, orders]],
      ["shop/Deployment/cart#switch", [cart]],
      ["shop/Deployment/orders#switch", [orders]],
    ]);
    expect(new Set(steps.map(step => step.id)).size).toBe(steps.length);
  });

  it("give the proxy its annotations, and the preview webhook its own", () => {
    const changes = (version: string) =>
      stepsOf(
        factsOf(cartObjects(serviceAccount("shop/cart")), { cluster: { webhook: { installed: true, version } } }),
        { clientPath: "proxy", proxyPort: 8001 },
      )
        .steps.flatMap(step => (step.op === "patch" && step.stage === "switch" ? step.changes : []))
        .map(({ path, after }) => [path.at(-1), after]);
    const proxied = [
      [useLabel, "true"],
      ["azure.workload.identity/inject-proxy-sidecar", "true"],
      ["azure.workload.identity/proxy-sidecar-port", "8001"],
    ];
    expect(changes("1.6.0")).toEqual(proxied);
    expect(changes("1.6.0-alpha.1")).toEqual([...proxied, ["azure.workload.identity/proxy", "true"]]);
  });
});

describe("the step for the template", () => {
  const switchOf = (kind: string, spec = {}) => {
    const facts = factsOf(cartObjects(serviceAccount("shop/cart"), { kind, spec }));
    const step = stepsOf(facts).steps.find(one => one.stage === "switch");
    return (
      step && {
        op: step.op,
        route: step.route,
        ...("code" in step ? { code: step.code } : {}),
        ...(step.restartsPods ? { restartsPods: true } : {}),
      }
    );
  };
  const restarts = { op: "patch", route: "live", restartsPods: true };
  const quiet = { op: "patch", route: "live" };
  const onDelete = { updateStrategy: { type: "OnDelete" } };

  it.each([
    ["Deployment", {}, restarts],
    ["StatefulSet", {}, restarts],
    ["DaemonSet", {}, restarts],
    ["StatefulSet", onDelete, quiet],
    ["DaemonSet", onDelete, quiet],
    ["ReplicaSet", {}, quiet],
    ["ReplicationController", {}, quiet],
    ["CronJob", {}, quiet],
    ["Job", {}, { op: "manual", route: "manual", code: "job-immutable" }],
    ["Pod", {}, { op: "manual", route: "manual", code: "pod-not-managed" }],
  ])("of a %s %j: %j", (kind, spec, expected) => {
    expect(switchOf(kind, spec)).toEqual(expected);
  });

  it.each([
    ["CronJob", ["spec", "jobTemplate", "spec", "template", "metadata", "labels", useLabel]],
    ["Pod", ["metadata", "labels", useLabel]],
  ])("of a %s changes the label where the pods have it", (kind, path) => {
    const step = stepsOf(factsOf(cartObjects(serviceAccount("shop/cart"), { kind }))).steps.at(-1);
    expect(step).toMatchObject({ changes: [{ path, after: "true" }] });
  });
});

describe("steps from files", () => {
  it("are for Git, and give a manifest no field that it did not have", () => {
    const cartFile: KubernetesObject = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "cart", namespace: "shop" },
      spec: { template: { metadata: { labels: { aadpodidbinding: "cart" } }, spec: {} } },
    };
    const { steps } = stepsOf(factsOfFiles([...bound("shop/cart"), cartFile]), { issuer });
    expect(steps.map(({ id, route, op, restartsPods }) => [id.split("/").at(-1), route, op, restartsPods])).toEqual([
      ["cart#prepare", "git", "create", undefined],
      [expect.stringMatching(/^shop-cart-.*#prepare$/), "live", "trust", undefined],
      ["cart#switch", "git", "patch", undefined],
    ]);
    expect(steps.at(-1)).toMatchObject({
      changes: [
        { path: [...template, "metadata", "labels", useLabel], after: "true" },
        { path: [...template, "spec", "serviceAccountName"], after: "cart" },
      ],
    });
  });

  it("change a Job in its manifest like anything else", () => {
    const facts = factsOfFiles(cartObjects(serviceAccount("shop/cart"), { kind: "Job" }));
    expect(stepsOf(facts, { issuer }).steps.at(-1)).toMatchObject({ route: "git", op: "patch" });
  });
});
