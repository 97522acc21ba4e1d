import { goFlags, type ProgramContainer, programContainersOf } from "../goFlags.ts";
import { isRecord, type KubernetesObject, podTemplateOf } from "../kubernetes.ts";
import type { FoundObject, Webhook } from "../model.ts";
import { compare } from "../order.ts";
import { imageVersion, isManagedByAKS, nameOfComponent } from "../podIdentity/podIdentityComponents.ts";
import { environmentConfigMapsOf, webhookEnvironment } from "./webhookEnvironment.ts";
import { useLabel } from "./workloadIdentity.ts";

/** The webhook of workload identity, with what findings need beside it. */
export interface SeenWebhook {
  webhook: Webhook;
  /** Every Deployment of one, the one that `webhook` tells of first. */
  deployments: string[];
  /** What the API server does with labelled pods while no webhook answers; absent without a configuration. */
  failurePolicy?: "Fail" | "Ignore";
  /** Whether the configuration picks pods by their own label, as it does since v1.0; absent without one. */
  selectsByPodLabel?: boolean;
}

/** The webhook: there when its configuration is; the rest from its Deployment where that can be read. */
export function workloadIdentityWebhook(
  configurations: readonly KubernetesObject[] | undefined,
  objects: (kind: string) => readonly FoundObject[],
): SeenWebhook {
  const entries = configurations?.flatMap(entriesOf);
  const [entry] = entries ?? [];
  const deployments = webhooksOf(configurations, objects("Deployment"));
  const [deployment, ...more] = deployments;
  // Which of several has the last word on a pod, nobody knows.
  const configMaps = more.length === 0 ? objects("ConfigMap") : [];
  return {
    webhook: {
      ...(entries === undefined ? {} : { installed: entries.length > 0 }),
      ...(deployment ? partsOf(deployment, configMaps) : {}),
    },
    deployments: deployments.map(nameOfComponent),
    ...(entry === undefined
      ? {}
      : {
          // admissionregistration.k8s.io/v1 has Fail where nothing is said.
          failurePolicy: entry.failurePolicy === "Ignore" ? "Ignore" : "Fail",
          selectsByPodLabel: selectsByPodLabel(entry.objectSelector),
        }),
  };
}

/** The ConfigMaps of its own namespace that tell the webhook what to hand on to pods. */
export function webhookConfigMapsOf(
  configurations: readonly KubernetesObject[] | undefined,
  deployments: readonly FoundObject[],
): { namespace: string; name: string }[] {
  const [deployment, ...more] = webhooksOf(configurations, deployments);
  const container = deployment && more.length === 0 ? containerOf(deployment.object) : undefined;
  if (!deployment || !container) return [];
  const { namespace = "default" } = deployment.ref;
  return environmentConfigMapsOf(container).map(name => ({ namespace, name }));
}

/**
 * The Deployments that are a webhook, that with most replicas ready first. Anybody may give a Deployment of theirs the label: those in
 * the namespaces that the configurations name are the ones that answer.
 */
function webhooksOf(
  configurations: readonly KubernetesObject[] | undefined,
  deployments: readonly FoundObject[],
): FoundObject[] {
  const namespaces = (configurations ?? []).flatMap(entriesOf).flatMap(({ clientConfig }) => {
    const service = isRecord(clientConfig) ? clientConfig.service : undefined;
    return isRecord(service) && typeof service.namespace === "string" ? [service.namespace] : [];
  });
  return deployments
    .filter(({ object }) => podTemplateOf(object)?.metadata?.labels?.["azure-workload-identity.io/system"] === "true")
    .filter(({ ref }) => namespaces.length === 0 || namespaces.includes(ref.namespace ?? "default"))
    .sort((a, b) => readyOf(b.object) - readyOf(a.object) || compare(nameOfComponent(a), nameOfComponent(b)));
}

function partsOf({ ref, object }: FoundObject, configMaps: readonly FoundObject[]): Partial<Webhook> {
  const container = containerOf(object);
  // azure-workload-identity cmd/webhook/main.go goes by Go's flag.
  const flags = container ? goFlags(container, flag => !booleanFlags.has(flag), "stop") : new Map<string, string>();
  const version = container && imageVersion(container);
  const audience = flags.get("audience");
  const suffix = flags.get("custom-token-endpoint-annotation-suffix");
  const endpointAudience = flags.get("custom-token-endpoint-audience");
  const addon = isAddon(object, container);
  const read = (name: string) => {
    const found = configMaps.find(one => one.ref.namespace === ref.namespace && one.ref.name === name);
    return found && new Map(Object.entries(found.object.data as Record<string, string>));
  };
  return {
    ...(version === undefined ? {} : { version }),
    ready: readyOf(object),
    namespace: ref.namespace ?? "default",
    addon,
    ...(container ? webhookEnvironment(container, { addon, read }) : {}),
    ...(audience === undefined || audience === "" ? {} : { audience }),
    // pkg/webhook/webhook.go:NewPodMutator at v1.6.0 refuses one without the other.
    ...(suffix && endpointAudience
      ? { identityBinding: { annotation: `azure.workload.identity/use-${suffix}`, audience: endpointAudience } }
      : {}),
  };
}

/** AKS puts its label on what it manages; where it does not, its namespace and registry path together say so. */
function isAddon(object: KubernetesObject, container: ProgramContainer | undefined): boolean {
  return (
    isManagedByAKS(object) ||
    (object.metadata.namespace === "kube-system" && /(^|\/)oss\/v2\//.test(container?.image ?? ""))
  );
}

function containerOf(object: KubernetesObject): ProgramContainer | undefined {
  const containers = programContainersOf(object);
  return (
    containers.find(one => /workload-identity\/webhook(:|@|$)/.test(one.image)) ??
    // A registry that flattens paths; the container's name is the one of the published manifest.
    containers.find(one => one.name === "manager")
  );
}

function readyOf(object: KubernetesObject): number {
  const ready = object.status?.readyReplicas;
  return typeof ready === "number" ? ready : 0;
}

function entriesOf({ webhooks }: KubernetesObject): Record<string, unknown>[] {
  if (!Array.isArray(webhooks)) return [];
  const records: readonly unknown[] = webhooks;
  return records.filter(isRecord).filter(one => one.name === "mutation.azure-workload-identity.io");
}

function selectsByPodLabel(selector: unknown): boolean {
  return isRecord(selector) && isRecord(selector.matchLabels) && selector.matchLabels[useLabel] === "true";
}

/** cmd/webhook/main.go at v1.6.0, and what its logging library takes. */
const booleanFlags: ReadonlySet<string> = new Set(["disable-cert-rotation", "version", "arc-cluster"]);
