import { readServicePrincipal, type ServicePrincipal } from "../azure/servicePrincipal.ts";
import type { FoundObject, IdentityType, MatchedIdentity } from "../model.ts";
import { compare } from "../order.ts";
import { Exceptions } from "./exceptions.ts";
import type { MatchingMode } from "./installation.ts";

export { podLabelsOf } from "./exceptions.ts";

/** The pod label that selects a binding: exact, lower case. */
export const bindingLabel = "aadpodidbinding";

export interface AzureIdentity {
  namespace: string;
  name: string;
  /** Undefined for a number that NMI answers with "unsupported identity type". */
  type: IdentityType | undefined;
  clientID: string;
  resourceID: string;
  /** Of types 1 and 2. */
  servicePrincipal?: ServicePrincipal;
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
  const number = spec.type ?? 0;
  const type = typeof number === "number" ? identityTypes[number] : undefined;
  return {
    namespace: found.ref.namespace ?? "default",
    name: found.ref.name,
    type,
    clientID: text(spec.clientID),
    resourceID: text(spec.resourceID),
    ...(type === undefined || type === "userAssigned" ? {} : { servicePrincipal: readServicePrincipal(spec) }),
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

/**
 * pkg/utils/utils.go:ValidateResourceID, unanchored: to Go a dot is any character but a line feed, and case is folded as Unicode
 * has it.
 */
export function isResourceIDForMIC(resourceID: string): boolean {
  return /\/subscriptions\/([^\n]+?)\/resourcegroups\/([^\n]+?)\/providers\/Microsoft[^\n]ManagedIdentity\/userAssignedIdentities\/([^\n]+)/iu.test(
    resourceID,
  );
}

/** An AzureIdentity that a pod does not get because MIC has given its name to another one. */
export interface NameCollision {
  used: AzureIdentity;
  ignored: AzureIdentity;
}

/** Bindings, identities and exceptions of one source, ready to be asked for many pods. */
export class PodIdentityWorld {
  /** Of every installation that works: what any of them matches counts. */
  readonly modes: readonly MatchingMode[];
  readonly identities: readonly AzureIdentity[];
  readonly bindings: readonly AzureIdentityBinding[];
  readonly exceptions: Exceptions;
  readonly #identityByName: ReadonlyMap<string, AzureIdentity>;
  readonly #bindingsBySelector = new Map<string, AzureIdentityBinding[]>();

  constructor(modes: MatchingMode | readonly MatchingMode[], objects: (kind: string) => readonly FoundObject[]) {
    this.modes = "mode" in modes ? [modes] : modes;
    this.identities = objects("AzureIdentity").map(readAzureIdentity);
    // MIC sorts by namespace and name since v1.8.1; of two identities with one name the first is used.
    this.bindings = objects("AzureIdentityBinding").map(readAzureIdentityBinding).sort(byNamespaceAndName);
    this.exceptions = new Exceptions(objects("AzurePodIdentityException"));
    this.#identityByName = new Map(
      this.identities.map(identity => [`${identity.namespace}/${identity.name}`, identity]),
    );
    for (const binding of this.bindings) {
      const list = this.#bindingsBySelector.get(binding.selector);
      if (list) list.push(binding);
      else this.#bindingsBySelector.set(binding.selector, [binding]);
    }
  }

  identityOf(binding: AzureIdentityBinding): AzureIdentity | undefined {
    return this.#identityByName.get(`${binding.namespace}/${binding.azureIdentity}`);
  }

  /**
   * The identities that a pod with this namespace and label value gets, in MIC's order; with several modes, what it gets by
   * any of them. `label` is undefined where the pod has none.
   */
  match(namespace: string, label: string | undefined): MatchedIdentity[] {
    const matched = new Map<string, MatchedIdentity>();
    for (const mode of this.modes) {
      for (const one of this.matchBy(mode, namespace, label)) {
        const key = `${one.namespace}/${one.name}`;
        if (!matched.has(key)) matched.set(key, one);
      }
    }
    return [...matched.values()];
  }

  /** The same by one mode alone. */
  matchBy(mode: MatchingMode, namespace: string, label: string | undefined): MatchedIdentity[] {
    return mode.mode === "managed"
      ? this.#matchManaged(namespace, label ?? "")
      : this.#matchStandard(mode, namespace, label ?? "").matched;
  }

  /** The identities that this pod would get if another one had not their name; MIC has no room for both. */
  collisions(namespace: string, label: string | undefined): NameCollision[] {
    const standard = this.modes.filter(one => one.mode === "standard");
    return standard.flatMap(mode => this.#matchStandard(mode, namespace, label ?? "").collisions);
  }

  /** mic.go:createDesiredAssignedIdentityList, of which NMI drops what it may not use (standard.go:GetIdentities). */
  #matchStandard(
    mode: MatchingMode,
    namespace: string,
    label: string,
  ): { matched: MatchedIdentity[]; collisions: NameCollision[] } {
    const assigned = new Map<string, AzureIdentity>();
    const matched: MatchedIdentity[] = [];
    const collisions: NameCollision[] = [];
    for (const binding of label === "" ? [] : (this.#bindingsBySelector.get(label) ?? [])) {
      const identity = this.identityOf(binding);
      if (!identity || (identity.type === "userAssigned" && !isResourceIDForMIC(identity.resourceID))) continue;
      const isAnothers = binding.namespace !== namespace;
      if (isAnothers && (identity.namespaced || (mode.namespaced && !mode.assignedAcross))) continue;
      // The AzureAssignedIdentity's name has the identity's name but not its namespace: the first one keeps it, even of a
      // type that NMI then refuses.
      const used = assigned.get(identity.name);
      if (used !== undefined) {
        if (used !== identity) collisions.push({ used, ignored: identity });
        continue;
      }
      assigned.set(identity.name, identity);
      if (identity.type !== undefined && !(isAnothers && mode.namespaced))
        matched.push(matchedIdentity(identity, identity.type, binding));
    }
    return { matched, collisions };
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

  /** The name of the exception that lets this pod past NMI. */
  exceptionFor(namespace: string, labels: Record<string, string>): string | undefined {
    return this.exceptions.fitting(namespace, labels)?.name;
  }
}

function matchedIdentity(identity: AzureIdentity, type: IdentityType, binding: AzureIdentityBinding): MatchedIdentity {
  return {
    namespace: identity.namespace,
    name: identity.name,
    type,
    clientID: identity.clientID,
    resourceID: identity.resourceID,
    ...(identity.servicePrincipal ? { servicePrincipal: identity.servicePrincipal } : {}),
    binding: { namespace: binding.namespace, name: binding.name },
  };
}

function byNamespaceAndName(a: AzureIdentityBinding, b: AzureIdentityBinding): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
