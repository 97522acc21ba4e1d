import type { Application, ApplicationAccess, CredentialAccess } from "../core/azure/azurePorts.ts";
import { isClientID } from "../core/azure/servicePrincipal.ts";
import { isRecord } from "../core/kubernetes.ts";
import type { FederatedCredential } from "../core/model.ts";
import { isSameTrust } from "../core/trust/trusts.ts";
import { AzureError, unlessNotFound } from "./azureError.ts";
import { checkedName } from "./credentialName.ts";
import type { Rest } from "./rest.ts";

/** Marks what this tool has created, where Graph has room for it. */
const description = "Created by azwi-migrate";

/** Both say that a credential is there already: by its name (409), or by its issuer and subject (400). */
const existsCodes: ReadonlySet<string | undefined> = new Set([
  "Request_MultipleObjectsWithSameKeyValue",
  "InvalidFederatedIdentityCredentialValue",
]);

const readers =
  "to be an owner of the app registration, or the Graph permission Application.Read.All (Directory Readers for people)";
const writers =
  "to be an owner of the app registration (a service principal with the Graph permission Application.ReadWrite.OwnedBy); the directory role Cloud Application Administrator; the Graph permission Application.ReadWrite.All";

/**
 * Applications and their federated credentials in Microsoft Graph v1.0, by client id. `graph` throws where the cloud has none.
 * Throws `AzureError` or `AzureSignInError`; a refusal for want of rights names those that would do, the smallest first.
 */
export function applicationAccess(graph: () => Rest): ApplicationAccess & Omit<CredentialAccess, "getIdentity"> {
  async function listCredentials(clientID: string): Promise<FederatedCredential[]> {
    const path = credentialsPath(clientID);
    const doing = `Listing the federated credentials of the application ${clientID}`;
    return (await allowed(readers, () => graph().list({ doing, path }))).flatMap(credentialOf);
  }

  async function getCredential(clientID: string, name: string): Promise<FederatedCredential | undefined> {
    const path = `${credentialsPath(clientID)}/${segmentOf(name)}`;
    const doing = `Reading the federated credential ${name} of the application ${clientID}`;
    const [found] = credentialOf(await unlessNotFound(() => allowed(readers, () => graph().send({ doing, path }))));
    return found;
  }

  return {
    async getApplication(clientID) {
      const doing = `Reading the application ${clientID}`;
      const path = `${applicationPath(clientID)}?$select=id,appId`;
      const found = await unlessNotFound(() => allowed(readers, () => graph().send({ doing, path })));
      return found === undefined ? guestOf(graph(), clientID) : { clientID };
    },
    listCredentials,
    getCredential,
    async putCredential(clientID, credential) {
      const { name, issuer, subject, audience } = credential;
      const doing = `Creating the federated credential ${name} of the application ${clientID}`;
      const present = await getCredential(clientID, checkedName(name));
      if (present) return unlessOther(present, credential, doing);
      const body = { name, issuer, subject, audiences: [audience], description };
      const request = { doing, method: "POST" as const, path: credentialsPath(clientID), body };
      try {
        const [created] = credentialOf(await allowed(writers, () => graph().send(request)));
        return created ?? credential;
      } catch (error) {
        if (!(error instanceof AzureError && existsCodes.has(error.code))) throw error;
        const same = (await listCredentials(clientID)).find(one => isSameTrust(one, credential));
        if (!same) throw withPolicy(error, issuer);
        return same;
      }
    },
    async deleteCredential(clientID, name) {
      const path = `${credentialsPath(clientID)}/${segmentOf(name)}`;
      const doing = `Deleting the federated credential ${name} of the application ${clientID}`;
      await unlessNotFound(() => allowed(writers, () => graph().send({ doing, method: "DELETE", path })));
    },
  };
}

/** A service principal of an application that lives elsewhere; undefined where there is none, or none may be seen. */
async function guestOf(graph: Rest, clientID: string): Promise<Application | undefined> {
  const path = `/v1.0/servicePrincipals(appId='${clientID}')?$select=id,appOwnerOrganizationId`;
  try {
    const found = await unlessNotFound(() =>
      graph.send({ doing: `Reading the service principal of ${clientID}`, path }),
    );
    const homeTenant = isRecord(found) ? found.appOwnerOrganizationId : undefined;
    return typeof homeTenant === "string" ? { clientID, homeTenant } : undefined;
  } catch (error) {
    if (error instanceof AzureError && error.kind === "forbidden") return undefined;
    throw error;
  }
}

function applicationPath(clientID: string): string {
  if (isClientID(clientID)) return `/v1.0/applications(appId='${clientID}')`;
  throw new AzureError(`"${clientID}" is not the client id of an application.`, { kind: "badRequest" });
}

function credentialsPath(clientID: string): string {
  return `${applicationPath(clientID)}/federatedIdentityCredentials`;
}

/** A name that is there already may have other signs; a dot alone would name what is above. */
function segmentOf(name: string): string {
  if (name !== "" && !/^\.+$/.test(name)) return encodeURIComponent(name);
  throw new AzureError(`"${name}" is no name of a federated credential.`, { kind: "badRequest" });
}

/** Empty for what has no name. One that matches claims by an expression (beta) has no subject: its is "". */
function credentialOf(wire: unknown): FederatedCredential[] {
  if (!isRecord(wire) || typeof wire.name !== "string") return [];
  const { name, issuer, subject, audiences } = wire;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  const audience = Array.isArray(audiences) ? audiences.map(text).join(",") : "";
  return [{ name, issuer: text(issuer), subject: text(subject), audience }];
}

function unlessOther(present: FederatedCredential, wanted: FederatedCredential, doing: string): FederatedCredential {
  if (isSameTrust(present, wanted)) return present;
  throw new AzureError(`${doing}: one of that name exists for the subject ${present.subject} and is not overwritten.`, {
    kind: "conflict",
    status: 409,
    code: "Request_MultipleObjectsWithSameKeyValue",
  });
}

/** Graph says that privileges are insufficient, never which: `needed` does. */
async function allowed<T>(needed: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof AzureError && error.kind === "forbidden")) throw error;
    throw withRemedy(error, `Needed, the smallest first: ${needed}.`);
  }
}

/** Tenants may allow some issuers only, and the refusal is that of a wrong value ("not allowed as per assigned policy"). */
function withPolicy(error: AzureError, issuer: string): AzureError {
  if (!/\bpolicy\b/i.test(error.message)) return error;
  return withRemedy(error, `Ask those who keep the tenant's app management policy to allow the issuer ${issuer}.`);
}

function withRemedy(error: AzureError, remedy: string): AzureError {
  const { kind, status, code, message } = error;
  return new AzureError(`${message.replace(/\.?$/, ".")} ${remedy}`, { kind, status, code, cause: error });
}
