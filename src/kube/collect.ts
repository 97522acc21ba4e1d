import pLimit from "p-limit";
import type { Clock } from "../core/clock.ts";
import { CommandError } from "../core/errors.ts";
import { clusterRef } from "../core/facts.ts";
import { type Finding, finding } from "../core/findings/codes.ts";
import { type ReadKind, readKinds } from "../core/kinds.ts";
import { apiGroup, type KubernetesObject, kindKey } from "../core/kubernetes.ts";
import type { FoundObject, SourceId, Unknown } from "../core/model.ts";
import type { CollectedCluster } from "../core/ports.ts";
import { type ClusterIdentity, readIdentity, readIssuer, readServerVersion } from "./clusterFacts.ts";
import { type CollectedKind, collectKind } from "./collectKind.ts";
import { discover, type GroupKind } from "./discovery.ts";
import { patientReader } from "./patience.ts";
import { readerRole } from "./readerRole.ts";
import { podIdentityVersion, type Resource, resources } from "./resources.ts";
import type { Connection } from "./transport.ts";
import { readWebhookConfigMaps } from "./webhookConfigMaps.ts";

type Discovered = Awaited<ReturnType<typeof discover>>;

export interface CollectOptions {
  /** `-n`: read instead where the whole cluster may not be listed; else the context's namespace. It never narrows what is read. */
  namespaces?: readonly string[];
  signal?: AbortSignal;
  /** Told after each kind. */
  progress?: (read: { kind: string; objects: number }) => void;
  clock?: Pick<Clock, "sleep">;
}

/** The kinds of which every object is read. Longest lists first. Never Secrets. */
export const collectedKinds: readonly string[] = [
  "Pod",
  "ReplicaSet",
  "Deployment",
  "Job",
  "StatefulSet",
  "DaemonSet",
  "CronJob",
  "ReplicationController",
  "ServiceAccount",
  "RoleBinding",
  "ClusterRoleBinding",
  "MutatingWebhookConfiguration",
  "AzureIdentity",
  "AzureIdentityBinding",
  "AzurePodIdentityException",
  "AzureAssignedIdentity",
];

/**
 * Reads one cluster: what it is, and one list for each kind that matters. What cannot be read ends as `unknown` with a finding;
 * nothing is guessed from its absence.
 *
 * @throws CommandError when the server cannot be reached, refuses the credentials, or lets nothing be listed; the signal's
 *   reason when it aborts
 */
export async function collectCluster(connection: Connection, options: CollectOptions = {}): Promise<CollectedCluster> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const reader = patientReader(connection, options.clock);
  try {
    const identity = await readIdentity(reader, signal);
    return await readCluster(reader, identity, { ...options, signal });
  } catch (error) {
    // What one request throws, all others need not finish.
    stop.abort(error);
    throw error;
  }
}

async function readCluster(
  connection: Connection,
  identity: ClusterIdentity,
  options: CollectOptions & { signal: AbortSignal },
): Promise<CollectedCluster> {
  const { signal, progress } = options;
  const source = identity.id;
  const namespaces = options.namespaces?.length ? options.namespaces : [connection.namespace ?? "default"];
  const limit = pLimit(6);
  const collect = (resource: Resource) =>
    limit(async () => {
      const kind = await collectKind(connection, resource, { source, namespaces, signal });
      progress?.({ kind: resource.kind, objects: kind.objects.length });
      return kind;
    });
  const wanted = collectedKinds.flatMap(kind => resources.filter(resource => resource.kind === kind));
  const own = wanted.filter(resource => resource.apiVersion === podIdentityVersion);
  const readDiscovered = async () => {
    const discovered = await limit(() => discover(connection, [...own.map(groupKind), ...readKinds], signal));
    const isServed = (one: GroupKind) => discovered.versions.has(`${one.kind}.${one.group}`);
    const podIdentityUnknown = discovered.unknown.has(apiGroup(podIdentityVersion));
    const served = own.filter(resource => podIdentityUnknown || isServed(groupKind(resource)));
    const more = readKinds.flatMap(kind => resourcesOf(kind, discovered));
    const [kinds, moreKinds] = await Promise.all([Promise.all(served.map(collect)), Promise.all(more.map(collect))]);
    return { installed: served.length > 0, kinds, moreKinds, undiscovered: readKinds.filter(isUnknown(discovered)) };
  };
  const [discovered, issuer, serverVersion, builtIn] = await Promise.all([
    readDiscovered(),
    limit(() => readIssuer(connection, source, signal)),
    limit(() => readServerVersion(connection, signal)),
    Promise.all(wanted.filter(resource => resource.apiVersion !== podIdentityVersion).map(collect)),
  ]);
  const kinds = [...builtIn, ...discovered.kinds];
  if (kinds.every(kind => kind.forbidden)) throw nothingReadable(connection, wanted, kinds);
  const objects = [...kinds, ...discovered.moreKinds].flatMap(kind =>
    kind.objects.map(object => found(object, source)),
  );
  const settings = await readWebhookConfigMaps(connection, source, objects, signal);
  const findings: Finding[] = [...identity.findings, ...issuer.findings, ...settings.findings];
  for (const kind of kinds) findings.push(...kind.findings);
  findings.push(...lessReadable(source, discovered.moreKinds, discovered.undiscovered));
  return {
    id: source,
    context: connection.context,
    server: connection.server,
    ...(serverVersion === undefined ? {} : { serverVersion }),
    ...(issuer.issuer === undefined ? {} : { issuer: issuer.issuer }),
    podIdentityInstalled: discovered.installed,
    objects: [...objects, ...settings.objects.map(object => found(object, source))],
    unknown: [
      ...[...kinds, ...discovered.moreKinds].flatMap(kind => kind.unknown),
      ...discovered.undiscovered.map(kind => unknownKind(source, kind)),
    ],
    findings,
  };
}

