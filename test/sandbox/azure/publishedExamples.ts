import type { SimulatedAzure } from "../../../src/sandbox/azure/simulatedAzure.ts";
import { fieldNames } from "./fieldNames.ts";
import type { Comparison } from "./replay.ts";
import { type ArmAnswer, arm, audience, issuer, shopAzure } from "./world.ts";

/** An example of a specification: parameters, and the answers to a request with them. */
export interface PublishedExample {
  parameters: Record<string, unknown>;
  responses: Record<string, { body?: unknown; nextLink?: string }>;
  operationId?: string;
  title?: string;
}

const identityPath =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}";
const credentialPath = `${identityPath}/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}`;

/** Method, path and, by status, whether what the request is about is there already. */
const operations: Record<string, { method: string; path: string; there: Record<string, "there" | "absent"> }> = {
  UserAssignedIdentities_ListBySubscription: {
    method: "GET",
    path: "/subscriptions/{subscriptionId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities",
    there: { 200: "there" },
  },
  UserAssignedIdentities_Get: { method: "GET", path: identityPath, there: { 200: "there" } },
  UserAssignedIdentities_CreateOrUpdate: { method: "PUT", path: identityPath, there: { 200: "there", 201: "absent" } },
  UserAssignedIdentities_Delete: { method: "DELETE", path: identityPath, there: { 200: "there", 204: "absent" } },
  UserAssignedIdentities_ListAssociatedResources: {
    method: "POST",
    path: `${identityPath}/listAssociatedResources`,
    there: { 200: "there" },
  },
  FederatedIdentityCredentials_List: {
    method: "GET",
    path: `${identityPath}/federatedIdentityCredentials`,
    there: { 200: "there" },
  },
  FederatedIdentityCredentials_Get: { method: "GET", path: credentialPath, there: { 200: "there" } },
  FederatedIdentityCredentials_CreateOrUpdate: {
    method: "PUT",
    path: credentialPath,
    there: { 200: "there", 201: "absent" },
  },
  FederatedIdentityCredentials_Delete: {
    method: "DELETE",
    path: credentialPath,
    there: { 200: "there", 204: "absent" },
  },
};

/** An Azure in which the example's identity and credential are there, with others beside them so that lists have pages. */
function azureOf(example: PublishedExample, operation: string, there: "there" | "absent"): SimulatedAzure {
  const { parameters } = example;
  const azure = shopAzure({ pageSize: 1 });
  const subscriptionId = String(parameters.subscriptionId);
  const resourceGroup = String(parameters.resourceGroupName ?? "rgName");
  const place = { subscriptionId, resourceGroup, tenantId: "tenant", location: "eastus" };
  azure.addResourceGroup(place);
  const isOfCredential = operation.startsWith("Federated");
  if (there === "absent" && !isOfCredential) return azure;
  const name = String(parameters.federatedIdentityCredentialResourceName ?? "ficResourceName");
  const content = { issuer, audience };
  const expression = { languageVersion: 1, value: "claims['sub'] matches system:serviceaccount:ns:*" };
  const own = example.title?.startsWith("Flexible")
    ? { name, ...content, subject: "", claimsMatchingExpression: expression }
    : { name, ...content, subject: "system:serviceaccount:ns:svcaccount" };
  const others = there === "there" ? [own, { ...content, name: "another", subject: "another" }] : [];
  const resource = (type: string) =>
    `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${type}`;
  for (const identity of [String(parameters.resourceName ?? "resourceName"), "another"]) {
    azure.addIdentity({
      ...place,
      name: identity,
      tags: { key1: "value1", key2: "value2" },
      clientId: identity,
      principalId: identity,
      federatedCredentials: others,
      associatedResources: [1, 2, 3, 4].map(number => resource(`Microsoft.CognitiveServices/accounts/test${number}`)),
    });
  }
  return azure;
}

function fill(path: string, parameters: Record<string, unknown>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => String(parameters[name]));
}

/** Sends the request of each answer of an example, and compares status and the names of all fields. */
export async function replayExample(file: string, example: PublishedExample): Promise<Comparison[]> {
  const operation = example.operationId ?? "UserAssignedIdentities_ListAssociatedResources";
  const known = operations[operation];
  if (known === undefined) throw new Error(`No way to send ${operation} of ${file}`);
  const comparisons: Comparison[] = [];
  for (const [status, { body = "", nextLink }] of Object.entries(example.responses)) {
    const azure = azureOf(example, operation, known.there[status] ?? "there");
    const query = ["api-version", "$filter", "$orderby", "$top", "$skip"].flatMap(name =>
      example.parameters[name] === undefined ? [] : [`${name}=${encodeURIComponent(String(example.parameters[name]))}`],
    );
    const path = `${fill(known.path, example.parameters)}?${query.join("&")}`;
    const answer: ArmAnswer = await arm(azure, known.method, path, example.parameters.parameters);
    comparisons.push({
      what: `${file}: ${operation} ${status}`,
      expected: {
        status: Number(status),
        fields: fieldNames(nextLink === undefined ? body : { ...(body as object), nextLink }),
      },
      given: { status: answer.status, fields: fieldNames(answer.body) },
    });
  }
  return comparisons;
}
