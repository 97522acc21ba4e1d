import type { Consumer, ConsumerUse } from "../../../src/core/consumers/consumer.ts";
import { nameOf } from "../../../src/core/facts.ts";
import type { JsonObject, KubernetesObject } from "../../../src/core/kubernetes.ts";
import { find } from "../../../src/core/usages.ts";
import { workloadsOf } from "../../../src/core/workloads/workloads.ts";
import { decisions, type FactsOptions, factsOf, factsOfFiles, files, west, workload } from "../factories.ts";

/** What a consumer tells of these objects in a cluster, with names in place of objects. */
export function told(consumer: Consumer, objects: readonly KubernetesObject[], options: FactsOptions = {}) {
  return toldOf(consumer, factsOf(objects, options), west);
}

/** The same of files alone. */
export function toldOfFiles(consumer: Consumer, objects: readonly KubernetesObject[]) {
  return toldOf(consumer, factsOfFiles(objects), files);
}

function toldOf(consumer: Consumer, facts: ReturnType<typeof factsOf>, source: string) {
  const { usages } = find(facts, decisions);
  const { uses, findings, unread } = consumer.detect({
    facts,
    source,
    workloads: workloadsOf(facts, source),
    usageOf: ref => usages.find(usage => nameOf(usage.workload) === nameOf(ref)),
    isTold: () => false,
  });
  return {
    uses: uses.map(named),
    findings: findings.map(({ code, subject, args }) => ({ code, subject: subject && nameOf(subject), ...args })),
    ...(unread?.length ? { unread: unread.map(one => ({ ...one, askedBy: one.askedBy.map(nameOf) })) } : {}),
  };
}

function named({ object, askedBy, usedBy, ...rest }: ConsumerUse) {
  const users = usedBy ? { usedBy: usedBy.map(nameOf) } : {};
  return { ...rest, ...users, object: nameOf(object.ref), askedBy: askedBy.map(nameOf) };
}

/** An object of a foreign kind: `foreign("velero.io/v1", "BackupStorageLocation", "velero/default", spec)`. */
export function foreign(
  apiVersion: string,
  kind: string,
  path: string,
  spec: JsonObject,
  metadata: Partial<KubernetesObject["metadata"]> = {},
): KubernetesObject {
  const [first = "", second] = path.split("/");
  const own = second === undefined ? { name: first } : { namespace: first, name: second };
  return { apiVersion, kind, metadata: { ...own, ...metadata }, spec };
}

/** A controller on pod identity, or (`use`) with the label of workload identity too. */
export function controller(
  path: string,
  image: string,
  options: {
    kind?: string;
    container?: JsonObject;
    podSpec?: JsonObject;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    metadata?: Partial<KubernetesObject["metadata"]>;
    on?: "podIdentity" | "both" | "workloadIdentity" | "neither";
  } = {},
): KubernetesObject {
  const { kind = "Deployment", container, podSpec, labels, annotations, metadata, on = "podIdentity" } = options;
  const name = path.split("/")[1] ?? path;
  const use = on === "both" || on === "workloadIdentity" ? { "azure.workload.identity/use": "true" } : {};
  return workload(path, {
    kind,
    ...(on === "podIdentity" || on === "both" ? { label: name } : {}),
    labels: { ...labels, ...use },
    ...(annotations ? { annotations } : {}),
    podSpec: { containers: [{ name: "main", image, ...container }], ...podSpec },
    ...(metadata ? { metadata } : {}),
  });
}

/** A volume of a Secret, mounted into the container. */
export function secretVolume(secretName: string, mountPath: string) {
  return {
    mount: { volumeMounts: [{ name: "config", mountPath, readOnly: true }] },
    podSpec: { volumes: [{ name: "config", secret: { secretName } }] },
  };
}
