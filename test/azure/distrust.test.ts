import { createHttpHeaders, type HttpClient } from "@azure/core-rest-pipeline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAzureAccess } from "../../src/azure/access.ts";
import { AzureError } from "../../src/azure/azureError.ts";
import { resolveCloud } from "../../src/azure/clouds.ts";
import { signIn } from "../../src/azure/signIn.ts";
import type { AzureAccess } from "../../src/core/azure/azurePorts.ts";

const guid = "10000000-0000-4000-8000-000000000001";
const group = `/subscriptions/${guid}/resourceGroups/g/providers`;
const identity = `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/cart`;
const cluster = `${group}/Microsoft.ContainerService/managedClusters/aks`;
const content = { name: "abc", issuer: "https://x/", subject: "s", audience: "a" };

/** Everything that is asked of Azure. */
const calls: Record<string, (access: AzureAccess) => Promise<unknown>> = {
  getIdentity: access => access.getIdentity(identity),
  listCredentials: access => access.listCredentials(identity),
  getCredential: access => access.getCredential(identity, "abc"),
  putCredential: access => access.putCredential(identity, content),
  deleteCredential: access => access.deleteCredential(identity, "abc"),
  getApplication: access => access.getApplication(guid),
  listCredentialsOfApplication: access => access.listCredentials(guid),
  putCredentialOfApplication: access => access.putCredential(guid, content),
  getManagedCluster: access => access.getManagedCluster(cluster),
  listManagedClusters: access => access.listManagedClusters(guid),
  getResourceGroup: access => access.getResourceGroup(guid, "g"),
  listIdentities: access => access.listIdentities(guid),
  listSubscriptions: access => access.listSubscriptions(),
  queryIdentities: access => access.queryIdentities([guid], {}),
  listIdentityBindings: access => access.listIdentityBindings(cluster),
  putIdentityBinding: access => access.putIdentityBinding(cluster, { name: "abc", principal: identity }),
  getOperation: access => access.getOperation("https://management.azure.com/operations/1"),
  listPermissions: access => access.listPermissions(identity),
  listRoleAssignments: access => access.listRoleAssignments(guid, guid),
  exchangeToken: access => access.exchangeToken({ tenant: guid, clientID: guid, assertion: "assertion" }),
};

/** Azure's answer to all that is asked, and the hosts that were asked. */
function answering(
  name: string,
  { status = 200, body = {}, headers = {} }: { status?: number; body?: unknown; headers?: Record<string, string> },
) {
  const hosts = new Set<string>();
  const httpClient: HttpClient = {
    sendRequest: async request => {
      hosts.add(new URL(request.url).host);
      const bodyAsText = typeof body === "string" ? body : JSON.stringify(body);
      return { request, status, headers: createHttpHeaders(headers), bodyAsText };
    },
  };
  const cloud = resolveCloud(name, {});
  const credential = { getToken: async () => ({ token: "token", expiresOnTimestamp: Date.now() + 3600_000 }) };
  return { hosts, cloud, httpClient, access: createAzureAccess({ cloud, credential, httpClient }) };
}

async function ended(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    value => ({ value }),
    (error: unknown) => error,
  );
}

const item = (properties: object) => ({ id: identity, name: "abc", properties });
const odd = item({ clientId: {}, tenantId: [], issuer: ["x"], subject: 7, audiences: [5, {}] });
const elsewhere = {
  value: [],
  nextLink: "https://management.azure.com/x",
  "@odata.nextLink": "https://graph.microsoft.com/x",
};
const answers: Record<string, Parameters<typeof answering>[1]> = {
  "numbers and objects for texts": { body: { ...odd, value: [odd, null, 5] } },
  "texts for lists": { body: { ...item({ audiences: "abc" }), value: [item({ audiences: "abc" })] } },
  nulls: {
    body: {
      ...item({ clientId: null, audiences: null }),
      value: [item({ clientId: null, subject: null, audiences: null })],
    },
  },
  "links to the public cloud": { body: { ...item({}), ...elsewhere } },
  "links that are none": { body: { ...item({}), value: [], nextLink: "javascript:alert(1)" } },
  "a redirect to the public cloud": { status: 307, body: "", headers: { location: "https://management.azure.com/x" } },
  "a redirect of a read": { status: 302, body: "", headers: { location: "https://login.microsoftonline.com/x" } },
  "a page": { body: "<html>Sign in</html>" },
  "an error of another form": {
    status: 403,
    body: { error: { code: {}, message: [], additionalInfo: [{ type: "PolicyViolation", info: {} }] } },
  },
};

