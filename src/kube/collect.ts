import pLimit from "p-limit";
import type { Clock } from "../core/clock.ts";
import { CommandError } from "../core/errors.ts";
import type { Finding } from "../core/findings/codes.ts";
import type { KubernetesObject } from "../core/kubernetes.ts";
import type { FoundObject, SourceId } from "../core/model.ts";
import type { CollectedCluster } from "../core/ports.ts";
import {
  type ClusterIdentity,
  readIdentity,
  readIssuer,
  readPodIdentityKinds,
  readServerVersion,
} from "./clusterFacts.ts";
import { type CollectedKind, collectKind } from "./collectKind.ts";
import { patientReader } from "./patience.ts";
import { readerRole } from "./readerRole.ts";
import { podIdentityVersion, type Resource, resources } from "./resources.ts";
import type { Connection } from "./transport.ts";

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
  const readOwn = async () => {
    const served = await limit(() => readPodIdentityKinds(connection, signal));
    const asked = own.filter(resource => served === "unknown" || served.includes(resource.kind));
    return { served, kinds: await Promise.all(asked.map(collect)) };
  };
  const [podIdentity, issuer, serverVersion, builtIn] = await Promise.all([
    readOwn(),
    limit(() => readIssuer(connection, source, signal)),
    limit(() => readServerVersion(connection, signal)),
    Promise.all(wanted.filter(resource => resource.apiVersion !== podIdentityVersion).map(collect)),
  ]);
  const kinds = [...builtIn, ...podIdentity.kinds];
  if (kinds.every(kind => kind.forbidden)) throw nothingReadable(connection, wanted, kinds);
  const findings: Finding[] = [...identity.findings, ...issuer.findings];
  for (const kind of kinds) findings.push(...kind.findings);
  return {
    id: source,
    context: connection.context,
    server: connection.server,
    ...(serverVersion === undefined ? {} : { serverVersion }),
    ...(issuer.issuer === undefined ? {} : { issuer: issuer.issuer }),
    podIdentityInstalled: podIdentity.served === "unknown" || podIdentity.served.length > 0,
    objects: kinds.flatMap(kind => kind.objects.map(object => found(object, source))),
    unknown: kinds.flatMap(kind => kind.unknown),
    findings,
  };
}

function found(object: KubernetesObject, source: SourceId): FoundObject {
  const { apiVersion, kind, metadata } = object;
  const { namespace, name, uid } = metadata;
  const where = namespace === undefined ? {} : { namespace };
  return { ref: { source, apiVersion, kind, ...where, name, ...(uid === undefined ? {} : { uid }) }, object };
}

function nothingReadable(connection: Connection, wanted: Resource[], kinds: CollectedKind[]): CommandError {
  const [reason] = kinds.flatMap(kind => kind.unknown).map(gap => gap.reason);
  return new CommandError(
    `Nothing can be listed in ${connection.server} (context ${connection.context}): ${reason ?? "forbidden"}`,
    { hint: `Ask for this role, in the whole cluster or (as a Role) in your namespaces:\n\n${readerRole(wanted)}` },
  );
}
