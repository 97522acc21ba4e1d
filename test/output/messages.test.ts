import { describe, expect, test } from "vitest";
import { type Code, type FindingArgs, finding, severities } from "../../src/core/findings/codes.ts";
import { explain, messages } from "../../src/output/messages.ts";

const hostile = "\u001b[31m\u202e\n::error::";

/** Arguments for every code, in which every string is hostile. */
const hostileArgs: { [C in Code]: FindingArgs[C] } = {
  "kind-not-readable": { kind: hostile, resource: hostile, apiGroup: hostile, namespace: hostile, reason: hostile },
  "cluster-kind-not-readable": { kind: hostile, resource: hostile, apiGroup: hostile, reason: hostile },
  "cluster-identity-unknown": { reason: hostile },
  "issuer-not-readable": { reason: hostile },
  "pod-identity-not-installed": { context: hostile },
  "yaml-invalid": { reason: hostile },
  "file-not-readable": { reason: hostile },
  "template-not-rendered": { kind: "helm", text: hostile },
  "object-incomplete": { reason: hostile },
  "duplicate-object": { first: hostile },
  "namespace-assumed": { namespace: hostile },
  "pod-identity-mode-assumed": { mode: hostile },
  "legacy-field-case": { field: hostile, expected: hostile },
  "binding-without-identity": { azureIdentity: hostile },
  "identity-without-binding": {},
  "label-without-binding": { label: hostile },
  "resource-id-invalid": { resourceID: hostile },
  "client-id-missing": {},
  "namespace-wide-binding": { binding: hostile },
  excepted: { exception: hostile },
  "host-network": {},
  "service-account-default": { dedicated: hostile },
  "service-account-shared": { serviceAccount: hostile, others: [hostile, hostile], dedicated: hostile },
  "service-account-names-other-identity": {
    serviceAccount: hostile,
    annotation: hostile,
    value: hostile,
    dedicated: hostile,
  },
  "service-account-reused": { serviceAccount: hostile },
  "service-account-missing": { serviceAccount: hostile },
  "credential-adopted": { name: hostile, principal: hostile },
  "several-identities": { candidates: [hostile, hostile] },
  "service-principal-identity": { azureIdentity: hostile },
  "object-owned": { tool: hostile, evidence: hostile },
  "role-bindings-not-carried-over": { serviceAccount: hostile, bindings: [hostile, hostile] },
  "image-pull-secrets-not-carried-over": { serviceAccount: hostile, secrets: [hostile, hostile] },
  "automount-not-carried-over": { serviceAccount: hostile, value: false },
  "client-id-mismatch": { resourceID: hostile, azureIdentity: hostile, azure: hostile },
  "identity-not-found": { resourceID: hostile },
  "credential-audience-differs": { name: hostile, audiences: [hostile, hostile], expected: hostile },
  "credential-name-taken": { name: hostile, subject: hostile },
  "webhook-not-installed": {},
  "issuer-mismatch": { flag: hostile, cluster: hostile },
  "issuer-not-enabled": { issuer: hostile },
  "proxy-on-host-network": {},
  "proxy-on-windows": {},
  "rollout-paused": {},
  "client-id-in-template": { clientID: hostile, expected: hostile },
  "job-immutable": {},
  "pod-not-managed": {},
  "pods-do-not-roll": { kind: hostile },
  "azure-not-checked": { reason: hostile },
  "issuer-unknown": {},
  "mode-unknown": { reason: hostile },
  "bindings-not-checked": { kinds: [hostile, hostile] },
  "service-account-not-checked": { kinds: [hostile, hostile] },
  "role-bindings-not-checked": { kinds: [hostile, hostile] },
  "webhook-not-checked": { reason: hostile },
};

describe("messages", () => {
  test.each(Object.keys(severities) as Code[])("%s says what it means and lets nothing hostile through", code => {
    const { title } = messages[code];
    const explained = explain(finding(code, {}, hostileArgs[code]));
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(explained).toMatch(/^\S.{30,}\S$/);
    expect(explained).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|undefined|\[object| {2}/u);
  });

  test("names the rule that is missing, for the cluster or for a namespace", () => {
    const args = { kind: "Pod", resource: "pods", apiGroup: "", reason: "forbidden" };
    expect(explain(finding("kind-not-readable", {}, { ...args, namespace: "shop" }))).toBe(
      'Pod objects cannot be listed in namespace shop (forbidden), so what depends on them is not checked. Needed: verb list on resource pods of API group "" in a Role that is bound to you.',
    );
    expect(explain(finding("kind-not-readable", {}, args))).toContain("in a ClusterRole that is bound to you");
  });

  test("cuts long lists of names", () => {
    const kinds = Array.from({ length: 20 }, (_, index) => `Kind${index}`);
    expect(explain(finding("bindings-not-checked", {}, { kinds }))).toMatch(
      /^Kind0, Kind1, Kind2, Kind3, Kind4, Kind5, Kind6, Kind7 and 12 more objects/,
    );
  });
});
