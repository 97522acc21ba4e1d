import type { IdentityBindingAccess } from "../core/azure/azurePorts.ts";
import { isRecord } from "../core/kubernetes.ts";
import type { IdentityBinding } from "../core/model.ts";
import { askedOnce } from "./askedOnce.ts";
import { AzureError } from "./azureError.ts";
import { redact } from "./redact.ts";
import { parseIdentityResourceId, parseManagedClusterResourceId } from "./resourceId.ts";
import type { Rest } from "./rest.ts";

/** The first stable version that has the type (@azure/arm-containerservice 25.3.0); the body is the same in the previews before it. */
const knownVersion = "2026-04-01";
const providersVersion = "2021-04-01";
/** Bindings with a hyphen have been seen, whatever the type's pattern says; dots would lead elsewhere. */
const bindingName = /^[a-zA-Z0-9][a-zA-Z0-9-]{0,62}$/;
const namespace = "Microsoft.ContainerService";
const type = "managedClusters/identityBindings";

/** Identity bindings in ARM. Every method throws `AzureError` or `AzureSignInError`. */
export function identityBindingAccess(arm: Rest): IdentityBindingAccess {
  const versionIn = askedOnce((subscription: string) => askVersion(arm, subscription));
  const placeOf = async (cluster: string, name?: string): Promise<string> => {
    const id = parseManagedClusterResourceId(cluster);
    if (id === undefined)
      throw new AzureError(`"${cluster}" is not the resource id of an AKS cluster.`, { kind: "badRequest" });
    const group = `/subscriptions/${id.subscriptionId}/resourceGroups/${encodeURIComponent(id.resourceGroup)}`;
    const path = `${group}/providers/${namespace}/managedClusters/${id.name}/identityBindings`;
    const own = name === undefined ? "" : `/${name}`;
    return `${path}${own}?api-version=${await versionIn(id.subscriptionId)}`;
  };
  return {
    async listIdentityBindings(cluster) {
      const doing = `Listing the identity bindings of ${cluster}`;
      const items = await arm.list({ doing, path: await placeOf(cluster) });
      return items.flatMap(identityBinding);
    },
    async putIdentityBinding(cluster, { name, principal }) {
      if (!bindingName.test(name))
        throw new AzureError(`"${name}" cannot be an identity binding.`, { kind: "badRequest" });
      if (parseIdentityResourceId(principal) === undefined)
        throw new AzureError(`"${principal}" is not the resource id of a managed identity.`, { kind: "badRequest" });
      const doing = `Writing the identity binding ${name} of ${cluster}`;
      const body = { properties: { managedIdentity: { resourceId: principal } } };
      const path = await placeOf(cluster, name);
      try {
        return await arm.begin({ doing, method: "PUT", path, body });
      } catch (error) {
        throw isUnregistered(error) ? withRemedy(error) : error;
      }
    },
    async getOperation(url) {
      const answer = await arm.follow(url, "Asking how the identity binding goes");
      const { status, error } = isRecord(answer) ? answer : {};
      if (typeof status !== "string")
        throw new AzureError("Asking how the identity binding goes: the answer names no status.", { kind: "other" });
      return { status, ...(isRecord(error) ? { error: wordsOf(error) } : {}) };
    },
  };
}

/**
 * The version to use in this subscription: while the type is in preview, what a region offers changes from month to month. Who may
 * not ask takes the one that is known.
 */
async function askVersion(arm: Rest, subscription: string): Promise<string> {
  const path = `/subscriptions/${subscription}/providers/${namespace}?api-version=${providersVersion}`;
  try {
    const provider = await arm.send({ doing: `Reading what ${namespace} offers`, path });
    const offered = offeredVersions(provider);
    if (offered.includes(knownVersion)) return knownVersion;
    const [newest] = [...offered].sort((a, b) => Number(isPreview(a)) - Number(isPreview(b)) || (a < b ? 1 : -1));
    if (newest !== undefined) return newest;
  } catch (error) {
    if (!(error instanceof AzureError && error.kind === "forbidden")) throw error;
    return knownVersion;
  }
  throw new AzureError(
    `${namespace} offers no ${type} in subscription ${subscription}. Register the provider anew: az provider register --namespace ${namespace}.`,
    { kind: "notFound", status: 404 },
  );
}

function offeredVersions(provider: unknown): string[] {
  const types: readonly unknown[] =
    isRecord(provider) && Array.isArray(provider.resourceTypes) ? provider.resourceTypes : [];
  const own = types
    .filter(isRecord)
    .find(one => typeof one.resourceType === "string" && one.resourceType.toLowerCase() === type.toLowerCase());
  const versions: readonly unknown[] = Array.isArray(own?.apiVersions) ? own.apiVersions : [];
  return versions.filter(one => typeof one === "string" && /^\d{4}-\d\d-\d\d(-preview)?$/.test(one)) as string[];
}

function isPreview(version: string): boolean {
  return version.endsWith("-preview");
}

function identityBinding(item: unknown): IdentityBinding[] {
  if (!isRecord(item) || typeof item.name !== "string" || !isRecord(item.properties)) return [];
  const { managedIdentity, provisioningState } = item.properties;
  const principal = isRecord(managedIdentity) ? managedIdentity.resourceId : undefined;
  if (typeof principal !== "string") return [];
  const state = typeof provisioningState === "string" ? provisioningState : "";
  return [{ name: item.name, principal: principal.toLowerCase(), state }];
}

function wordsOf({ code, message }: Record<string, unknown>): { code?: string; message?: string } {
  return {
    ...(typeof code === "string" ? { code: redact(code) } : {}),
    ...(typeof message === "string" ? { message: redact(message) } : {}),
  };
}

/** AKS names the feature that a subscription has not registered; the status is 400. */
function isUnregistered(error: unknown): error is AzureError {
  return error instanceof AzureError && /IdentityBindingPreview/.test(error.message);
}

function withRemedy(error: AzureError): AzureError {
  const { kind, status, code, cause } = error;
  const register = `az feature register --namespace ${namespace} --name IdentityBindingPreview`;
  const message = `${error.message} Identity bindings are a preview, which a subscription has to ask for: ${register}, and once that is Registered, az provider register --namespace ${namespace}.`;
  return new AzureError(message, { kind, status, code, cause });
}
