import { expect, test } from "vitest";
import { probeTargets } from "../../../src/core/probe/probeTargets.ts";
import { judge } from "../../../src/core/reports.ts";
import { bound, decisions, type FactsOptions, factsOf, serviceAccount, workload } from "../factories.ts";

const deny = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "deny", namespace: "shop" },
  spec: { podSelector: {}, policyTypes: ["Egress"] },
};

test.each<[string, FactsOptions["cluster"], string | undefined]>([
  [
    "is impossible where no webhook gives the pod a token, which it names",
    { webhook: { installed: false } },
    "webhook",
  ],
  ["can show what egress lets through", {}, undefined],
  [
    "is not made of a workload that is blocked whole",
    { issuer: "https://kubernetes.default.svc.cluster.local" },
    "none",
  ],
])("a probe %s", (_, cluster = {}, expected) => {
  const objects = [
    ...bound("shop/cart"),
    serviceAccount("shop/cart"),
    workload("shop/cart", { label: "cart", account: "cart" }),
    deny,
  ];
  const facts = factsOf(objects, { cluster });
  const { selected, mapped } = judge(facts, decisions);
  const targets = probeTargets(facts, decisions, { usages: selected, mappings: mapped.mappings });
  const impossible = "the webhook would give it no token (webhook-not-installed)";
  expect(targets.map(target => target.impossible)).toEqual(
    expected === "none" ? [] : [expected === "webhook" ? impossible : undefined],
  );
});
