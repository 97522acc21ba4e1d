import { expect, test } from "vitest";
import { finding } from "../../src/core/findings/codes.ts";
import { judge } from "../../src/core/reports.ts";
import { bound, decisions, factsOf, serviceAccount, west, workload } from "./factories.ts";

const cluster = { subject: { source: west, apiVersion: "v1", kind: "Namespace", name: "kube-system" } };

test.each([
  finding("webhook-not-ready", cluster, { failurePolicy: "Fail" }),
  finding("webhook-selects-by-account", cluster, { version: "0.13.0" }),
  finding("webhook-audience-differs", cluster, { webhook: "api://other", audience: "api://AzureADTokenExchange" }),
])("$code blocks every workload that is still to be switched, and none that has been", one => {
  const facts = factsOf([
    ...bound("shop/cart"),
    serviceAccount("shop/cart"),
    workload("shop/cart", { label: "cart", account: "cart" }),
    workload("shop/done", { label: "cart", account: "cart", labels: { "azure.workload.identity/use": "true" } }),
  ]);
  facts.findings = [one];
  const blocked = judge(facts, decisions).mapped.mappings.map(mapping => mapping.blockedBy);
  expect(blocked).toEqual([[one.code], []]);
});
