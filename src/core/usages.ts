import { defaultIdentityOf, principalsOf } from "./azure/principals.ts";
import { decisionFor } from "./decisions.ts";
import { clusterSource, type Facts, isKnown } from "./facts.ts";
import { type Finding, finding } from "./findings/codes.ts";
import type { ReadFrom } from "./findings/severity.ts";
import { kindKey, type PodSpec, type PodTemplate, serviceAccountOf } from "./kubernetes.ts";
import type { Decisions, MatchedIdentity, ObjectRef, Usage, UsageState } from "./model.ts";
import { compare } from "./order.ts";
import { ownerOf } from "./owners/ownership.ts";
import { Assignments } from "./podIdentity/assignments.ts";
import { isUsersException } from "./podIdentity/exceptions.ts";
import { bindingLabel } from "./podIdentity/match.ts";
import { exceptedFindings, matchFindings } from "./podIdentity/matchFindings.ts";
import { misplacedLabels } from "./podIdentity/misplacedLabels.ts";
import { objectFindings } from "./podIdentity/objectFindings.ts";
import { isPodIdentityItself } from "./podIdentity/podIdentityComponents.ts";
import { matchIn, unknownBindingKinds, type World, worldsOf } from "./podIdentity/worlds.ts";
import { labelSelector } from "./selector.ts";
import { tokenAskedFor } from "./trust/backend.ts";
import { usageIdOf } from "./usageId.ts";
import {
  clientIDAnnotation,
  clientIDsOf,
  isMutated,
  isSameClientID,
  selectsWorkloadIdentity,
} from "./workloadIdentity/workloadIdentity.ts";
import { labelsInUse, type PodLabels, podLabelsInUse, templateInUse } from "./workloads/usedTemplate.ts";
import { workloadFindings } from "./workloads/workloadFindings.ts";
import { type Workload, workloadsOf } from "./workloads/workloads.ts";

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
    const worlds = worldsOf(facts, source.id, decisions);
    const [own] = worlds;
    const assignments = source.type === "cluster" && own ? new Assignments(facts, source, own.world) : undefined;
    findings.push(...objectFindings(facts, source.id, decisions));
    for (const workload of workloadsOf(facts, source.id)) {
      const { ref, location } = workload.found;
      const key = `${kindKey(ref)}/${ref.namespace}/${ref.name}`;
      const twins = source.type === "files" ? inCluster.get(key) : undefined;
      if (twins) {
        for (const twin of twins) if (location) twin.locations.push(location);
        continue;
      }
      findings.push(...misplacedLabels(workload));
      const usage = usageOf(facts, worlds, workload, decisions, assignments);
      if (!usage) {
        findings.push(...findingsWithoutUsage(worlds, workload));
        continue;
      }
      usages.push(usage.usage);
      findings.push(...usage.findings);
      if (source.type === "cluster") inCluster.set(key, [...(inCluster.get(key) ?? []), usage.usage]);
    }
  }
  usages.sort((a, b) => compare(a.id, b.id));
  return { usages, findings: [...findings, ...namespacesNotSeen(facts, decisions)] };
}

/** In a cluster each namespace has an account: one that has nothing is none, unless accounts may not be read there. */
function namespacesNotSeen(facts: Facts, { namespaces = [] }: Decisions): Finding[] {
  const notSeen = namespaces.filter(namespace =>
    facts.sources.every(
      ({ id }) => !facts.objects.hasNamespace(id, namespace) && isKnown(facts, id, "ServiceAccount", namespace),
    ),
  );
  return notSeen.length === 0 ? [] : [finding("namespace-not-seen", {}, { namespaces: notSeen })];
}

/** The usages that `-n` and `-l` choose. Throws a RangeError for a selector that cannot be read. */
export function select<T extends Pick<Usage, "workload">>(
  facts: Facts,
  usages: readonly T[],
  decisions: Pick<Decisions, "namespaces" | "selector">,
): T[] {
  const labelsFit = decisions.selector === undefined ? () => true : labelSelector(decisions.selector);
  return usages.filter(
    ({ workload }) =>
      (decisions.namespaces?.includes(workload.namespace ?? "") ?? true) &&
      labelsFit(facts.objects.get(workload)?.metadata.labels ?? {}),
  );
}

