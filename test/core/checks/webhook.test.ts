import { describe, expect, test } from "vitest";
import { finding } from "../../../src/core/findings/codes.ts";
import type { ClusterSource, Decisions, Mapping } from "../../../src/core/model.ts";
import { judge } from "../../../src/core/reports.ts";
import { bound, decisions, factsOf, issuer, serviceAccount, west, workload } from "../factories.ts";

const cluster = { subject: { source: west, apiVersion: "v1", kind: "Namespace", name: "kube-system" } };
const audienceDiffers = finding("webhook-audience-differs", cluster, {
  webhook: "api://other",
  audience: "api://AzureADTokenExchange",
});
const resourceID = "/subscriptions/sub/resourcegroups/shop/providers/Microsoft.ContainerService/managedClusters/west";
const other = "webhook-cloud-differs";
const azure = { resourceID, foundBy: "nodes", issuer } as const;

/** One workload that is still to be switched, and one that has been. */
const factsWith = (options: Partial<ClusterSource> = {}) =>
  factsOf(
    [
      ...bound("shop/cart"),
      serviceAccount("shop/cart"),
      workload("shop/cart", { label: "cart", account: "cart" }),
      workload("shop/done", { label: "cart", account: "cart", labels: { "azure.workload.identity/use": "true" } }),
    ],
    { cluster: options },
  );

const blocksOf = (facts: ReturnType<typeof factsWith>, choice: Partial<Decisions> = {}) =>
  judge(facts, { ...decisions, ...choice }).mapped.mappings.map(
    ({ blockedBy, switchBlockedBy }): Pick<Mapping, "blockedBy" | "switchBlockedBy"> => ({
      blockedBy,
      ...(switchBlockedBy ? { switchBlockedBy } : {}),
    }),
  );

describe("a webhook that cannot do its work", () => {
  test("blocks the switch of every workload that is still to be switched, and of none that has been", () => {
    const facts = factsWith();
    facts.findings = [finding("webhook-not-ready", cluster, { failurePolicy: "Fail" })];
    expect(blocksOf(facts)).toEqual([{ blockedBy: [], switchBlockedBy: ["webhook-not-ready"] }, { blockedBy: [] }]);
  });

  test("blocks accounts too where it goes by their label: what prepares one might switch its pods", () => {
    const facts = factsWith();
    facts.findings = [finding("webhook-selects-by-account", cluster, { version: "0.13.0" })];
    expect(blocksOf(facts)).toEqual([{ blockedBy: ["webhook-selects-by-account"] }, { blockedBy: [] }]);
  });

  test("blocks credentials too where they would be for the wrong audience", () => {
    const facts = factsWith();
    facts.findings = [audienceDiffers];
    expect(blocksOf(facts)).toEqual([{ blockedBy: ["webhook-audience-differs"] }, { blockedBy: [] }]);
  });

  test.each<[string, Partial<ClusterSource>]>([
    ["webhook-not-installed", { webhook: { installed: false } }],
    ["workload-identity-not-enabled", { webhook: {}, azure: { ...azure, workloadIdentity: false } }],
  ])("because it is not there blocks by %s the switch alone", (code, options) => {
    expect(blocksOf(factsWith(options))).toEqual([{ blockedBy: [], switchBlockedBy: [code] }, { blockedBy: [] }]);
  });

  test.each<[string, string, string, string[]]>([
    [
      "another cloud than that of the identities",
      "AzureUSGovernmentCloud",
      "https://login.microsoftonline.com",
      [other],
    ],
    ["Microsoft's cloud where the other is of a file", "AzurePublicCloud", "https://login.azurestack.example", []],
    ["the cloud of the identities", "AZUREPUBLICCLOUD", "https://login.microsoftonline.com", []],
    ["a cloud that nobody knows from outside", "AzureStackCloud", "https://login.azurestack.example", []],
  ])("because it is set to %s", (_, environment, authorityHost, switchBlockedBy) => {
    const facts = factsWith({ webhook: { installed: true, environment } });
    facts.azure = { ...facts.azure, authorityHost };
    const blocked = switchBlockedBy.length > 0 ? { switchBlockedBy } : {};
    expect(blocksOf(facts)).toEqual([{ blockedBy: [], ...blocked }, { blockedBy: [] }]);
  });

  test("because it is not there blocks identity bindings whole: whether the one to come knows them is unknown", () => {
    const facts = factsWith({ webhook: { installed: false }, azure: { ...azure, workloadIdentity: true } });
    const [cart] = blocksOf(facts, { trust: "identityBinding" });
    expect(cart).toEqual({ blockedBy: expect.arrayContaining(["webhook-not-installed"]) });
  });

  test("is to be installed by a command that names the cluster, where it is known", () => {
    const facts = factsWith({ webhook: { installed: false }, azure: { ...azure, workloadIdentity: true } });
    expect(judge(facts, decisions).mapped.findings).toContainEqual(
      expect.objectContaining({ code: "webhook-not-installed", args: { resourceID } }),
    );
  });
});
