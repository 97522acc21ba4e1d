import { stringify } from "yaml";
import { apiGroup } from "../core/kubernetes.ts";
import type { Resource } from "./resources.ts";

/** The ClusterRole that lets a user read these kinds in the whole cluster, and what else a scan asks for, as YAML. */
export function readerRole(kinds: readonly Resource[]): string {
  const plurals = new Map<string, string[]>();
  for (const { apiVersion, plural } of kinds) {
    const group = apiGroup(apiVersion);
    plurals.set(group, [...(plurals.get(group) ?? []), plural]);
  }
  const rules = [...plurals]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, names]) => ({
      apiGroups: [group],
      resources: names.sort(),
      verbs: ["get", "list"],
    }));
  return stringify({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "azwi-migrate-reader" },
    rules: [
      ...rules,
      { apiGroups: [""], resources: ["namespaces"], resourceNames: ["kube-system"], verbs: ["get"] },
      { nonResourceURLs: ["/.well-known/openid-configuration"], verbs: ["get"] },
    ],
  });
}