function usageOf(
  facts: Facts,
  worlds: readonly World[],
  workload: Workload,
  decisions: Decisions,
  assignments: Assignments | undefined,
): { usage: Usage; findings: Finding[] } | undefined {
  const { found, pods } = workload;
  const { ref, object, location } = found;
  const template = templateInUse(workload);
  if (!template) return undefined;
  const labels = template.metadata?.labels ?? {};
  const label = labels[bindingLabel];
  const namespace = ref.namespace ?? "default";
  const identities = matchIn(worlds, namespace, labelsInUse(workload));
  const via = label !== undefined ? "label" : identities.length > 0 ? "emptySelector" : "exception";
  const podLabels = podLabelsInUse(workload);
  if (via === "exception" && !hasUsersException(worlds, found, podLabels)) return undefined;

  const serviceAccount = serviceAccountOf(template.spec);
  const owner = ownerOf(facts, ref, object);
  const { identity: chosen } = decisionFor(decisions, { workload: ref });
  const { audience } = decisions;
  const state = stateOf(facts, { ref, template, pods, identities, chosen, serviceAccount, audience });
  const usage: Usage = {
    id: usageIdOf(ref),
    workload: ref,
    locations: location ? [location] : [],
    via,
    ...(label === undefined ? {} : { bindingLabel: label }),
    serviceAccount,
    identities,
    principals: principalsOf(
      identities,
      decisions,
      defaultIdentityOf(facts, decisions, { workload: ref, serviceAccount, state }),
    ),
    ...(owner ? { owner } : {}),
    state,
    pods: pods.length,
    findings: [],
  };
  const unknownKinds = unknownBindingKinds(facts, ref, decisions);
  const findings = [
    ...findingsOfUsage(worlds, usage, {
      found,
      spec: template.spec,
      podLabels,
      unknownKinds,
      among: clusterSource(facts, ref.source) ? "cluster" : "files",
    }),
    ...(assignments?.findingsOf(found) ?? []),
    ...workloadFindings(facts, workload, usage.state),
  ];
  // What could not be read may give it an identity, and an exception any of the node's: neither is one that gets none.
  if (usage.state === "unmatched" && (unknownKinds.length > 0 || via === "exception")) usage.state = "legacy";
  usage.findings = [...new Set(findings.map(one => one.code))];
  return { usage, findings };
}

interface StateInput {
  ref: ObjectRef;
  template: PodTemplate;
  pods: Workload["pods"];
  identities: readonly MatchedIdentity[];
  /** Another identity in their place: whether the account names that, is known when Azure was asked (`chosenUsages`). */
  chosen: string | undefined;
  serviceAccount: string;
  audience: string;
}

function stateOf(
  facts: Facts,
  { ref, template, pods, identities, chosen, serviceAccount, audience }: StateInput,
): UsageState {
  const clientID = facts.objects.find(ref.source, "ServiceAccount", ref.namespace, serviceAccount)?.object.metadata
    .annotations?.[clientIDAnnotation];
  if (!selectsWorkloadIdentity(template)) return identities.length === 0 ? "unmatched" : "legacy";
  if (clientID === undefined) return identities.length === 0 ? "unmatched" : "both";
  const webhook = clusterSource(facts, ref.source)?.webhook.identityBinding;
  const named =
    identities.length === 0 ||
    chosen !== undefined ||
    identities.some(identity => isSameClientID(identity.clientID, clientID));
  // Where pods cannot be listed, none is seen, and any may still be an old one.
  return named &&
    isKnown(facts, ref.source, "Pod", ref.namespace) &&
    pods.every(
      pod =>
        isMutated(pod.object, tokenAskedFor(pod.object, { audience, webhook })) &&
        clientIDsOf(pod.object).every(id => isSameClientID(id, clientID)),
    )
    ? "migrated"
    : "both";
}

function findingsOfUsage(
  worlds: readonly World[],
  usage: Usage,
  {
    found,
    spec,
    podLabels,
    unknownKinds,
    among,
  }: {
    found: Workload["found"];
    spec: PodSpec | undefined;
    podLabels: readonly PodLabels[];
    unknownKinds: string[];
    among: ReadFrom;
  },
): Finding[] {
  const about = { subject: usage.workload, ...(usage.locations[0] ? { at: usage.locations[0] } : {}) };
  const namespace = usage.workload.namespace ?? "default";
  const findings: Finding[] = [];
  if (usage.identities.length === 0) {
    if (unknownKinds.length > 0) findings.push(finding("bindings-not-checked", about, { kinds: unknownKinds }));
    else if (usage.via === "label")
      findings.push(finding("label-without-binding", about, { label: usage.bindingLabel ?? "", among }));
  }
  findings.push(...matchFindings(worlds, about, { namespace, label: usage.bindingLabel }));
  findings.push(...exceptedFindings(worlds, about, { found, namespace, podLabels }));
  if (spec?.hostNetwork === true) findings.push(finding("host-network", about, {}));
  if (usage.via === "emptySelector") {
    findings.push(finding("namespace-wide-binding", about, { binding: usage.identities[0]?.binding.name ?? "" }));
  }
  return findings;
}

/** Pods that nothing tells apart from MIC but their name may use the node's identities; whether they do is not known. */
function findingsWithoutUsage(worlds: readonly World[], { found }: Workload): Finding[] {
  const { ref, location } = found;
  const about = { subject: ref, ...(location ? { at: location } : {}) };
  return exceptedFindings(worlds, about, { found, namespace: ref.namespace ?? "default", podLabels: [] });
}

/** Whether somebody excepted these pods on purpose: not MIC, NMI and AKS's own, for which pod identity brings exceptions. */
function hasUsersException(
  worlds: readonly World[],
  { ref, object }: Workload["found"],
  podLabels: readonly PodLabels[],
): boolean {
  if (podLabels.some(one => one["kubernetes.azure.com/managedby"] === "aks") || isPodIdentityItself(object))
    return false;
  const namespace = ref.namespace ?? "default";
  return worlds.some(({ world }) =>
    podLabels.some(labels => world.exceptions.fitting(namespace, labels, isUsersException) !== undefined),
  );
}
