import type { CheckedUsage, Verdict } from "../checks/check.ts";
import { isCovered } from "../decisions.ts";
import { isKnown, nameOf } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import { isRecord, type KubernetesObject } from "../kubernetes.ts";
import { all, matchesSelector } from "../labelSelector.ts";
import { strings } from "../workloads/templateContainers.ts";
import { quotasWithoutDefaults } from "./quotas.ts";

/** The constraint with which Azure Policy, and with it the deployment safeguards of AKS Automatic, forbid privileged containers. */
const noPrivilege = "K8sAzureV2NoPrivilege.constraints.gatekeeper.sh";
const podSecurity = "pod-security.kubernetes.io/";

/**
 * Whether admission takes pods with the proxy's containers in this namespace. What an API server enforces by its own
 * configuration, and whom that exempts, no object tells.
 */
export function proxyAdmission(checked: CheckedUsage): Verdict {
  const { facts, usage, decision } = checked;
  const { source, namespace = "default" } = usage.workload;
  const about = { subject: usage.workload };
  const blocks: Finding[] = [];
  const notChecked: Finding[] = [];
  const { quotas, resources } = quotasWithoutDefaults(checked);
  const uncovered = quotas.filter(name => !isCovered(decision, name));
  if (uncovered.length > 0) blocks.push(finding("proxy-without-resources", about, { quotas: uncovered, resources }));
  const unread = [noPrivilege, "ResourceQuota", "LimitRange"].filter(kind => !isKnown(facts, source, kind, namespace));
  const level = podSecurityOf(checked);
  blocks.push(...(level.blocks ?? []));
  if (unread.length > 0 && !isCovered(decision, `Namespace ${namespace}`))
    notChecked.push(finding("admission-policies-not-checked", about, { kinds: unread, namespace }));
  const labels = facts.objects.find(source, "Namespace", undefined, namespace)?.object.metadata.labels ?? {};
  const podLabels = checked.template?.metadata?.labels ?? {};
  const constraints = facts.objects
    .ofKind(source, noPrivilege)
    .filter(one => forbidsProxy(one.object, { namespace, labels, podLabels }))
    .map(one => nameOf(one.ref))
    .filter(name => !isCovered(decision, name));
  if (constraints.length > 0) blocks.push(finding("proxy-against-policy", about, { policies: constraints, namespace }));
  return { reasons: level.reasons ?? [], blocks, notChecked: [...notChecked, ...(level.notChecked ?? [])] };
}

/** azwi-proxy-init is privileged, adds NET_ADMIN and runs as root: baseline and restricted forbid that in every version. */
function podSecurityOf({ facts, usage, decision }: CheckedUsage): Verdict {
  const { source, namespace = "default" } = usage.workload;
  const about = { subject: usage.workload };
  const found = facts.objects.find(source, "Namespace", undefined, namespace);
  if (isCovered(decision, `Namespace ${namespace}`)) return {};
  if (!found && !isKnown(facts, source, "Namespace"))
    return { notChecked: [finding("pod-security-not-checked", about, { namespace })] };
  const labels = found?.object.metadata.labels ?? {};
  const level = labels[`${podSecurity}enforce`];
  const version = labels[`${podSecurity}enforce-version`] ?? "latest";
  const warned = ["warn", "audit"].flatMap(mode => {
    const value = labels[podSecurity + mode];
    return value === "baseline" || value === "restricted" ? [`${mode}: ${value}`] : [];
  });
  return {
    // A level that is none counts as restricted (k8s.io/pod-security-admission, api/helpers.go:ParseLevel).
    blocks:
      level === undefined || level === "privileged"
        ? []
        : [finding("proxy-against-pod-security", about, { namespace, level, version })],
    reasons: warned.length > 0 ? [finding("proxy-pod-security-warns", about, { namespace, levels: warned })] : [],
  };
}

interface Place {
  namespace: string;
  labels: Record<string, string>;
  podLabels: Record<string, string>;
}

/** As Gatekeeper matches; what cannot be read of a constraint counts as meant. Only "deny" (also what holds where nothing is said) refuses. */
function forbidsProxy({ spec }: KubernetesObject, { namespace, labels, podLabels }: Place): boolean {
  const action = spec?.enforcementAction;
  if (action !== undefined && action !== "deny") return false;
  const parameters = isRecord(spec?.parameters) ? spec.parameters : {};
  if (strings(parameters.excludedContainers).includes("azwi-proxy-init")) return false;
  const match = isRecord(spec?.match) ? spec.match : {};
  if (strings(match.excludedNamespaces).some(pattern => fits(pattern, namespace))) return false;
  const named = strings(match.namespaces);
  if (named.length > 0 && !named.some(pattern => fits(pattern, namespace))) return false;
  const selected = all([
    match.namespaceSelector === undefined || matchesSelector(match.namespaceSelector, labels),
    match.labelSelector === undefined || matchesSelector(match.labelSelector, podLabels),
  ]);
  return selected !== false;
}

/** Names of Gatekeeper may begin or end with an asterisk. */
function fits(pattern: string, namespace: string): boolean {
  if (pattern.startsWith("*") && pattern.endsWith("*") && pattern.length > 1)
    return namespace.includes(pattern.slice(1, -1));
  if (pattern.endsWith("*")) return namespace.startsWith(pattern.slice(0, -1));
  return pattern.startsWith("*") ? namespace.endsWith(pattern.slice(1)) : pattern === namespace;
}
