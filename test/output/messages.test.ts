import { describe, expect, test } from "vitest";
import { type Code, type FindingArgs, finding, severities } from "../../src/core/findings/codes.ts";
import { explain, messages } from "../../src/output/messages.ts";
import { accountReferencesSamples } from "./samples/accountReferences.ts";
import { accountsSamples } from "./samples/accounts.ts";
import { azureSamples } from "./samples/azure.ts";
import { clientPathSamples } from "./samples/clientPath.ts";
import { cloudsSamples } from "./samples/clouds.ts";
import { consumersSamples } from "./samples/consumers.ts";
import { credentialsSamples } from "./samples/credentials.ts";
import { egressSamples } from "./samples/egress.ts";
import { identitiesSamples } from "./samples/identities.ts";
import { identityBindingsSamples } from "./samples/identityBindings.ts";
import { labelPlacesSamples } from "./samples/labelPlaces.ts";
import { managedClustersSamples } from "./samples/managedClusters.ts";
import { ownershipSamples } from "./samples/ownership.ts";
import { podIdentitySamples } from "./samples/podIdentity.ts";
import { proofSamples } from "./samples/proof.ts";
import { readingSamples } from "./samples/reading.ts";
import { servicePrincipalsSamples } from "./samples/servicePrincipals.ts";
import { workloadsSamples } from "./samples/workloads.ts";

/** Arguments for every code, in which every string is hostile. */
const hostileArgs: { [C in Code]: FindingArgs[C] } = {
  ...accountReferencesSamples,
  ...accountsSamples,
  ...azureSamples,
  ...clientPathSamples,
  ...cloudsSamples,
  ...consumersSamples,
  ...credentialsSamples,
  ...egressSamples,
  ...identityBindingsSamples,
  ...identitiesSamples,
  ...labelPlacesSamples,
  ...managedClustersSamples,
  ...ownershipSamples,
  ...podIdentitySamples,
  ...proofSamples,
  ...readingSamples,
  ...servicePrincipalsSamples,
  ...workloadsSamples,
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
    expect(explain(finding("kind-not-readable", {}, { ...args, reason: "etcd is sad", hint: "Try again." }))).toBe(
      "Pod objects cannot be listed in the cluster (etcd is sad), so what depends on them is not checked. Try again.",
    );
  });

  test("says how the pods of each kind are restarted", () => {
    const args = { serviceAccount: "cart", namespace: "shop", name: "cart" };
    const told = (kind: string) => explain(finding("pods-need-restart", {}, { ...args, kind }));
    expect(told("StatefulSet")).toContain("kubectl rollout restart statefulset/cart -n shop; verify");
    expect(told("ReplicaSet")).toContain("delete the pods one at a time; verify");
  });

  test("names the command that prints the role for a cluster in which nothing can be listed, to be copied", () => {
    const args = { context: "aks east", reason: "Nothing can be listed in URL." };
    expect(explain(finding("cluster-not-read", {}, args))).toContain(
      "Nothing can be listed in URL. Ask for the role that `azwi-migrate scan --context 'aks east'` prints.",
    );
  });

  test("cuts long lists of names", () => {
    const kinds = Array.from({ length: 20 }, (_, index) => `Kind${index}`);
    expect(explain(finding("bindings-not-checked", {}, { kinds }))).toMatch(
      /^Kind0, Kind1, Kind2, Kind3, Kind4, Kind5, Kind6, Kind7 and 12 more objects/,
    );
  });
});
