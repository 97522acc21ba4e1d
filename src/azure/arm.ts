import { type FederatedIdentityCredential, ManagedServiceIdentityClient } from "@azure/arm-msi";
import type { TokenCredential } from "@azure/core-auth";
import { bearerTokenAuthenticationPolicyName, type HttpClient } from "@azure/core-rest-pipeline";
import type { Clock } from "../core/clock.ts";
import { armGuardPolicy } from "./armGuardPolicy.ts";
import { authenticationPolicy } from "./authenticationPolicy.ts";
import { AzureError, toAzureError } from "./azureError.ts";
import type { Cloud } from "./clouds.ts";
import { checkedName } from "./credentialName.ts";
import { parseIdentityResourceId, type ResourceId } from "./resourceId.ts";
import { mostPages } from "./rest.ts";

export interface ArmOptions {
  cloud: Pick<Cloud, "resourceManagerEndpoint" | "resourceManagerScope">;
  credential: TokenCredential;
  /** Carries the requests instead of Node's own HTTPS, as in `rehearse`. */
  httpClient?: HttpClient;
  /** Reads a Retry-After date where the answer has no Date of its own. */
  clock?: Pick<Clock, "now">;
}

export interface ArmCallOptions {
  signal?: AbortSignal;
}

/** A user-assigned managed identity, as ARM has it. */
export interface UserAssignedIdentity {
  id: string;
  name: string;
  location: string;
  tenantId: string;
  clientId: string;
  principalId: string;
  tags: Record<string, string>;
}

/** A federated credential as ARM has it. `subject` is absent for one that matches claims by an expression (preview). */
export interface ArmFederatedCredential {
  id: string;
  name: string;
  issuer: string;
  subject?: string;
  audiences: string[];
}

/**
 * User-assigned identities and their federated credentials. Every method takes the identity's resource id in any
 * case and throws `AzureError` or `AzureSignInError`; nothing is sent twice.
 */
export interface Arm {
  getIdentity(resourceId: string, options?: ArmCallOptions): Promise<UserAssignedIdentity>;
  /** All pages. */
  listFederatedCredentials(resourceId: string, options?: ArmCallOptions): Promise<ArmFederatedCredential[]>;
  getFederatedCredential(resourceId: string, name: string, options?: ArmCallOptions): Promise<ArmFederatedCredential>;
  /** Creates, or replaces what has that name: ARM knows no precondition here, so read first. */
  putFederatedCredential(
    resourceId: string,
    name: string,
    content: { issuer: string; subject: string; audience: string },
    options?: ArmCallOptions,
  ): Promise<ArmFederatedCredential>;
  deleteFederatedCredential(resourceId: string, name: string, options?: ArmCallOptions): Promise<"deleted" | "absent">;
}

function checkedId(resourceId: string): ResourceId {
  const id = parseIdentityResourceId(resourceId);
  if (id) return id;
  throw new AzureError(`"${resourceId}" is not the resource id of a user-assigned managed identity.`, {
    kind: "badRequest",
  });
}

/** The client's types are promises: it hands on whatever was sent. */
function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function plainCredential(credential: FederatedIdentityCredential | null): ArmFederatedCredential {
  const { id, name, issuer, subject, audiences } = credential ?? {};
  return {
    id: text(id),
    name: text(name),
    issuer: text(issuer),
    ...(typeof subject === "string" ? { subject } : {}),
    audiences: Array.isArray(audiences) ? audiences.map(text) : [],
  };
}

