import type { Catalogue } from "./catalogue.ts";
import { applyDefaults } from "./defaults.ts";
import type { Failures } from "./failures.ts";
import { suffixOf } from "./identifiers.ts";
import type { ServedKind } from "./kinds.ts";
import { copy, type KubernetesObject, type Pod, type Volume } from "./object.ts";
import { defaultPod } from "./podDefaults.ts";
import { ApiError, forbidden, internalError, notFound } from "./status.ts";
import type { Storage } from "./storage.ts";
import { isSelected, mutatePod, WebhookDenial, type WebhookSettings } from "./webhook.ts";

const WEBHOOK = "mutation.azure-workload-identity.io";
/** The configuration that makes the API server call the workload identity webhook; without it in the cluster nothing is mutated. */
export const WEBHOOK_CONFIGURATION = "azure-wi-webhook-mutating-webhook-configuration";

/** The admission plugins that matter for pods and namespaces, in the order of the real ones. */
export class Admission {
  readonly #catalogue: Catalogue;
  readonly #storage: Storage;
  readonly #failures: Failures;
  readonly #webhook: () => WebhookSettings;

  constructor(catalogue: Catalogue, storage: Storage, failures: Failures, webhook: () => WebhookSettings) {
    this.#catalogue = catalogue;
    this.#storage = storage;
    this.#failures = failures;
    this.#webhook = webhook;
  }

  /** Admits an object that is to be created; mutates it. Throws the plugin's refusal. */
  create(kind: ServedKind, object: KubernetesObject): void {
    this.#namespaceLifecycle(kind, object);
    if (kind.kind !== "Pod") return;
    const pod = object as Pod;
    defaultPod(pod.spec);
    const serviceAccount = this.#serviceAccount(pod);
    this.#workloadIdentity(pod, serviceAccount);
    // The built-in plugins see the pod again after a webhook has changed it: containers that it added get the token too.
    mountAccessToken(pod, serviceAccount);
    this.#quota(pod);
  }

  /** Lets the workload identity webhook mutate a pod, where it is installed and selects the pod. */
  #workloadIdentity(pod: Pod, serviceAccount: KubernetesObject): void {
    const configurations = this.#catalogue.byKind("MutatingWebhookConfiguration");
    if (!isSelected(pod) || !this.#storage.get(configurations, undefined, WEBHOOK_CONFIGURATION)) return;
    if (this.#failures.webhookUnavailable) {
      throw internalError(
        `failed calling webhook "${WEBHOOK}": failed to call webhook: Post "https://azure-wi-webhook-webhook-service.azure-workload-identity-system.svc:443/mutate-v1-pod?timeout=10s": no endpoints available for service "azure-wi-webhook-webhook-service"`,
      );
    }
    try {
      mutatePod(pod, serviceAccount, this.#webhook());
    } catch (error) {
      if (!(error instanceof WebhookDenial)) throw error;
      throw new ApiError(400, undefined, `admission webhook "${WEBHOOK}" denied the request: ${error.message}`);
    }
    applyDefaults(this.#catalogue.byKind("Pod"), pod);
  }

  #namespaceLifecycle(kind: ServedKind, object: KubernetesObject): void {
    const { namespace } = object.metadata;
    if (!kind.namespaced || namespace === undefined) return;
    const found = this.#storage.get(this.#catalogue.byKind("Namespace"), undefined, namespace);
    if (!found) throw notFound({ group: "", resource: "namespaces" }, namespace);
    if (found.metadata.deletionTimestamp === undefined) return;
    throw forbidden(
      { group: kind.group, resource: kind.plural },
      object.metadata.name ?? object.metadata.generateName ?? "",
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    );
  }

  /** The ServiceAccount plugin (kubernetes plugin/pkg/admission/serviceaccount): the account must be there; its token is mounted. */
  #serviceAccount(pod: Pod): KubernetesObject {
    const { namespace = "" } = pod.metadata;
    const name = pod.spec.serviceAccountName ?? "default";
    pod.spec.serviceAccountName = name;
    pod.spec.serviceAccount = name;
    const account = this.#storage.get(this.#catalogue.byKind("ServiceAccount"), namespace, name);
    if (!account) {
      const missing = `serviceaccount "${name}" not found`;
      throw forbidden(PODS, nameOf(pod), `error looking up service account ${namespace}/${name}: ${missing}`);
    }
    mountAccessToken(pod, account);
    if (!pod.spec.imagePullSecrets?.length && Array.isArray(account.imagePullSecrets)) {
      pod.spec.imagePullSecrets = copy(account.imagePullSecrets);
    }
    return account;
  }

  #quota(pod: Pod): void {
    const quota = this.#failures.quotaOf(pod.metadata.namespace ?? "");
    if (!quota) return;
    const { name, requested, used, limited } = quota;
    throw forbidden(
      PODS,
      nameOf(pod),
      `exceeded quota: ${name}, requested: ${requested}, used: ${used}, limited: ${limited}`,
    );
  }
}

const ACCESS_VOLUME = "kube-api-access-";
const PODS = { group: "", resource: "pods" };
const nameOf = (pod: Pod) => pod.metadata.name ?? pod.metadata.generateName ?? "";

function mountAccessToken(pod: Pod, account: KubernetesObject): void {
  if ((pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken) === false) return;
  const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const without = containers.filter(container => !container.volumeMounts?.some(mount => mount.mountPath === mountPath));
  if (without.length === 0) return;
  const present = pod.spec.volumes?.find(volume => volume.name.startsWith(ACCESS_VOLUME))?.name;
  const name = present ?? ACCESS_VOLUME + suffixOf(`${pod.metadata.namespace}/${nameOf(pod)}`, 5);
  for (const container of without) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }];
  }
  if (present === undefined) pod.spec.volumes = [...(pod.spec.volumes ?? []), accessVolume(name)];
}

function accessVolume(name: string): Volume {
  const namespace = { path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } };
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    { downwardAPI: { items: [namespace] } },
  ];
  return { name, projected: { sources, defaultMode: 0o644 } };
}
