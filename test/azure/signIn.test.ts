import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HttpsTransport, serveHttps } from "../../src/sandbox/azure/httpsTransport.ts";
import {
  audience,
  clientId,
  createSigner,
  identityPath,
  issuer,
  operatorClientId,
  operatorSecret,
  shopAzure,
  systemClock,
  tenantId,
  token,
} from "../sandbox/azure/world.ts";

const tls = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));
const certificate = join(tls, "simulated-azure.crt.pem");
const child = fileURLToPath(new URL("signIn.child.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "azwi-sign-in-"));
const cloudFile = join(folder, "cloud.json");
const tokenFile = join(folder, "token");
const signer = createSigner();
const azure = shopAzure({ clock: systemClock, jwks: async asked => (asked === issuer ? signer.jwks : undefined) });
let https: HttpsTransport;

beforeAll(async () => {
  https = await serveHttps(azure.handle, {
    cert: readFileSync(certificate, "utf8"),
    key: readFileSync(join(tls, "simulated-azure.key.pem"), "utf8"),
  });
  const authority = https.origin.replace("127.0.0.1", "localhost");
  writeFileSync(
    cloudFile,
    JSON.stringify({
      name: "Simulated",
      resourceManagerEndpoint: `${https.origin}/`,
      activeDirectoryEndpoint: `${authority}/`,
      tokenAudience: "https://management.simulated",
    }),
  );
});
afterAll(async () => {
  await https.close();
  rmSync(folder, { recursive: true });
});

/** An `az` of our own: a shell script in a folder of its own, put before everything else on the PATH. */
function fakeAz(name: string, script: string): Record<string, string> {
  const bin = mkdtempSync(join(folder, `${name}-`));
  writeFileSync(join(bin, "az"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: [bin, "/usr/bin", "/bin"].join(delimiter), AZURE_TOKEN_CREDENTIALS: "AzureCliCredential" };
}

const secretEnv = {
  AZURE_TENANT_ID: tenantId,
  AZURE_CLIENT_ID: operatorClientId,
  AZURE_CLIENT_SECRET: operatorSecret,
};

/** Signs in with real @azure/identity in a process of its own and gives what it printed. */
async function run(env: Record<string, string>): Promise<unknown> {
  const started = spawn(process.execPath, ["--import", "tsx", child], {
    env: {
      PATH: "/nowhere",
      HOME: folder,
      NO_PROXY: "localhost,127.0.0.1,169.254.169.254",
      NODE_EXTRA_CA_CERTS: certificate,
      AZURE_ENVIRONMENT_FILEPATH: cloudFile,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  started.stdout.on("data", chunk => {
    stdout += chunk;
  });
  started.stderr.on("data", chunk => {
    stderr += chunk;
  });
  await new Promise((resolve, reject) => {
    started.once("error", reject);
    started.once("close", resolve);
  });
  if (stdout === "") throw new Error(`the child printed nothing: ${stderr}`);
  return JSON.parse(stdout);
}

const refusedWith = (aadsts: number) => ({ name: "AzureSignInError", failure: "rejected", aadsts, exitCode: 1 });

describe.concurrent("signing in to a custom cloud over HTTPS, with real @azure/identity", { timeout: 60_000 }, () => {
  test("works with a client secret, and Azure Resource Manager takes the token", async () => {
    const result = await run({ ...secretEnv, AZWI_TEST_IDENTITY: identityPath });
    expect(result).toEqual({ credentials: [] });
    expect(azure.requests).toContainEqual(
      expect.objectContaining({
        method: "POST",
        body: expect.objectContaining({
          client_id: operatorClientId,
          scope: "https://management.simulated/.default",
        }),
      }),
    );
  });

  test("works with a workload identity", async () => {
    azure.addApplication({
      tenantId,
      clientId: "workload",
      displayName: "pipeline",
      federatedCredentials: [{ name: "ci", issuer, subject: "ci", audience }],
    });
    writeFileSync(tokenFile, signer.serviceAccountToken({ now: Date.now(), subject: "ci" }));
    const result = await run({
      AZURE_TENANT_ID: tenantId,
      AZURE_CLIENT_ID: "workload",
      AZURE_FEDERATED_TOKEN_FILE: tokenFile,
    });
    expect(result).toEqual({ token: expect.stringMatching(/^[^.]+\.[^.]+\.[^.]+$/) });
  });

  test("works with az, which is asked for the cloud's own resource and tenant", async () => {
    const log = join(folder, "az.log");
    const env = fakeAz("az", `echo "$@" >> ${log}; echo '{"accessToken":"${token}","expires_on":4070908800}'`);
    const result = await run({ ...env, AZWI_TEST_TENANT: tenantId, AZWI_TEST_IDENTITY: identityPath });
    expect(result).toEqual({ credentials: [] });
    expect(readFileSync(log, "utf8")).toBe(
      `account get-access-token --output json --resource https://management.simulated --tenant ${tenantId}\n`,
    );
  });

  test("takes --tenant before AZURE_TENANT_ID", async () => {
    const result = await run({ ...secretEnv, AZURE_TENANT_ID: "another-tenant", AZWI_TEST_TENANT: tenantId });
    expect(result).toEqual({ token: expect.stringMatching(/^[^.]+\.[^.]+\.[^.]+$/) });
  });

  test("says which refusal it was and what to do, for a wrong secret", async () => {
    const result = await run({ ...secretEnv, AZURE_CLIENT_SECRET: "wrong-s3cret" });
    expect(result).toMatchObject({
      ...refusedWith(7000215),
      message: expect.stringMatching(
        /^Azure \(Simulated, https:\/\/localhost:\d+\) refused the sign-in: AADSTS7000215: Invalid client secret provided\. .* for a secret added to app '[^']+'\.$/,
      ),
      hint: "AZURE_CLIENT_SECRET is wrong: it must be the secret's value, not its id.",
    });
    expect(JSON.stringify(result)).not.toContain("wrong-s3cret");
  });

  test("stops at a refused workload identity: nobody else's az is used instead, and the assertion goes nowhere else", async () => {
    const own = join(folder, "refused-token");
    writeFileSync(own, signer.serviceAccountToken({ now: Date.now(), subject: "nobody" }));
    const { PATH = "" } = fakeAz("other", `echo '{"accessToken":"${token}","expires_on":4070908800}'`);
    const result = await run({
      PATH,
      AZURE_TENANT_ID: tenantId,
      AZURE_CLIENT_ID: clientId,
      AZURE_FEDERATED_TOKEN_FILE: own,
    });
    expect(result).toMatchObject(refusedWith(70025));
  });

  test("names an unknown tenant", async () => {
    const result = await run({ ...secretEnv, AZURE_TENANT_ID: "contoso.example" });
    expect(result).toMatchObject({
      name: "AzureSignInError",
      failure: "unreachable",
      hint: expect.stringContaining("does not know the tenant contoso.example: check --tenant or AZURE_TENANT_ID"),
    });
  });

  test("says that az is signed out, and how to sign in", async () => {
    const result = await run(
      fakeAz("signed-out", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1"),
    );
    expect(result).toMatchObject({
      name: "AzureSignInError",
      failure: "noSignIn",
      message: expect.stringMatching(/^Not signed in to Azure \(Simulated, .*\)\.\nTried:\n {2}- .*az login/),
      hint: expect.stringContaining("Sign in with `az login`"),
    });
  });

  test("lists what was tried where nothing is set up", async () => {
    const result = await run({ AZURE_TOKEN_CREDENTIALS: "dev" });
    expect(result).toMatchObject({ name: "AzureSignInError", failure: "noSignIn" });
    expect((result as { message: string }).message).toContain("\n  - Azure CLI could not be found");
  });

  test("does not take an answer of az without a token for a sign-in", async () => {
    const result = await run(fakeAz("empty", "echo '{\"expires_on\":4070908800}'"));
    expect(result).toMatchObject({ name: "AzureSignInError", failure: "misconfigured" });
  });

  test("keeps a token that az prints on stderr out of its message", async () => {
    const result = await run(
      fakeAz("leaky", 'echo "ERROR: bad cache: access_token=eyJhbGciOi.eyJzdWIiOi.c2lnbmF0" >&2; exit 1'),
    );
    expect(result).toMatchObject({ failure: "noSignIn" });
    expect(JSON.stringify(result)).not.toMatch(/eyJhbGciOi/);
  });

  test("gives up on an az that never answers", async () => {
    const result = await run({ ...fakeAz("hanging", "exec sleep 5"), AZWI_TEST_TIMEOUT: "300" });
    expect(result).toMatchObject({ name: "AzureSignInError", failure: "timeout" });
  });

  test("refuses a value of AZURE_TOKEN_CREDENTIALS that names nothing", async () => {
    const result = await run({ AZURE_TOKEN_CREDENTIALS: "azcli" });
    expect(result).toMatchObject({
      failure: "misconfigured",
      message: expect.stringContaining("Invalid value for AZURE_TOKEN_CREDENTIALS = azcli"),
    });
  });

  test("names NODE_EXTRA_CA_CERTS when the authority's certificate is not trusted", async () => {
    const result = await run({ ...secretEnv, NODE_EXTRA_CA_CERTS: "" });
    expect(result).toMatchObject({
      name: "AzureSignInError",
      failure: "unreachable",
      hint: expect.stringMatching(
        /^The certificate of localhost:\d+ is not trusted here \(DEPTH_ZERO_SELF_SIGNED_CERT\)\..*NODE_EXTRA_CA_CERTS/,
      ),
    });
  });

  test("names it as well when only Azure Resource Manager's is not trusted", async () => {
    const env = fakeAz("trusting", `echo '{"accessToken":"${token}","expires_on":4070908800}'`);
    const result = await run({ ...env, NODE_EXTRA_CA_CERTS: "", AZWI_TEST_IDENTITY: identityPath });
    expect(result).toMatchObject({
      name: "AzureError",
      kind: "network",
      code: "DEPTH_ZERO_SELF_SIGNED_CERT",
      message: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
    });
  });

  test("says that nobody listens at the authority", async () => {
    const closed = join(folder, "closed.json");
    writeFileSync(
      closed,
      JSON.stringify({
        resourceManagerEndpoint: "https://127.0.0.1:1",
        activeDirectoryEndpoint: "https://127.0.0.1:1",
      }),
    );
    const result = await run({ ...secretEnv, AZURE_ENVIRONMENT_FILEPATH: closed });
    expect(result).toMatchObject({
      failure: "unreachable",
      hint: expect.stringContaining("127.0.0.1:1 cannot be reached (ECONNREFUSED)"),
    });
  });
});