/** An `Arm` for one cloud and one sign-in, across subscriptions. api-version 2024-11-30, the default of arm-msi. */
export function createArm(options: ArmOptions): Arm {
  const { cloud, credential, httpClient, clock = Date } = options;
  const now = () => clock.now();
  const clients = new Map<string, ManagedServiceIdentityClient>();

  function clientFor(subscriptionId: string): ManagedServiceIdentityClient {
    const key = subscriptionId.toLowerCase();
    const known = clients.get(key);
    if (known) return known;
    const client = new ManagedServiceIdentityClient(credential, subscriptionId, {
      endpoint: cloud.resourceManagerEndpoint,
      credentialScopes: cloud.resourceManagerScope,
      retryOptions: { maxRetries: 0 },
      userAgentOptions: { userAgentPrefix: "azwi-migrate" },
      ...(httpClient === undefined ? {} : { httpClient }),
    });
    client.pipeline.removePolicy({ name: bearerTokenAuthenticationPolicyName });
    client.pipeline.addPolicy(authenticationPolicy({ credential, scope: cloud.resourceManagerScope }));
    client.pipeline.addPolicy(armGuardPolicy({ endpoint: cloud.resourceManagerEndpoint, now }), {
      beforePolicies: [bearerTokenAuthenticationPolicyName],
    });
    clients.set(key, client);
    return client;
  }

  async function call<Result>(
    doing: string,
    resourceId: string,
    send: (client: ManagedServiceIdentityClient, id: ResourceId) => Promise<Result>,
  ): Promise<Result> {
    const id = checkedId(resourceId);
    try {
      return await send(clientFor(id.subscriptionId), id);
    } catch (error) {
      throw toAzureError(error, `${doing} ${resourceId}`, now);
    }
  }

  const abort = ({ signal }: ArmCallOptions = {}) => (signal === undefined ? {} : { abortSignal: signal });

  return {
    getIdentity: (resourceId, callOptions) =>
      call("Reading the identity", resourceId, async (client, id) => {
        const identity = await client.userAssignedIdentities.get(id.resourceGroup, id.name, abort(callOptions));
        if (text(identity.id).toLowerCase() !== resourceId.toLowerCase())
          throw new AzureError(`Reading the identity ${resourceId}: the answer is about ${text(identity.id)}.`, {
            kind: "other",
          });
        return {
          id: text(identity.id),
          name: text(identity.name),
          location: text(identity.location),
          tenantId: text(identity.tenantId),
          clientId: text(identity.clientId),
          principalId: text(identity.principalId),
          tags: { ...identity.tags },
        };
      }),
    listFederatedCredentials: (resourceId, callOptions) =>
      call("Listing the federated credentials of", resourceId, async (client, id) => {
        const found: ArmFederatedCredential[] = [];
        const list = client.federatedIdentityCredentials.list(id.resourceGroup, id.name, abort(callOptions));
        let pages = 0;
        for await (const page of list.byPage()) {
          found.push(...page.map(plainCredential));
          if (++pages === mostPages)
            throw new AzureError(`The list of the federated credentials of ${resourceId} does not come to an end.`, {
              kind: "other",
            });
        }
        return found;
      }),
    getFederatedCredential: (resourceId, name, callOptions) =>
      call(`Reading the federated credential ${name} of`, resourceId, async (client, id) =>
        plainCredential(
          await client.federatedIdentityCredentials.get(
            id.resourceGroup,
            id.name,
            checkedName(name),
            abort(callOptions),
          ),
        ),
      ),
    putFederatedCredential: (resourceId, name, { issuer, subject, audience }, callOptions) =>
      call(`Writing the federated credential ${name} of`, resourceId, async (client, id) =>
        plainCredential(
          await client.federatedIdentityCredentials.createOrUpdate(
            id.resourceGroup,
            id.name,
            checkedName(name),
            { issuer, subject, audiences: [audience] },
            abort(callOptions),
          ),
        ),
      ),
    deleteFederatedCredential: (resourceId, name, callOptions) =>
      call(`Deleting the federated credential ${name} of`, resourceId, async (client, id) => {
        let status = 0;
        await client.federatedIdentityCredentials.delete(id.resourceGroup, id.name, checkedName(name), {
          ...abort(callOptions),
          onResponse: response => {
            status = response.status;
          },
        });
        return status === 204 ? "absent" : "deleted";
      }),
  };
}