describe("whatever Azure answers", () => {
  test.each(Object.entries(answers))(
    "%s: no other cloud is asked, and nothing fails as a defect",
    async (_, answer) => {
      for (const [name, call] of Object.entries(calls)) {
        const { access, hosts } = answering("china", answer);
        const end = await ended(call(access));
        const others = [...hosts].filter(host => !host.endsWith(".chinacloudapi.cn"));
        expect({ name, others, isDefect: end instanceof Error && !(end instanceof AzureError) }).toEqual({
          name,
          others: [],
          isDefect: false,
        });
      }
    },
  );

  test("texts are texts", async () => {
    const { access } = answering("public", { body: { ...odd, value: [odd] } });
    expect(await access.getIdentity(identity)).toMatchObject({ clientID: "", tenantID: "" });
    expect(await access.listCredentials(identity)).toEqual([{ name: "abc", issuer: "", subject: "", audience: "," }]);
  });

  test("an identity is the one that was asked for", async () => {
    const other = identity.replace("cart", "admin");
    const { access } = answering("public", { body: { ...item({ clientId: guid }), id: other } });
    await expect(access.getIdentity(identity)).rejects.toThrow(`the answer is about ${other}`);
  });

  test.each(["..", "", "a/b", "https://x"])("a token goes to tenants only, not to %j", async tenant => {
    const { access, hosts } = answering("public", {});
    const exchange = access.exchangeToken({ tenant, clientID: guid, assertion: "assertion" });
    await expect(exchange).rejects.toMatchObject({ kind: "badRequest" });
    expect([...hosts]).toEqual([]);
  });
});

describe("a cloud's hosts alone are asked", () => {
  const own = [
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_TENANT_ID",
    "AZURE_TOKEN_CREDENTIALS",
    "AZURE_AUTHORITY_HOST",
  ];
  let before: (string | undefined)[] = [];
  beforeEach(() => {
    before = own.map(name => process.env[name]);
  });
  afterEach(() => {
    own.forEach((name, index) => {
      const value = before[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    });
  });

  test.each([
    ["public", /^(management\.azure|graph\.microsoft|login\.microsoftonline)\.com$/],
    ["usgovernment", /^(management\.usgovcloudapi\.net|graph\.microsoft\.us|login\.microsoftonline\.us)$/],
    // MSAL knows this authority by its newer name too.
    ["china", /^(management|microsoftgraph|login)\.chinacloudapi\.cn$|^login\.partner\.microsoftonline\.cn$/],
  ])("%s", async (name, ofCloud) => {
    const { access, hosts, cloud, httpClient } = answering(name, {
      body: { ...item({}), value: [], access_token: "token", token_type: "Bearer", expires_in: 3600 },
    });
    for (const call of Object.values(calls)) await ended(call(access));
    // The variables name another cloud's authority, as where a pod of that one runs this.
    Object.assign(process.env, {
      AZURE_CLIENT_ID: guid,
      AZURE_CLIENT_SECRET: "secret",
      AZURE_TENANT_ID: guid,
      AZURE_TOKEN_CREDENTIALS: "EnvironmentCredential",
      AZURE_AUTHORITY_HOST: "https://login.example",
    });
    const credential = signIn({ cloud, env: process.env, httpClient });
    expect((await credential.getToken(cloud.resourceManagerScope))?.token).toBe("token");
    expect([...hosts].filter(host => !ofCloud.test(host))).toEqual([]);
    expect(hosts.size).toBeGreaterThanOrEqual(3);
  });
});
