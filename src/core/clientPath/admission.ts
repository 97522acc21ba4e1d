import type { CheckedUsage, Verdict } from "../checks/check.ts";
import { isCovered } from "../decisions.ts";
import { isKnown, nameOf } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import { constraintKinds, forbidsProxy, languageKinds, mayRefuseProxy } from "./admissionPolicies.ts";
import { quotasWithoutDefaults } from "./quotas.ts";

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
  const kinds = [...constraintKinds, ...languageKinds, "ResourceQuota", "LimitRange"];
  const unread = kinds.filter(kind => !isKnown(facts, source, kind, namespace));
  const level = podSecurityOf(checked);
  blocks.push(...(level.blocks ?? []));
  if (unread.length > 0 && !isCovered(decision, `Namespace ${namespace}`))
    notChecked.push(finding("admission-policies-not-checked", about, { kinds: unread, namespace }));
  const labels = facts.objects.find(source, "Namespace", undefined, namespace)?.object.metadata.labels ?? {};
  const place = { namespace, labels, podLabels: checked.template?.metadata?.labels ?? {} };
  const named = (kinds: readonly string[], speaksOfIt: typeof forbidsProxy) =>
    kinds.flatMap(kind =>
      facts.objects
        .ofKind(source, kind)
        .filter(one => speaksOfIt(kind, one.object, place))
        .map(one => nameOf(one.ref))
        .filter(name => !isCovered(decision, name)),
    );
  const policies = named(constraintKinds, forbidsProxy);
  if (policies.length > 0) blocks.push(finding("proxy-against-policy", about, { policies, namespace }));
  const unjudged = named(languageKinds, mayRefuseProxy);
  if (unjudged.length > 0)
    notChecked.push(finding("proxy-policies-not-judged", about, { policies: unjudged, namespace }));
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
