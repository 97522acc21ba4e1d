import { identityId } from "./identities.ts";
import { managedClusterType } from "./managedClusters.ts";
import {
  type AzureState,
  type ClaimsMatchingExpression,
  ensureResourceGroup,
  ensureSubscription,
  type SimulatedApplication,
  type SimulatedCredential,
  type SimulatedIdentity,
  type SimulatedLock,
  type SimulatedMachine,
  type SimulatedManagedCluster,
  type SimulatedPolicyAssignment,
  type SimulatedRoleAssignment,
  type SimulatedRoleDefinition,
  type SimulatedSubscription,
} from "./state.ts";

/** A federated credential to start with, or as it is found; `audience` is the only one it has. */
export interface FederatedCredentialSeed {
  name: string;
  issuer: string;
  subject: string;
  audience: string;
  claimsMatchingExpression?: ClaimsMatchingExpression;
}

export interface IdentitySeed extends Omit<SimulatedIdentity, "location" | "tags" | "credentials" | "writeInFlight"> {
  location?: string;
  tags?: Record<string, string>;
  federatedCredentials?: readonly FederatedCredentialSeed[];
}

export interface ApplicationSeed extends Pick<SimulatedApplication, "tenantId" | "clientId" | "displayName"> {
  /** Made up when left out, as is `principalId`. */
  objectId?: string;
  principalId?: string;
  guestTenants?: readonly string[];
  secrets?: readonly string[];
  expiredSecrets?: readonly string[];
  /** How long its tokens live; 3599 when left out. */
  tokenSeconds?: number;
  federatedCredentials?: readonly FederatedCredentialSeed[];
}

export interface ManagedClusterSeed extends Omit<SimulatedManagedCluster, "location"> {
  tenantId: string;
  location?: string;
}

export interface ResourceGroupSeed {
  subscriptionId: string;
  tenantId: string;
  resourceGroup: string;
  location?: string;
  tags?: Record<string, string>;
  managedBy?: string;
}

export interface MachineSeed extends Omit<SimulatedMachine, "type" | "location" | "identities"> {
  /** A scale set when left out. */
  type?: SimulatedMachine["type"];
  tenantId: string;
  location?: string;
  identities?: readonly string[];
}

export interface RoleDefinitionSeed
  extends Pick<SimulatedRoleDefinition, "roleName" | "actions">,
    Partial<Omit<SimulatedRoleDefinition, "roleName" | "actions" | "type">> {}

export interface RoleAssignmentSeed extends Pick<SimulatedRoleAssignment, "principalId" | "scope"> {
  /** The role's name: "Reader". */
  role: string;
  principalType?: SimulatedRoleAssignment["principalType"];
}

/** Puts things into a simulated Azure, past its own interfaces. */
export interface Seeds {
  /** Adds an identity and, where they are new, its subscription and resource group; gives its resource id. */
  addIdentity(seed: IdentitySeed): string;
  /** A subscription that has nothing in it yet, or another name for one that has. */
  addSubscription(seed: Pick<SimulatedSubscription, "subscriptionId" | "tenantId" | "displayName">): void;
  addResourceGroup(seed: ResourceGroupSeed): void;
  /** Its node resource group, where it names one, comes with it. */
  addManagedCluster(seed: ManagedClusterSeed): void;
  addMachine(seed: MachineSeed): void;
  addLock(lock: SimulatedLock): void;
  addPolicyAssignment(policy: SimulatedPolicyAssignment): void;
  /** Gives the ids that Graph and role assignments know it by. */
  addApplication(seed: ApplicationSeed): Pick<SimulatedApplication, "objectId" | "principalId">;
  /** A role of one's own; the built-in ones are there. */
  addRoleDefinition(seed: RoleDefinitionSeed): void;
  addRoleAssignment(seed: RoleAssignmentSeed): void;
}

const defaultLocation = "westeurope";

const visible = (seeds: readonly FederatedCredentialSeed[] = []) =>
  seeds.map((seed): SimulatedCredential => ({ ...seed, visibleFrom: 0 }));

/** The seeds of a state; a resource brings its subscription and resource group with it. */
export function seedsOf(state: AzureState): Seeds {
  return {
    addIdentity(seed) {
      const { federatedCredentials, location = defaultLocation, tags = {}, ...rest } = seed;
      const identity = { ...rest, location, tags, credentials: visible(federatedCredentials), writeInFlight: false };
      ensureResourceGroup(state, identity);
      state.identities.push(identity);
      return identityId(identity).replace("/resourcegroups/", "/resourceGroups/");
    },
    addSubscription(seed) {
      ensureSubscription(state, seed).displayName = seed.displayName;
    },
    addResourceGroup({ tags = {}, managedBy, location = defaultLocation, ...place }) {
      Object.assign(ensureResourceGroup(state, { ...place, location }), {
        tags,
        ...(managedBy === undefined ? {} : { managedBy }),
      });
    },
    addManagedCluster({ tenantId, ...seed }) {
      const cluster = { location: defaultLocation, ...seed };
      const { subscriptionId, resourceGroup, location, name, properties } = cluster;
      ensureResourceGroup(state, { ...cluster, tenantId });
      state.managedClusters.push(cluster);
      const { nodeResourceGroup } = properties;
      if (typeof nodeResourceGroup !== "string") return;
      Object.assign(
        ensureResourceGroup(state, { subscriptionId, tenantId, resourceGroup: nodeResourceGroup, location }),
        {
          managedBy: `/subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}/providers/${managedClusterType}/${name}`,
          tags: { "aks-managed-cluster-name": name, "aks-managed-cluster-rg": resourceGroup },
        },
      );
    },
    addMachine({ tenantId, type = "Microsoft.Compute/virtualMachineScaleSets", identities = [], ...seed }) {
      const machine = { location: defaultLocation, ...seed, type, identities: [...identities] };
      ensureResourceGroup(state, { ...machine, tenantId });
      state.machines.push(machine);
    },
    addLock: lock => state.locks.push(lock),
    addPolicyAssignment: policy => state.policyAssignments.push(policy),
    addApplication({ federatedCredentials, secrets = [], expiredSecrets = [], tokenSeconds = 3599, ...seed }) {
      const ids = { objectId: seed.objectId ?? state.nextId(), principalId: seed.principalId ?? state.nextId() };
      state.applications.push({
        ...seed,
        ...ids,
        secrets: [...secrets],
        expiredSecrets: [...expiredSecrets],
        tokenSeconds,
        credentials: visible(federatedCredentials),
      });
      return ids;
    },
    addRoleDefinition(seed) {
      const name = seed.name ?? state.nextId();
      const none = { notActions: [], dataActions: [], notDataActions: [], assignableScopes: ["/"] };
      state.roleDefinitions.push({ type: "CustomRole", ...none, ...seed, name });
    },
    addRoleAssignment({ principalId, scope, role, principalType = "ServicePrincipal" }) {
      const definition = state.roleDefinitions.find(one => one.roleName === role);
      if (definition === undefined) throw new Error(`The simulated Azure has no role ${role}.`);
      state.roleAssignments.push({
        name: state.nextId(),
        scope,
        principalId,
        principalType,
        roleDefinition: definition.name,
      });
    },
  };
}
