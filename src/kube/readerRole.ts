import { stringify } from "yaml";
import type { ReadKind } from "../core/kinds.ts";
import { apiGroup } from "../core/kubernetes.ts";
import type { Resource } from "./resources.ts";

/** By its name in the published manifests and in the chart. */
const webhookConfigMap = {
  apiGroups: [""],
  resources: ["configmaps"],
  resourceNames: ["azure-wi-webhook-config"],
  verbs: ["get"],
};

/** The ClusterRole that lets a user read these kinds in the whole cluster, and what else a scan asks for, as YAML. */
export function readerRole(kinds: readonly (Resource | ReadKind)[]): string {
  const plurals = new Map<string, Set<string>>();
  for (const kind of kinds) {
    const group = "group" in kind ? kind.group : apiGroup(kind.apiVersion);
    plurals.set(group, (plurals.get(group) ?? new Set()).add(kind.plural));
  }
  const rules = [...plurals]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, names]) => ({
      apiGroups: [group],
      resources: [...names].sort(),
      verbs: ["get", "list"],
    }));
  return stringify({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "azwi-migrate-reader" },
    rules: [...rules, webhookConfigMap, { nonResourceURLs: ["/.well-known/openid-configuration"], verbs: ["get"] }],
  });
}
