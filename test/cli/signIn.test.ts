import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createSigner } from "../sandbox/azure/world.ts";
import { type Ended, run } from "./run.ts";
import { type AzureOfWorld, operator, shopObjects, startWorld, tenantId, type World } from "./world.ts";

const otherTenant = "10000000-0000-4000-8000-00000000000f";
const pipeline = "30000000-0000-4000-8000-00000000000a";
const pipelineIssuer = "https://token.pipelines.example/org";
const signer = createSigner();

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

/** The namespace billing of the shop: two identities, which get a credential each. */
async function billing(before: AzureOfWorld["before"] = () => {}): Promise<World> {
  const objects = (await shopObjects()).filter(
    ({ kind, metadata: { namespace = "" } }) => kind === "Namespace" || ["billing", "kube-system"].includes(namespace),
  );
  const jwks = async (asked: string) => (asked === pipelineIssuer ? signer.jwks : undefined);
  const world = await startWorld(objects, { jwks, before });
  worlds.push(world);
  return world;
}

function prepare(env: Record<string, string>, ...flags: string[]): Promise<Ended> {
  return run(["apply", "--yes", "--stage", "prepare", "-n", "billing", ...flags], { env });
}

/** The writes that reached ARM: the identity and the status. */
function writes({ azure }: World): string[] {
  const puts = azure.requests.filter(one => one.method === "PUT");
  return puts.map(({ path, outcome }) => `${path.split("/").at(-3)} ${outcome}`).sort();
}

/** What the operator's shell has beside the secret. */
function withoutSecret({ env }: World): Record<string, string> {
  const { AZURE_CLIENT_SECRET: _, AZURE_CLIENT_ID: __, ...rest } = env;
  return rest;
}

/** An `az` of our own, in a folder before everything else on the PATH. */
function fakeAz(world: World, script: string): Record<string, string> {
  const bin = join(world.folder, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "az"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const { AZURE_TENANT_ID: _, ...env } = withoutSecret(world);
  return { ...env, PATH: [bin, "/usr/bin", "/bin"].join(delimiter), AZURE_TOKEN_CREDENTIALS: "AzureCliCredential" };
}

/** A pipeline's sign-in with a token of its own, whose signature `signedBy` makes. */
function workload(world: World, signedBy = signer): Record<string, string> {
  const federatedCredentials = [
    { name: "ci", issuer: pipelineIssuer, subject: "ci", audience: "api://AzureADTokenExchange" },
  ];
  world.azure.addApplication({ tenantId, clientId: pipeline, displayName: "pipeline", federatedCredentials });
  const file = join(world.folder, "assertion");
  writeFileSync(file, signedBy.serviceAccountToken({ now: Date.now(), issuer: pipelineIssuer, subject: "ci" }));
  return {
    ...withoutSecret(world),
    AZURE_CLIENT_ID: pipeline,
    AZURE_FEDERATED_TOKEN_FILE: file,
    AZURE_TOKEN_CREDENTIALS: "WorkloadIdentityCredential",
  };
}

const both = ["invoices 201", "mailer 201"];

describe("the built program lists and writes in Azure, signed in", () => {
  test("with a client secret, in the cloud that --cloud names", async () => {
    const world = await billing();
    const { AZURE_ENVIRONMENT_FILEPATH: cloud = "", ...env } = world.env;
    const { code, stderr } = await prepare(env, "--cloud", cloud);
    expect({ code, writes: writes(world) }).toEqual({ code: 0, writes: both });
    expect(stderr).toContain(`as app ${operator.clientId}`);
    expect(stderr).toContain(`in tenant ${tenantId}, cloud Simulated`);
    const { scope } = (world.azure.requests.find(one => one.path.endsWith("/token"))?.body ?? {}) as { scope?: string };
    expect(scope).toBe("https://management.simulated/.default");
  });

  test("with a workload identity, whose token Entra checks", async () => {
    const world = await billing();
    const { code, stderr } = await prepare(workload(world));
    expect({ code, writes: writes(world) }).toEqual({ code: 0, writes: both });
    expect(stderr).toContain(`as app ${pipeline}`);
  });

  test("with az", async () => {
    const world = await billing();
    const token = world.azure.issueAccessToken({
      tenantId,
      clientId: "the-cli",
      principalId: "a-person",
      userName: "ann@contoso.example",
      scope: "https://management.simulated/.default",
    });
    const asked = join(world.folder, "az.log");
    const answer = JSON.stringify({ accessToken: token, expires_on: 4070908800 });
    const { code, stdout, stderr } = await prepare(fakeAz(world, `echo "$@" >> ${asked}\necho '${answer}'`));
    expect({ code, writes: writes(world) }).toEqual({ code: 0, writes: both });
    expect(stderr).toContain("ann@contoso.example");
    // Once for the whole run: az takes half a second.
    expect(readFileSync(asked, "utf8")).toBe(
      "account get-access-token --output json --resource https://management.simulated\n",
    );
    expect(stdout + stderr).not.toContain(token);
  });
});

test("a cluster whose issuer is another cloud's is told, and the audience stays what it is", async () => {
  const world = await billing();
  const file = world.env.AZURE_ENVIRONMENT_FILEPATH ?? "";
  const cloud = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, JSON.stringify({ ...cloud, name: "Elsewhere", aksIssuerSuffixes: ["oidc.elsewhere.example"] }));
  const { code, stdout } = await run(["plan", "-n", "billing"], { env: world.env });
  expect(code).toBe(0);
  expect(stdout).toContain("cloud-mismatch");
  expect(stdout).toContain("--cloud public");
  expect((await prepare(world.env)).code).toBe(0);
  const bodies = world.azure.requests.filter(one => one.method === "PUT").map(one => one.body);
  expect(bodies).toEqual(
    [1, 2].map(() => ({ properties: expect.objectContaining({ audiences: ["api://AzureADTokenExchange"] }) })),
  );
});

