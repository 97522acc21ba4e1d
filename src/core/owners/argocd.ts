import { clusterSource, type Facts } from "../facts.ts";
import { apiGroup, isRecord, type KubernetesObject } from "../kubernetes.ts";
import type { ObjectRef, Owner, SourceId } from "../model.ts";
import { perFacts } from "../perFacts.ts";
import { type Evidence, noted } from "./owner.ts";

const trackingID = "argocd.argoproj.io/tracking-id";
const instance = "argocd.argoproj.io/instance";

/** A tracking id counts only when it names this very object: copies of labels and annotations carry it along. */
export const trackedByArgoCD: Evidence = ({ object, annotations }) => {
  const tracking = annotations[trackingID];
  if (tracking === undefined || !tracksItself(tracking, object)) return undefined;
  return { ...ownerNamed(tracking.split(":")[0] ?? ""), evidence: noted("annotation", trackingID, tracking) };
};

/**
 * An Application says itself what it keeps, whatever it tracks it by. That is also the only thing that makes
 * `app.kubernetes.io/instance`, which every Helm chart sets, a sign of Argo CD.
 */
export const listedByApplication: Evidence = ({ facts, ref }) => {
  const found = applicationsByObject(facts).get(objectKey(ref.source, apiGroup(ref.apiVersion), ref));
  if (!found) return undefined;
  return { ...applicationOwner(found), evidence: `status.resources of Application ${found.namespace}/${found.name}` };
};

/**
 * Argo CD takes no object that has an owner, controlling or not, for its own because of a label (gitops-engine
 * pkg/cache/cluster.go, GetManagedLiveObjs): operators copy the labels of their resources.
 */
export const labelledByArgoCD: Evidence = ({ labels, object }) => {
  const value = object.metadata.ownerReferences?.length ? undefined : labels[instance];
  return value === undefined ? undefined : { ...ownerNamed(value), evidence: noted("label", instance, value) };
};

/** `argocd-controller` applies, in versions before that name the process's own: `argocd-application-controller`. */
export const isArgoCDManager = (manager: string): boolean => /^argocd\b/.test(manager);

/** Applications of other namespaces than Argo CD's own are named `NAMESPACE_NAME` (argo-cd, util/argo, InstanceName). */
function ownerNamed(value: string): Pick<Owner, "tool" | "kind" | "namespace" | "name"> {
  const [first = "", second] = value.split("_");
  const where = second === undefined ? { name: first } : { namespace: first, name: second };
  return { tool: "argocd", kind: "Application", ...where };
}

/**
 * `APP:GROUP/KIND:NAMESPACE/NAME`, as Argo CD writes it (argo-cd util/argo/resource_tracking.go, BuildAppInstanceValue); names of
 * RBAC's kinds may have colons.
 */
function tracksItself(tracking: string, { apiVersion, kind, metadata }: KubernetesObject): boolean {
  const [app, groupKind, ...rest] = tracking.split(":");
  const name = rest.join(":");
  const [group, trackedKind] = groupKind?.split("/") ?? [];
  const isSameGroup = group === apiGroup(apiVersion) || (group === "extensions" && apiGroup(apiVersion) === "apps");
  return (
    Boolean(app) &&
    isSameGroup &&
    trackedKind === kind &&
    // Of objects without a namespace it holds none, or that of the Application's destination.
    (name === `${metadata.namespace ?? ""}/${metadata.name}` ||
      (metadata.namespace === undefined && name.split("/").at(-1) === metadata.name))
  );
}

export interface Application {
  namespace: string;
  name: string;
  /** When it puts a change back: at once, when Git changes, or when somebody syncs it. */
  puts: "atOnce" | "nextChange" | "nextSync";
}

/** What is known of the Application that an owner names; its namespace is often not in what names it. */
export function applicationOf(facts: Facts, owner: Owner): Application | undefined {
  if (owner.tool !== "argocd" || owner.name === undefined) return undefined;
  const { namespace, name } = owner;
  const named = applications(facts).get(name) ?? [];
  const fitting = namespace === undefined ? named : named.filter(one => one.namespace === namespace);
  return fitting.length === 1 ? fitting[0] : undefined;
}

const applications = perFacts((facts: Facts): ReadonlyMap<string, Application[]> => {
  const byName = new Map<string, Application[]>();
  for (const source of facts.sources) {
    for (const { ref, object } of facts.objects.ofKind(source.id, "Application.argoproj.io")) {
      const list = byName.get(ref.name);
      const one = readApplication(ref, object);
      if (list) list.push(one);
      else byName.set(ref.name, [one]);
    }
  }
  return byName;
});

const applicationsByObject = perFacts((facts: Facts): ReadonlyMap<string, Application> => {
  const byObject = new Map<string, Application>();
  for (const source of facts.sources) {
    for (const { ref, object } of facts.objects.ofKind(source.id, "Application.argoproj.io")) {
      const target = destinationOf(facts, source.id, object);
      const resources = object.status?.resources;
      if (target === undefined || !Array.isArray(resources)) continue;
      const application = readApplication(ref, object);
      for (const resource of resources) {
        if (!isRecord(resource)) continue;
        const { group = "", kind, namespace, name } = resource;
        if (typeof group !== "string" || typeof kind !== "string" || typeof name !== "string") continue;
        const where = typeof namespace === "string" && namespace !== "" ? { namespace } : {};
        const key = objectKey(target, group, { kind, ...where, name });
        if (!byObject.has(key)) byObject.set(key, application);
      }
    }
  }
  return byObject;
});

function readApplication({ namespace = "default", name }: ObjectRef, { spec }: KubernetesObject): Application {
  const policy = isRecord(spec?.syncPolicy) ? spec.syncPolicy.automated : undefined;
  const isAutomated = isRecord(policy) && policy.enabled !== false;
  const puts = !isAutomated ? "nextSync" : policy.selfHeal === true ? "atOnce" : "nextChange";
  return { namespace, name, puts };
}

function applicationOwner({ namespace, name }: Application): Pick<Owner, "tool" | "kind" | "namespace" | "name"> {
  return { tool: "argocd", kind: "Application", namespace, name };
}

/** The source that an Application deploys to: its own cluster, or another one of this run with the server that it names. */
function destinationOf(facts: Facts, own: SourceId, { spec }: KubernetesObject): SourceId | undefined {
  const { server, name } = isRecord(spec?.destination) ? spec.destination : {};
  if (name === "in-cluster" || (typeof server === "string" && isSameServer(server, "https://kubernetes.default.svc")))
    return own;
  if (typeof server !== "string") return undefined;
  return facts.sources.find(source => {
    const cluster = clusterSource(facts, source.id);
    return cluster !== undefined && isSameServer(cluster.server, server);
  })?.id;
}

function isSameServer(a: string, b: string): boolean {
  const normal = (server: string) => server.toLowerCase().replace(/\/+$/, "").replace(/:443$/, "");
  return normal(a) === normal(b);
}

function objectKey(
  source: SourceId,
  group: string,
  { kind, namespace, name }: Pick<ObjectRef, "kind" | "namespace" | "name">,
) {
  return `${source}\n${group}\n${kind}\n${namespace ?? ""}\n${name}`;
}
