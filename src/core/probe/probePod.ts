import { shortHash } from "../documents/hash.ts";
import { nameOf } from "../facts.ts";
import { isRecord, type Json, type JsonObject, type KubernetesObject, podTemplateOf } from "../kubernetes.ts";
import { matchesSelector } from "../labelSelector.ts";
import { useLabel } from "../workloadIdentity/workloadIdentity.ts";
import { probeScript } from "./probeScript.ts";

/** Marks probe pods: only what carries it is ever deleted. */
export const probeLabel = "azwi-migrate.dev/probe";
export const probeContainer = "azwi-migrate-probe";
/** The pod is ended by then, whoever is still there to delete it. */
export const probeDeadlineSeconds = 180;

export interface ProbeOf {
  /** As the cluster has it, whole. */
  workload: KubernetesObject;
  /** As which the pods are to run, with its uid. */
  account: { name: string; uid: string };
  image: string;
  /** Of the token that is asked for; any resource will do. */
  scope: string;
}

/**
 * A pod that exchanges one token from where the workload's pods will be: with their labels, node selection, account and security
 * context, and nothing else of theirs. A readiness gate that nobody opens keeps Services from it, and a controller that is no
 * controller, its service account, keeps ReplicaSets from adopting it. Undefined where the workload has no template.
 */
export function probePod({ workload, account, image, scope }: ProbeOf): KubernetesObject | undefined {
  const template = podTemplateOf(workload);
  const spec: unknown = template?.spec;
  if (!isRecord(spec)) return undefined;
  const [first] = Array.isArray(spec.containers) ? spec.containers.filter(isRecord) : [];
  const { namespace = "default", name } = workload.metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: probeName(workload),
      namespace,
      labels: { ...template?.metadata?.labels, [useLabel]: "true", [probeLabel]: "true" },
      annotations: {
        ...networkAnnotations(template?.metadata?.annotations ?? {}),
        "azwi-migrate.dev/probe-of": nameOf({ kind: workload.kind, namespace, name }),
      },
      ownerReferences: [
        { apiVersion: "v1", kind: "ServiceAccount", name: account.name, uid: account.uid, controller: true },
      ],
    },
    spec: withoutUndefined({
      // A pod's own node is the scheduler's choice: its next one may be elsewhere.
      ...pick(spec, workload.kind === "Pod" ? placeFields.filter(field => field !== "nodeName") : placeFields),
      affinity: nodeAffinityOf(spec.affinity),
      serviceAccountName: account.name,
      // It asks the API server nothing; the webhook adds the one token that it needs.
      automountServiceAccountToken: false,
      restartPolicy: "Never",
      activeDeadlineSeconds: probeDeadlineSeconds,
      terminationGracePeriodSeconds: 1,
      readinessGates: [{ conditionType: "azwi-migrate.dev/never" }],
      containers: [
        withoutUndefined({
          name: probeContainer,
          image,
          command: ["sh", "-c", probeScript],
          env: [{ name: "AZWI_MIGRATE_SCOPE", value: scope }, ...proxyVariablesOf(first)],
          securityContext: securityContextOf(first?.securityContext, spec.securityContext),
          resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "100m", memory: "64Mi" } },
        }),
      ],
    }),
  };
}

/**
 * Where the pods run, how they reach the network, and as whom; whatever the workload itself does is left out. So is its priority:
 * no pod is to be evicted for a probe.
 */
const placeFields = [
  "nodeSelector",
  "nodeName",
  "tolerations",
  "schedulerName",
  "runtimeClassName",
  "securityContext",
  "imagePullSecrets",
  "dnsPolicy",
  "dnsConfig",
  "hostAliases",
  "hostNetwork",
  "os",
] as const;

/** What networks and meshes read of a pod; other annotations have other programs do things to it. */
const networkAnnotation =
  /^([\w.-]*\.)?(istio\.io|linkerd\.io|cni\.cncf\.io|projectcalico\.org|cilium\.io)\/|^azure\.workload\.identity\/service-account-token-expiration$/;

function networkAnnotations(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => networkAnnotation.test(key)));
}

const proxyVariable = /^(https?|no|all)_proxy$/i;

/** By value: a Secret's or ConfigMap's is none of ours. */
function proxyVariablesOf(container: Record<string, unknown> | undefined): Json[] {
  const variables = Array.isArray(container?.env) ? container.env.filter(isRecord) : [];
  return variables.flatMap(({ name, value }) =>
    typeof name === "string" && typeof value === "string" && proxyVariable.test(name) ? [{ name, value }] : [],
  );
}

/** As whom the container runs, which may decide how it reaches the network, and what a namespace may insist on. */
const userFields = [
  "runAsUser",
  "runAsGroup",
  "runAsNonRoot",
  "readOnlyRootFilesystem",
  "seLinuxOptions",
  "seccompProfile",
  "appArmorProfile",
] as const;

/** Nobody in particular, and not root. */
const nonRootUser = 65532;

/**
 * As the workload's user, and with no right that the workload has beyond: a shell and curl need none. An image whose user is a
 * name, as the default one's, is not started by a kubelet that has to be sure that it is not root.
 */
function securityContextOf(container: unknown, pod: unknown): JsonObject {
  const own = isRecord(container) ? pick(container, userFields) : {};
  const effective = { ...(isRecord(pod) ? pick(pod, userFields) : {}), ...own };
  return {
    ...own,
    ...(effective.runAsNonRoot === true && effective.runAsUser === undefined ? { runAsUser: nonRootUser } : {}),
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
  };
}

/** To be on the right node counts; beside whom does not, and would keep a lone pod from being scheduled. */
function nodeAffinityOf(affinity: unknown): JsonObject | undefined {
  const nodeAffinity = isRecord(affinity) ? affinity.nodeAffinity : undefined;
  return isRecord(nodeAffinity) ? { nodeAffinity: nodeAffinity as JsonObject } : undefined;
}

/** The same for the same workload, so that a second run finds what a first one has left. */
function probeName({ kind, metadata }: KubernetesObject): string {
  const hash = shortHash(`${kind}/${metadata.name}`);
  return `azwi-probe-${hash}`;
}

function pick(object: Record<string, unknown>, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.flatMap(key => (object[key] === undefined ? [] : [[key, object[key] as Json]])));
}

function withoutUndefined(object: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as JsonObject;
}

/** Why no probe may be made of this pod; undefined where it may. Services as the cluster has them in the pod's namespace. */
export function whyNoProbe(pod: KubernetesObject, services: readonly KubernetesObject[]): string | undefined {
  const labels = pod.metadata.labels ?? {};
  const isServed = ({ spec, metadata }: KubernetesObject) =>
    isRecord(spec?.selector) &&
    Object.keys(spec.selector).length > 0 &&
    (spec.publishNotReadyAddresses === true ||
      metadata.annotations?.["service.alpha.kubernetes.io/tolerate-unready-endpoints"] === "true") &&
    matchesSelector({ matchLabels: spec.selector }, labels) !== false;
  const service = services.find(isServed);
  if (service) {
    const name = nameOf({ ...service.metadata, kind: "Service" });
    return `${name} selects it and publishes pods that are not ready: it would send it traffic`;
  }
  const { nodeSelector, os, hostNetwork } = (pod.spec ?? {}) as Record<string, unknown>;
  const isWindows =
    (isRecord(os) && os.name === "windows") ||
    (isRecord(nodeSelector) && nodeSelector["kubernetes.io/os"] === "windows");
  if (isWindows) return "the workload runs on Windows, where the probe's shell does not";
  if (hostNetwork === true) return "the workload is on its node's network, which policies for pods do not concern";
  return undefined;
}
