import type { AzurePermission } from "../azure/azurePorts.ts";

const federatedCredentials = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials";
const identityBindings = "Microsoft.ContainerService/managedClusters/identityBindings";

/** What each kind of Azure resource that steps write needs: read before, written, and read again. */
export const neededActions = {
  FederatedIdentityCredential: [`${federatedCredentials}/read`, `${federatedCredentials}/write`],
  IdentityBinding: [`${identityBindings}/read`, `${identityBindings}/write`],
} as const;

/** A role that Azure has by itself. */
export interface BuiltInRole {
  name: string;
  /** The last part of its resource id, the same in every tenant. */
  id: string;
}

/**
 * Smallest first; source: "Azure built-in roles" (MicrosoftDocs/azure-docs, articles/role-based-access-control). Tenants of the public
 * cloud also have "Managed Identity Federated Identity Credential Contributor", which is less and not on those pages: whether a tenant
 * has it cannot be known here. None but Contributor has the identity bindings of AKS: "Azure Kubernetes Service Contributor Role" names
 * only the clusters themselves.
 */
const roles: readonly (BuiltInRole & AzurePermission)[] = [
  {
    name: "Managed Identity Contributor",
    id: "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
    actions: [`${federatedCredentials}/read`, `${federatedCredentials}/write`, `${federatedCredentials}/delete`],
    notActions: [],
  },
  {
    name: "Contributor",
    id: "b24988ac-6180-42a0-ab88-20f7382dd24c",
    actions: ["*"],
    notActions: ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"],
  },
];

/** The smallest of the documented built-in roles that gives all these actions. */
export function smallestRole(actions: readonly string[]): BuiltInRole | undefined {
  const found = roles.find(role => lackingActions(actions, [role]).length === 0);
  return found && { name: found.name, id: found.id };
}

/**
 * Those of the actions that the permissions do not give. Entries are a union; `notActions` take away from the actions of their own
 * entry only (Azure documentation, "Understand Azure role definitions").
 */
export function lackingActions(actions: readonly string[], permissions: readonly AzurePermission[]): string[] {
  const entries = permissions.map(entry => ({ gives: matcher(entry.actions), takes: matcher(entry.notActions) }));
  return actions.filter(action => !entries.some(({ gives, takes }) => gives(action) && !takes(action)));
}

/** `*` stands for any number of characters, slashes too; letter case does not count. */
function matcher(patterns: readonly string[]): (action: string) => boolean {
  const forms = patterns.map(pattern => pattern.toLowerCase().split("*"));
  return action => forms.some(parts => matches(action.toLowerCase(), parts));
}

/** Whether a text is these parts in their order with anything in between; what the server sends must not cost a backtracking search. */
function matches(text: string, [first = "", ...parts]: readonly string[]): boolean {
  const last = parts.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
