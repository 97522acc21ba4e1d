import { decisionFor } from "./decisions.ts";
import { clusterSource, type Facts, isKnown } from "./facts.ts";
import { type Finding, finding } from "./findings/codes.ts";
import { type MatchingMode, matchingModes, widestMode } from "./installation.ts";
import { type PodSpec, type PodTemplate, podTemplateOf, serviceAccountOf } from "./kubernetes.ts";
import { bindingLabel, compare, isResourceIDForMIC, PodIdentityWorld } from "./match.ts";
import type { Decisions, MatchedIdentity, ObjectRef, SourceId, Usage, UsageState } from "./model.ts";
import { ownerOf } from "./ownership.ts";
import { principalsOf } from "./principals.ts";
import { labelSelector } from "./selector.ts";
import {
  clientIDAnnotation,
  clientIDsOf,
  isMutated,
  isSameClientID,
  selectsWorkloadIdentity,
} from "./workloadIdentity.ts";
import { type Workload, workloadsOf } from "./workloads.ts";

/** Who uses pod identity, and what is odd about its objects. Usages are of everything that was read, sorted by id; `select` narrows them. */
export interface Found {
  usages: Usage[];
  findings: Finding[];
}

/** Finds every workload that uses pod identity, by label or by a binding without selector, with the identities it gets today. */
export function find(facts: Facts, decisions: Decisions): Found {
  const usages: Usage[] = [];
  const findings: Finding[] = [];
  const inCluster = new Map<string, Usage[]>();
  // Clusters come first: a file that holds an object of the cluster is one more place of the same usage.
  for (const source of [...facts.sources].sort((a, b) => compare(a.type, b.type))) {
    const world = new PodIdentityWorld(matchingMode(facts, source.id, decisions), kind =>
      facts.objects.ofKind(source.id, kind),
    );
    findings.push(...findingsOfWorld(facts, source.id, world));
    for (const workload of workloadsOf(facts, source.id)) {
      const { ref, location } = workload.found;
      const key = `${ref.kind}/${ref.namespace}/${ref.name}`;
      const twins = source.type === "files" ? inCluster.get(key) : undefined;
      if (twins) {
        for (const twin of twins) if (location) twin.locations.push(location);
        continue;
      }
      const usage = usageOf(facts, world, workload, decisions);
      if (!usage) continue;
      usages.push(usage.usage);
      findings.push(...usage.findings);
      if (source.type === "cluster") inCluster.set(key, [...(inCluster.get(key) ?? []), usage.usage]);
    }
  }
  usages.sort((a, b) => compare(a.id, b.id));
  return { usages, findings };
}

/** The usages that `-n` and `-l` choose. Throws a RangeError for a selector that cannot be read. */
export function select(
  facts: Facts,
  usages: readonly Usage[],
  decisions: Pick<Decisions, "namespaces" | "selector">,
): Usage[] {
  const labelsFit = decisions.selector === undefined ? () => true : labelSelector(decisions.selector);
  return usages.filter(
    ({ workload }) =>
      (decisions.namespaces?.includes(workload.namespace ?? "") ?? true) &&
      labelsFit(facts.objects.get(workload)?.metadata.labels ?? {}),
  );
}

/** How bindings are matched in a source, and whether that was seen in the cluster or taken from a flag or the default. */
export function matchingMode(facts: Facts, source: SourceId, decisions: Decisions): MatchingMode {
  const seen = widestMode(clusterSource(facts, source)?.podIdentity ?? []);
  return seen ?? matchingModes[decisions.podIdentityMode ?? "standard"];
}

/** Whether the mode is neither seen nor given: NMI may be there, unread. */
export function isModeUnknown(facts: Facts, source: SourceId, decisions: Decisions): boolean {
  const cluster = clusterSource(facts, source);
  return (
    cluster !== undefined &&
    cluster.podIdentity.length === 0 &&
    decisions.podIdentityMode === undefined &&
    !isKnown(facts, source, "DaemonSet")
  );
}

/** The kinds that decide what a pod of this namespace gets, as far as the mode reaches, and that could not be read. */
export function unknownBindingKinds(
  facts: Facts,
  { source, namespace }: Pick<ObjectRef, "source" | "namespace">,
  decisions: Decisions,
): string[] {
  const reach = matchingMode(facts, source, decisions).namespaced ? namespace : undefined;
  return ["AzureIdentity", "AzureIdentityBinding"].filter(kind => !isKnown(facts, source, kind, reach));
}