function groupKind({ apiVersion, kind }: Resource): GroupKind {
  return { group: apiGroup(apiVersion), kind };
}

/** The kind in the version that the server has; the core group has one version alone and needs no discovery. */
function resourcesOf(
  { group, kind, plural, namespaced, fields = ["spec"] }: ReadKind,
  { versions }: Pick<Discovered, "versions">,
): Resource[] {
  const apiVersion = group === "" ? "v1" : versions.get(`${kind}.${group}`);
  return apiVersion === undefined ? [] : [{ apiVersion, kind, plural, namespaced, fields }];
}

/** A group that discovery did not tell of, or not wholly, may hold any kind that was not found. */
function isUnknown({ unknown, versions }: Discovered): (kind: ReadKind) => boolean {
  return ({ group, kind }) => group !== "" && unknown.has(group) && !versions.has(`${kind}.${group}`);
}

function unknownKind(source: SourceId, { group, kind }: ReadKind): Unknown {
  const reason = "discovery of its API group failed";
  return { source, kind: kindKey({ apiVersion: `${group}/v1`, kind }), except: [], reason };
}

/** What only some rules need is told in one finding: what depends on it is named where it matters. */
function lessReadable(source: SourceId, kinds: readonly CollectedKind[], undiscovered: readonly ReadKind[]): Finding[] {
  const names = [
    ...kinds.filter(kind => kind.unknown.length > 0).map(({ resource }) => resource.kind),
    ...undiscovered.map(({ kind }) => kind),
  ];
  if (names.length === 0) return [];
  const reason = kinds.flatMap(kind => kind.unknown)[0]?.reason ?? "discovery failed";
  return [finding("more-kinds-not-readable", { subject: clusterRef(source) }, { kinds: names.sort(), reason })];
}

function found(object: KubernetesObject, source: SourceId): FoundObject {
  const { apiVersion, kind, metadata } = object;
  const { namespace, name, uid } = metadata;
  // Written out for what nearly all are: an object that grows field by field takes twice the room, and there are ten thousands.
  if (namespace !== undefined && uid !== undefined) {
    return { ref: { source, apiVersion, kind, namespace, name, uid }, object };
  }
  const where = namespace === undefined ? {} : { namespace };
  return { ref: { source, apiVersion, kind, ...where, name, ...(uid === undefined ? {} : { uid }) }, object };
}

function nothingReadable(connection: Connection, wanted: Resource[], kinds: CollectedKind[]): CommandError {
  const [reason] = kinds.flatMap(kind => kind.unknown).map(gap => gap.reason);
  return new CommandError(
    `Nothing can be listed in ${connection.server} (context ${connection.context}): ${reason ?? "forbidden"}`,
    {
      hint: `Ask for this role, in the whole cluster or (as a Role) in your namespaces:\n\n${readerRole([...wanted, ...readKinds])}`,
    },
  );
}
