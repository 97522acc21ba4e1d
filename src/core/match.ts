import type { MatchingMode } from "./installation.ts";
import { isRecord, type KubernetesObject } from "./kubernetes.ts";
import type { FoundObject, IdentityType, MatchedIdentity } from "./model.ts";

/** The pod label that selects a binding: exact, lower case. */
export const bindingLabel = "aadpodidbinding";

export interface AzureIdentity {
  namespace: string;
  name: string;
  /** Undefined for a number that NMI answers with "unsupported identity type". */
  type: IdentityType | undefined;
  clientID: string;
  resourceID: string;
  namespaced: boolean;
  found: FoundObject;
}

export interface AzureIdentityBinding {
  namespace: string;
  name: string;
  azureIdentity: string;
  selector: string;
  found: FoundObject;
}

/** By the number in `spec.type`. */
const identityTypes: readonly IdentityType[] = ["userAssigned", "servicePrincipal", "servicePrincipalCertificate"];

/** An absent or empty type is 0; other numbers than 0, 1 and 2 make NMI answer "unsupported identity type". */
export function readAzureIdentity(found: FoundObject): AzureIdentity {
  const spec = found.object.spec ?? {};
  const type = spec.type ?? 0;
  return {
    namespace: found.ref.namespace ?? "default",
    name: found.ref.name,
    type: typeof type === "number" ? identityTypes[type] : undefined,
    clientID: text(spec.clientID),
    resourceID: text(spec.resourceID),
    namespaced: found.object.metadata.annotations?.["aadpodidentity.k8s.io/Behavior"] === "namespaced",
    found,
  };
}

export function readAzureIdentityBinding(found: FoundObject): AzureIdentityBinding {
  const spec = found.object.spec ?? {};
  return {
    namespace: found.ref.namespace ?? "default",
    name: found.ref.name,
    azureIdentity: text(spec.azureIdentity),
    selector: text(spec.selector),
    found,
  };
}

/** `pkg/apis/aadpodidentity/utils.go:ValidateResourceID`: unanchored, any case. */
export function isResourceIDForMIC(resourceID: string): boolean {
  return /\/subscriptions\/(.+?)\/resourcegroups\/(.+?)\/providers\/Microsoft.ManagedIdentity\/userAssignedIdentities\/(.+)/i.test(
    resourceID,
  );
}

/** Bindings, identities and exceptions of one source, ready to be asked for many pods. */
export class PodIdentityWorld {
  readonly mode: MatchingMode;
  readonly identities: readonly AzureIdentity[];
  readonly bindings: readonly AzureIdentityBinding[];
  readonly #identityByName: ReadonlyMap<string, AzureIdentity>;
  readonly #bindingsBySelector = new Map<string, AzureIdentityBinding[]>();
  readonly #exceptions = new Map<string, { name: string; podLabels: Record<string, string> }[]>();

  constructor(mode: MatchingMode, objects: (kind: string) => readonly FoundObject[]) {
    this.mode = mode;
    this.identities = objects("AzureIdentity").map(readAzureIdentity);
    // MIC sorts by namespace and name since v1.8.1; of two identities with one name the first is used.
    this.bindings = objects("AzureIdentityBinding").map(readAzureIdentityBinding).sort(byNamespaceAndName);
    this.#identityByName = new Map(
      this.identities.map(identity => [`${identity.namespace}/${identity.name}`, identity]),
    );
    for (const binding of this.bindings) {
      const list = this.#bindingsBySelector.get(binding.selector);
      if (list) list.push(binding);
      else this.#bindingsBySelector.set(binding.selector, [binding]);
    }
    for (const { ref, object } of objects("AzurePodIdentityException")) {
      const namespace = ref.namespace ?? "default";
      const entry = { name: ref.name, podLabels: podLabelsOf(object) };
      this.#exceptions.set(namespace, [...(this.#exceptions.get(namespace) ?? []), entry]);
    }
  }

  identityOf(binding: AzureIdentityBinding): AzureIdentity | undefined {
    return this.#identityByName.get(`${binding.namespace}/${binding.azureIdentity}`);
  }

  /** The identities that a pod with this namespace and label value gets, in MIC's order. `label` is undefined where the pod has none. */
  match(namespace: string, label: string | undefined): MatchedIdentity[] {
    return this.mode.mode === "managed"
      ? this.#matchManaged(namespace, label ?? "")
      : this.#matchStandard(namespace, label ?? "");
  }

  /** mic.go:createDesiredAssignedIdentityList */
  #matchStandard(namespace: string, label: string): MatchedIdentity[] {
    if (label === "") return [];
    const assigned = new Set<string>();
    const matched: MatchedIdentity[] = [];
    for (const binding of this.#bindingsBySelector.get(label) ?? []) {
      const identity = this.identityOf(binding);
      if (!identity || (identity.type === "userAssigned" && !isResourceIDForMIC(identity.resourceID))) continue;
      if ((this.mode.namespaced || identity.namespaced) && binding.namespace !== namespace) continue;
      // The AzureAssignedIdentity's name has the identity's name but not its namespace: the first one keeps it, even of a
      // type that NMI then refuses.
      if (assigned.has(identity.name)) continue;
      assigned.add(identity.name);
      if (identity.type !== undefined) matched.push(matchedIdentity(identity, identity.type, binding));
    }
    return matched;
  }

  /** crd.go:GetPodIDsWithBinding compares without asking whether the label is there: an empty selector matches pods without it. */
  #matchManaged(namespace: string, label: string): MatchedIdentity[] {
    const matched = new Map<string, MatchedIdentity>();
    for (const binding of this.#bindingsBySelector.get(label) ?? []) {
      const identity = binding.namespace === namespace ? this.identityOf(binding) : undefined;
      if (identity?.type !== undefined && !matched.has(identity.name))
        matched.set(identity.name, matchedIdentity(identity, identity.type, binding));
    }
    return [...matched.values()];
  }

  /** The exception that lets this pod past NMI: one label is enough, values in any case (pod.go:IsPodExcepted). */
  exceptionFor(namespace: string, labels: Record<string, string>): string | undefined {
    return this.#exceptions.get(namespace)?.find(exception =>
      // A label may be called "constructor": only the pod's own count.
      Object.entries(exception.podLabels).some(
        ([key, value]) => Object.hasOwn(labels, key) && labels[key]?.toLowerCase() === value.toLowerCase(),
      ),
    )?.name;
  }
}

function matchedIdentity(identity: AzureIdentity, type: IdentityType, binding: AzureIdentityBinding): MatchedIdentity {
  return {
    namespace: identity.namespace,
    name: identity.name,
    type,
    clientID: identity.clientID,
    resourceID: identity.resourceID,
    binding: { namespace: binding.namespace, name: binding.name },
  };
}

/** The labels of an AzurePodIdentityException; one that fits a pod is enough. */
export function podLabelsOf(object: KubernetesObject): Record<string, string> {
  const labels = object.spec?.podLabels;
  if (!isRecord(labels)) return {};
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function byNamespaceAndName(a: AzureIdentityBinding, b: AzureIdentityBinding): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name);
}

/** Byte order, as Go sorts strings; never the locale's. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
