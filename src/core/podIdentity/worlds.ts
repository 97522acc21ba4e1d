import { clusterSource, type Facts, isKnown, type ObjectIndex } from "../facts.ts";
import type {
  ClusterSource,
  Decisions,
  FoundObject,
  Installation,
  MatchedIdentity,
  ObjectRef,
  SourceId,
} from "../model.ts";
import { compare } from "../order.ts";
import {
  type MatchingMode,
  matchingModes,
  micNamespacesOf,
  modesOf,
  podIdentityInstallations,
} from "./installation.ts";
import { PodIdentityWorld } from "./match.ts";

/** Where a source's workloads run, with the bindings, identities and exceptions that count there. */
export interface World {
  /** Absent for files alone. */
  cluster?: ClusterSource;
  world: PodIdentityWorld;
  /** See `isTakenForMIC`. */
  micNamespaces: readonly string[];
}

/**
 * The worlds in which workloads of this source are matched: its own for a cluster. Files beside clusters are about to be
 * applied to some of them, so that they are matched in each, with what it has and with what the files add to that.
 */
export function worldsOf(facts: Facts, source: SourceId, decisions: Pick<Decisions, "podIdentityMode">): World[] {
  const own = (kind: string) => facts.objects.ofKind(source, kind);
  const clusters = clustersOf(facts, source);
  if (clusters.length === 0) {
    const world = new PodIdentityWorld(modesInFiles(facts.objects, source, decisions), own);
    return [{ world, micNamespaces: micNamespacesOf(installationsInFiles(facts.objects, source)) }];
  }
  return clusters.map(cluster => ({
    cluster,
    world: new PodIdentityWorld(modesIn(cluster, decisions), kind =>
      cluster.id === source ? own(kind) : withoutTwins(facts.objects.ofKind(cluster.id, kind), own(kind)),
    ),
    micNamespaces: micNamespacesOf(cluster.podIdentity),
  }));
}

/** The clusters whose objects count for this source: itself, or for files all of them, by id. */
export function clustersOf(facts: Facts, source: SourceId): ClusterSource[] {
  const own = clusterSource(facts, source);
  if (own) return [own];
  return facts.sources
    .filter((one): one is ClusterSource => one.type === "cluster")
    .sort((a, b) => compare(a.id, b.id));
}

/** The cluster that a source's workloads run in, or are about to: files beside one cluster are for that, beside several for none. */
export function onlyClusterOf(facts: Facts, source: SourceId): ClusterSource | undefined {
  const [only, ...others] = clustersOf(facts, source);
  return others.length === 0 ? only : undefined;
}

/** How bindings are matched for a source: as seen in its clusters, else as a flag, its own files or the default has it. */
export function modesOfSource(
  facts: Facts,
  source: SourceId,
  decisions: Pick<Decisions, "podIdentityMode">,
): readonly MatchingMode[] {
  const clusters = clustersOf(facts, source);
  if (clusters.length === 0) return modesInFiles(facts.objects, source, decisions);
  return [...new Set(clusters.flatMap(cluster => modesIn(cluster, decisions)))];
}

/** Whether the mode is neither seen nor given: NMI may be there, unread. */
export function isModeUnknown(facts: Facts, source: SourceId, decisions: Pick<Decisions, "podIdentityMode">): boolean {
  return (
    decisions.podIdentityMode === undefined &&
    clustersOf(facts, source).some(
      cluster => cluster.podIdentity.length === 0 && !isKnown(facts, cluster.id, "DaemonSet"),
    )
  );
}

/** The kinds that decide what a pod of this namespace gets, as far as the mode reaches, and that could not be read. */
export function unknownBindingKinds(
  facts: Facts,
  { source, namespace }: Pick<ObjectRef, "source" | "namespace">,
  decisions: Pick<Decisions, "podIdentityMode">,
): string[] {
  return ["AzureIdentity", "AzureIdentityBinding"].filter(kind =>
    clustersOf(facts, source).some(cluster => {
      const isLocal = modesIn(cluster, decisions).every(mode => mode.namespaced);
      return !isKnown(facts, cluster.id, kind, isLocal ? namespace : undefined);
    }),
  );
}

/**
 * What pods with any of these labels get in these worlds, all in all: an identity that two of them have alike counts once, one
 * that two clusters have differently does not.
 */
export function matchIn(
  worlds: readonly World[],
  namespace: string,
  labels: readonly (string | undefined)[],
): MatchedIdentity[] {
  const matched = new Map<string, MatchedIdentity>();
  for (const { world } of worlds) {
    for (const one of labels.flatMap(label => world.match(namespace, label))) {
      const key = [one.namespace, one.name, one.clientID.toLowerCase(), one.resourceID.toLowerCase()].join("\n");
      if (!matched.has(key)) matched.set(key, one);
    }
  }
  return [...matched.values()];
}

function modesIn(cluster: ClusterSource, decisions: Pick<Decisions, "podIdentityMode">): MatchingMode[] {
  const seen = modesOf(cluster.podIdentity);
  return seen.length > 0 ? seen : givenModes(decisions);
}

function modesInFiles(
  objects: ObjectIndex,
  source: SourceId,
  decisions: Pick<Decisions, "podIdentityMode">,
): readonly MatchingMode[] {
  const inFiles = decisions.podIdentityMode === undefined ? modesOf(installationsInFiles(objects, source)) : [];
  return inFiles.length > 0 ? inFiles : givenModes(decisions);
}

/**
 * NMI and MIC that are among files, where all of them match in one way: files alone are for the cluster that they install pod
 * identity in. Of several that differ, as for several clusters, none says anything.
 */
export function installationsInFiles(objects: ObjectIndex, source: SourceId): Installation[] {
  const installations = podIdentityInstallations(kind => objects.ofKind(source, kind));
  return modesOf(installations).length === 1 ? installations : [];
}

function givenModes({ podIdentityMode = "standard" }: Pick<Decisions, "podIdentityMode">): MatchingMode[] {
  return [matchingModes[podIdentityMode]];
}

/** What is live comes before what a file says of the same object: the question is what pods get today. */
function withoutTwins(live: readonly FoundObject[], inFiles: readonly FoundObject[]): FoundObject[] {
  const key = ({ ref }: FoundObject) => `${ref.namespace ?? "default"}/${ref.name}`;
  const names = new Set(live.map(key));
  return [...live, ...inFiles.filter(one => !names.has(key(one)))];
}
