import { type Finding, finding } from "../findings/codes.ts";
import type { FileLocation, FoundObject, MatchedIdentity, ObjectRef } from "../model.ts";
import { records } from "../workloads/templateContainers.ts";
import type { PodLabels } from "../workloads/usedTemplate.ts";
import { isTakenForMIC } from "./exceptions.ts";
import type { MatchingMode } from "./installation.ts";
import { isPodIdentityItself } from "./podIdentityComponents.ts";
import type { World } from "./worlds.ts";

interface About {
  subject: ObjectRef;
  at?: FileLocation;
}

/** What is odd about how one workload's pods are matched, beside whether they are. */
export function matchFindings(
  worlds: readonly World[],
  about: About,
  { namespace, label }: { namespace: string; label: string | undefined },
): Finding[] {
  const collisions = new Map<string, Set<string>>();
  for (const { world } of worlds) {
    for (const { used, ignored } of world.collisions(namespace, label)) {
      const key = `${used.namespace}/${used.name}`;
      collisions.set(key, (collisions.get(key) ?? new Set()).add(`${ignored.namespace}/${ignored.name}`));
    }
  }
  const among = differingAnswers(worlds, namespace, label);
  // A name may be in every namespace, for every workload: the first few tell as much as all.
  const told = [...collisions].map(([used, ignored]) =>
    finding("identity-name-collision", about, { used, ignored: [...ignored].slice(0, 5), count: ignored.size }),
  );
  return [...told, ...(among.length > 0 ? [finding("identities-differ", about, { among })] : [])];
}

/**
 * What the installations of a cluster, or the clusters that a file may be for, answer where they do not agree. A cluster in
 * which a file's workload matches nothing says nothing: the file need not be for it.
 */
function differingAnswers(worlds: readonly World[], namespace: string, label: string | undefined): string[] {
  const answers = worlds.flatMap(({ cluster, world }) =>
    world.modes.map(mode => ({
      where: [...(cluster ? [cluster.context] : []), ...(world.modes.length > 1 ? [nameOf(mode)] : [])].join(", "),
      identities: world.matchBy(mode, namespace, label).map(nameOfIdentity),
    })),
  );
  const counted = worlds.length > 1 ? answers.filter(one => one.identities.length > 0) : answers;
  const distinct = new Set(counted.map(one => [...one.identities].sort().join("\n")));
  return distinct.size > 1 ? counted.map(one => `${one.where}: ${one.identities.join(", ") || "none"}`) : [];
}

/** How pods of this workload pass NMI by, for whatever identity the node has: by an exception, or by MIC's name. */
export function exceptedFindings(
  worlds: readonly World[],
  about: About,
  { found, namespace, podLabels }: { found: FoundObject; namespace: string; podLabels: readonly PodLabels[] },
): Finding[] {
  if (isPodIdentityItself(found.object)) return [];
  const findings = new Map<string, Finding>();
  for (const { world, micNamespaces } of worlds) {
    for (const exception of podLabels.flatMap(labels => world.exceptionFor(namespace, labels) ?? []))
      findings.set(`labels ${exception}`, finding("excepted", about, { by: "labels", exception }));
    const replicaSet = replicaSetOf(found);
    if (replicaSet !== undefined && isTakenForMIC(micNamespaces, { namespace, replicaSet }))
      findings.set("name", finding("excepted", about, { by: "name", exception: namespace }));
  }
  return [...findings.values()];
}

/** What the names of its ReplicaSets begin with, which is what NMI looks at (pkg/k8s/client.go:getReplicasetName). */
function replicaSetOf({ ref, object }: FoundObject): string | undefined {
  // An Argo Rollout names its ReplicaSets as a Deployment does.
  if (ref.kind === "Deployment" || ref.kind === "Rollout") return `${ref.name}-`;
  if (ref.kind === "ReplicaSet") return ref.name;
  if (ref.kind !== "Pod") return undefined;
  const owner = records(object.metadata.ownerReferences).find(one => String(one.kind).toLowerCase() === "replicaset");
  return typeof owner?.name === "string" ? owner.name : undefined;
}

function nameOf({ mode, namespaced, assignedAcross }: MatchingMode): string {
  if (mode === "managed") return "managed mode";
  return namespaced ? `standard mode, namespaced${assignedAcross ? " by NMI alone" : ""}` : "standard mode";
}

function nameOfIdentity({ namespace, name, clientID }: MatchedIdentity): string {
  return `${namespace}/${name}${clientID === "" ? "" : ` (${clientID})`}`;
}