describe("where the sign-in fails, nothing is written and the reason is told", () => {
  test.each<[string, (world: World) => Record<string, string>, string[]]>([
    [
      "az is not signed in",
      world => fakeAz(world, "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1"),
      ["Not signed in to Azure (Simulated", "az login"],
    ],
    [
      "the secret has expired",
      world => {
        world.azure.expireSecrets(operator.clientId);
        return world.env;
      },
      ["AADSTS7000222", "AZURE_CLIENT_SECRET has expired"],
    ],
    [
      "the pipeline's token is signed by somebody else",
      world => workload(world, createSigner("key-1")),
      ["AADSTS700027", "Client assertion contains an invalid signature"],
    ],
  ])("%s", async (_, signIn, words) => {
    const world = await billing();
    const { code, stderr } = await prepare(signIn(world));
    expect({ code, writes: writes(world) }).toEqual({ code: 4, writes: [] });
    for (const word of words) expect(stderr).toContain(word);
  });

  test("the sign-in is to another tenant than the subscription's", async () => {
    const world = await billing();
    const AZURE_CLIENT_SECRET = "another-secret";
    const application = { tenantId: otherTenant, clientId: pipeline, displayName: "elsewhere" };
    world.azure.addApplication({ ...application, secrets: [AZURE_CLIENT_SECRET] });
    const env = { ...world.env, AZURE_TENANT_ID: otherTenant, AZURE_CLIENT_ID: pipeline, AZURE_CLIENT_SECRET };
    const { code, stdout } = await prepare(env);
    expect({ code, writes: writes(world) }).toEqual({ code: 4, writes: [] });
    expect(stdout).toContain("InvalidAuthenticationTokenTenant");
    expect(stdout).toContain("--tenant");
  });
});

describe("a token that ends in the middle of a run", () => {
  /** Does something when the first write arrives, before it is answered. */
  function atFirstWrite(act: (azure: World["azure"]) => void): NonNullable<AzureOfWorld["before"]> {
    let done = false;
    return ({ method }, azure) => {
      if (method !== "PUT" || done) return;
      done = true;
      act(azure);
    };
  }

  test("is replaced by a new one, and the run goes on", async () => {
    const world = await billing(atFirstWrite(azure => azure.expireTokens()));
    const { code } = await prepare(world.env);
    expect(code).toBe(0);
    expect(writes(world)).toContain("invoices 201");
    expect(writes(world)).toContain("mailer 201");
    expect(writes(world).some(one => one.endsWith("401"))).toBe(true);
  });

  test("ends the run with the reason where there is no new one, and the next run does the rest", async () => {
    const world = await billing(
      atFirstWrite(azure => {
        azure.expireTokens();
        azure.expireSecrets(operator.clientId);
      }),
    );
    const { code, stdout } = await prepare(world.env);
    expect(code).toBe(1);
    expect(stdout).toContain("AADSTS7000222");
    expect(writes(world).filter(one => one.endsWith("201"))).toEqual([]);
    const renewed = { tenantId, clientId: pipeline, displayName: "operator", secrets: ["a-new-secret"] };
    world.azure.addApplication(renewed);
    const again = await prepare({ ...world.env, AZURE_CLIENT_ID: pipeline, AZURE_CLIENT_SECRET: "a-new-secret" });
    expect({ code: again.code, writes: writes(world).filter(one => one.endsWith("201")) }).toEqual({
      code: 0,
      writes: both,
    });
  });
});