function usageOf(
  facts: Facts,
  world: PodIdentityWorld,
  { found, pods }: Workload,
  decisions: Decisions,
): { usage: Usage; findings: Finding[] } | undefined {
  const { ref, object, location } = found;
  const template = podTemplateOf(object);
  if (!template) return undefined;
  const labels = template.metadata?.labels ?? {};
  const label = labels[bindingLabel];
  const namespace = ref.namespace ?? "default";
  const identities = world.match(namespace, label);
  if (label === undefined && identities.length === 0) return undefined;

  const serviceAccount = serviceAccountOf(template.spec);
  const owner = ownerOf(facts, ref, object);
  const usage: Usage = {
    id: `${ref.source}/${namespace}/${ref.kind}/${ref.name}`,
    workload: ref,
    locations: location ? [location] : [],
    via: label === undefined ? "emptySelector" : "label",
    ...(label === undefined ? {} : { bindingLabel: label }),
    serviceAccount,
    identities,
    principals: principalsOf(identities, decisions, decisionFor(decisions, { workload: ref })),
    ...(owner ? { owner } : {}),
    state: stateOf(facts, { ref, template, pods, identities, serviceAccount, audience: decisions.audience }),
    pods: pods.length,
    findings: [],
  };
  const unknownKinds = unknownBindingKinds(facts, ref, decisions);
  const findings = findingsOfUsage(world, usage, { spec: template.spec, labels, unknownKinds });
  // What could not be read may give it an identity: it is not taken for one that gets none.
  if (usage.state === "unmatched" && unknownKinds.length > 0) usage.state = "legacy";
  usage.findings = [...new Set(findings.map(one => one.code))];
  return { usage, findings };
}

interface StateInput {
  ref: ObjectRef;
  template: PodTemplate;
  pods: Workload["pods"];
  identities: readonly MatchedIdentity[];
  serviceAccount: string;
  audience: string;
}

function stateOf(facts: Facts, { ref, template, pods, identities, serviceAccount, audience }: StateInput): UsageState {
  const clientID = facts.objects.find(ref.source, "ServiceAccount", ref.namespace, serviceAccount)?.object.metadata
    .annotations?.[clientIDAnnotation];
  if (!selectsWorkloadIdentity(template)) return identities.length === 0 ? "unmatched" : "legacy";
  if (clientID === undefined) return identities.length === 0 ? "unmatched" : "both";
  const named = identities.length === 0 || identities.some(identity => isSameClientID(identity.clientID, clientID));
  return named &&
    pods.every(
      pod => isMutated(pod.object, audience) && clientIDsOf(pod.object).every(id => isSameClientID(id, clientID)),
    )
    ? "migrated"
    : "both";
}

function findingsOfUsage(
  world: PodIdentityWorld,
  usage: Usage,
  { spec, labels, unknownKinds }: { spec: PodSpec | undefined; labels: Record<string, string>; unknownKinds: string[] },
): Finding[] {
  const about = { subject: usage.workload, ...(usage.locations[0] ? { at: usage.locations[0] } : {}) };
  const findings: Finding[] = [];
  if (usage.identities.length === 0) {
    findings.push(
      unknownKinds.length > 0
        ? finding("bindings-not-checked", about, { kinds: unknownKinds })
        : finding("label-without-binding", about, { label: usage.bindingLabel ?? "" }),
    );
  }
  const exception = world.exceptionFor(usage.workload.namespace ?? "default", labels);
  if (exception !== undefined) findings.push(finding("excepted", about, { exception }));
  if (spec?.hostNetwork === true) findings.push(finding("host-network", about, {}));
  if (usage.via === "emptySelector") {
    findings.push(finding("namespace-wide-binding", about, { binding: usage.identities[0]?.binding.name ?? "" }));
  }
  return findings;
}

function findingsOfWorld(facts: Facts, source: SourceId, world: PodIdentityWorld): Finding[] {
  const findings: Finding[] = [];
  const bound = new Set<unknown>();
  for (const binding of world.bindings) {
    const identity = world.identityOf(binding);
    bound.add(identity);
    if (!identity && isKnown(facts, source, "AzureIdentity", binding.namespace))
      findings.push(finding("binding-without-identity", about(binding), { azureIdentity: binding.azureIdentity }));
  }
  for (const identity of world.identities) {
    if (!bound.has(identity) && isKnown(facts, source, "AzureIdentityBinding", identity.namespace))
      findings.push(finding("identity-without-binding", about(identity), {}));
    if (identity.type !== "userAssigned") continue;
    if (identity.clientID === "") findings.push(finding("client-id-missing", about(identity), {}));
    if (!isResourceIDForMIC(identity.resourceID))
      findings.push(finding("resource-id-invalid", about(identity), { resourceID: identity.resourceID }));
  }
  return findings;
}

function about({ found }: { found: { ref: ObjectRef; location?: Usage["locations"][number] } }): {
  subject: ObjectRef;
  at?: Usage["locations"][number];
} {
  return { subject: found.ref, ...(found.location ? { at: found.location } : {}) };
}
