import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/core/kubernetes.ts";
import { codes, object, told } from "./verdicts.ts";

const proxy = { decisions: { clientPath: "proxy" as const } };
const nothing = { blocks: [], notChecked: [] };

const constraint = (kind: string, parameters: JsonObject = {}, more: JsonObject = {}) =>
  object("constraints.gatekeeper.sh/v1beta1", kind, "azurepolicy-1", { spec: { parameters, ...more } });

describe("a constraint of Gatekeeper", () => {
  test.each<[string, JsonObject]>([
    ["K8sPSPPrivilegedContainer", {}],
    ["K8sPSPPrivilegedContainer", { exemptImages: ["docker.io/*"] }],
    ["K8sAzureV3AllowedCapabilities", { allowedCapabilities: [] }],
    ["K8sPSPCapabilities", { allowedCapabilities: ["CHOWN"] }],
  ])("%s with %j refuses the proxy", (kind, parameters) => {
    expect(told({ ...proxy, objects: [constraint(kind, parameters)] }).blocks).toMatchObject([
      { code: "proxy-against-policy", args: { policies: [`${kind} azurepolicy-1`], namespace: "shop" } },
    ]);
  });

  test.each<[string, JsonObject, JsonObject?]>([
    ["K8sPSPPrivilegedContainer", { exemptImages: ["mcr.microsoft.com/oss/azure/*"] }],
    ["K8sPSPPrivilegedContainer", {}, { enforcementAction: "warn" }],
    ["K8sPSPPrivilegedContainer", {}, { match: { namespaces: ["bank"] } }],
    ["K8sAzureV3AllowedCapabilities", { allowedCapabilities: ["NET_ADMIN"] }],
    ["K8sAzureV3AllowedCapabilities", { allowedCapabilities: [], excludedContainers: ["azwi-proxy-init"] }],
    ["K8sPSPCapabilities", { allowedCapabilities: ["*"] }],
  ])("%s with %j and %j lets it in", (kind, parameters, more) => {
    expect(codes({ ...proxy, objects: [constraint(kind, parameters, more)] })).toMatchObject(nothing);
  });
});

describe("a policy in a language that is not read", () => {
  const pattern = { spec: { "=(initContainers)": [{ "=(securityContext)": { "=(privileged)": "false" } }] } };
  const pods = { any: [{ resources: { kinds: ["Pod"] } }] };
  const kyverno = (spec: JsonObject, rule: JsonObject = {}, kind = "ClusterPolicy") =>
    object("kyverno.io/v1", kind, kind === "Policy" ? "bank/unprivileged" : "unprivileged", {
      spec: { rules: [{ name: "privileged", match: pods, validate: { pattern }, ...rule }], ...spec },
    });
  const enforce = { validationFailureAction: "Enforce" };
  const admission = (expression: string, resources = ["pods"]) =>
    object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "unprivileged", {
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources }],
        },
        validations: [{ expression }],
      },
    });
  const onContainers = "object.spec.initContainers.all(c, !c.securityContext.privileged)";

  test.each<[string, ReturnType<typeof object>]>([
    ["enforcing for all rules", kyverno(enforce)],
    ["enforcing as older releases say it", kyverno({ validationFailureAction: "enforce" })],
    [
      "enforcing by one rule",
      kyverno({}, { validate: { failureAction: "Enforce", podSecurity: { level: "baseline" } } }),
    ],
    [
      "enforcing in a namespace",
      kyverno({ validationFailureActionOverrides: [{ action: "enforce", namespaces: ["*"] }] }),
    ],
    ["of the API server", admission(onContainers)],
  ])("%s is not judged, until people have", (_, policy) => {
    const name = `${policy.kind} unprivileged`;
    const { blocks, notChecked } = told({ ...proxy, objects: [policy] });
    expect(blocks).toEqual([]);
    expect(notChecked).toMatchObject([
      { code: "proxy-policies-not-judged", args: { policies: [name], namespace: "shop" } },
    ]);
    const workloads = { "shop/Deployment/cart": { covered: [name] } };
    expect(codes({ decisions: { ...proxy.decisions, workloads }, objects: [policy] })).toMatchObject(nothing);
    expect(codes({ objects: [policy] })).toMatchObject(nothing);
  });

  test.each<[string, ReturnType<typeof object>]>([
    ["only reports", kyverno({ validationFailureAction: "Audit" })],
    ["only mutates", kyverno(enforce, { validate: undefined, mutate: pattern } as unknown as JsonObject)],
    ["is about labels", kyverno(enforce, { validate: { pattern: { metadata: { labels: { team: "?*" } } } } })],
    ["is about Deployments", kyverno(enforce, { match: { any: [{ resources: { kinds: ["apps/v1/Deployment"] } }] } })],
    ["leaves the namespace out", kyverno(enforce, { exclude: { any: [{ resources: { namespaces: ["sh*"] } }] } })],
    [
      "is for another namespace",
      kyverno(enforce, { match: { any: [{ resources: { kinds: ["Pod"], namespaces: ["bank"] } }] } }),
    ],
    ["stands in another namespace", kyverno(enforce, {}, "Policy")],
    ["of the API server is about labels", admission("has(object.metadata.labels.team)")],
    ["of the API server is about Services", admission(onContainers, ["services"])],
  ])("that %s says nothing of the proxy", (_, policy) => {
    expect(codes({ ...proxy, objects: [policy] })).toMatchObject(nothing);
  });
});
