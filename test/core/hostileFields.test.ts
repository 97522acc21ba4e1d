import fc from "fast-check";
import { expect, it } from "vitest";
import { assemble } from "../../src/core/assemble.ts";
import { isRecord, type KubernetesObject } from "../../src/core/kubernetes.ts";
import { find } from "../../src/core/usages.ts";
import { component, forced } from "./components.ts";
import { azureIdentity, binding, decisions, exception, found, issuer, west, workload } from "./factories.ts";

const objects: readonly KubernetesObject[] = [
  component("nmi", { ...forced("true"), args: ["--operation-mode=standard"], status: { desiredNumberScheduled: 1 } }),
  component("mic", { spec: { replicas: 1 }, args: ["--immutable-user-msis=a,b"] }),
  azureIdentity("shop/cart", {}, { "aadpodidentity.k8s.io/Behavior": "namespaced" }),
  binding("shop/cart"),
  exception("shop/ex", { app: "cart" }),
  workload("shop/cart", { label: "cart", labels: { app: "cart" } }),
  {
    ...workload("shop/cart-1", { kind: "Pod", label: "cart", podSpec: { nodeName: "n" } }),
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
  },
  {
    apiVersion: "aadpodidentity.k8s.io/v1",
    kind: "AzureAssignedIdentity",
    metadata: { name: "cart-1-shop-cart", namespace: "default", creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { pod: "cart-1", podNamespace: "shop", azureIdentityRef: { metadata: { name: "cart" }, spec: { type: 0 } } },
    status: { status: "Assigned" },
  },
];

/** Every place below spec and status. */
function placesIn(value: unknown, path: string[] = []): string[][] {
  if (!isRecord(value) && !Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => [[...path, key], ...placesIn(child, [...path, key])]);
}

function withValue(value: unknown, [key, ...rest]: readonly string[], odd: unknown): unknown {
  if (key === undefined) return odd;
  const entries = Object.entries(value as object).map(([one, child]) => [
    one,
    one === key ? withValue(child, rest, odd) : child,
  ]);
  return Array.isArray(value) ? entries.map(([, child]) => child) : Object.fromEntries(entries);
}

const places = objects.flatMap((object, index) =>
  placesIn(object)
    .filter(([first]) => first === "spec" || first === "status")
    .map(path => ({ index, path })),
);

it("whatever stands where in a spec or a status, nothing falls over it", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...places),
      fc.constantFrom<unknown>(null, 7, true, "text", "", [], [null], [7], {}, { a: [] }),
      ({ index, path }, odd) => {
        const spoilt = objects.map((one, at) => (at === index ? withValue(one, path, odd) : one)) as KubernetesObject[];
        const collected = {
          id: west,
          context: "aks-west",
          server: "https://west.example",
          issuer,
          podIdentityInstalled: true,
          objects: found(spoilt),
          unknown: [],
          findings: [],
        };
        expect(() => find(assemble([collected], undefined, decisions), decisions)).not.toThrow();
      },
    ),
    { numRuns: 400 },
  );
});
