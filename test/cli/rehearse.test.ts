import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { expectWellBehaved } from "./expectations.ts";
import { run } from "./run.ts";
import { shop, temporaryFolder } from "./world.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** Programs that a real run would call, each of which leaves a mark. */
const bin = join(folder.path, "bin");
const mark = join(folder.path, "called");
mkdirSync(bin);
for (const program of ["az", "azd", "kubectl", "kubelogin", "pwsh", "powershell"]) {
  writeFileSync(join(bin, program), `#!/bin/sh\necho ${program} >> ${mark}\nexit 1\n`);
  chmodSync(join(bin, program), 0o755);
}

describe("rehearse", () => {
  test("migrates the example shop to the end, with nothing but itself", async () => {
    const ended = await run(["rehearse"], {
      cwd: folder.path,
      env: {
        PATH: `${bin}:/usr/bin:/bin`,
        HTTPS_PROXY: "http://127.0.0.1:9",
        HTTP_PROXY: "http://127.0.0.1:9",
        NO_PROXY: "",
        KUBECONFIG: "/nowhere/kubeconfig",
        KUBERNETES_SERVICE_HOST: "192.0.2.1",
        AZURE_TENANT_ID: "nonsense",
        AZURE_CLIENT_ID: "nonsense",
        AZURE_CLIENT_SECRET: "nonsense",
        AZURE_AUTHORITY_HOST: "https://nowhere.invalid",
        AZURE_ENVIRONMENT_FILEPATH: "/nowhere/cloud.json",
        AZURE_TOKEN_CREDENTIALS: "nonsense",
      },
    });
    expectWellBehaved(ended);
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(/20 applied, 2 applied\W.*unproven, 2 left to their sources, 1 left/);
    expect(ended.stdout).toMatch(/changes that belong to Git: they are made now.*Apply: 2 applied/s);
    expect(ended.stdout).toContain("No live step is left");
    expect(() => chmodSync(mark, 0o600)).toThrow("ENOENT");
  });

  test("gives the same words each time, but for the port", async () => {
    const [one, other] = await Promise.all([run(["rehearse"]), run(["rehearse"])]);
    const words = (text = "") => text.replaceAll(/127\.0\.0\.1:\d+/g, "");
    expect(words(one?.stdout)).toBe(words(other?.stdout));
  });

  test("takes manifests, also from a pipe", async () => {
    const files = await run(["rehearse", "-f", shop]);
    expect(files.code).toBe(0);
    expect(files.stdout).toContain("No live step is left");
    const piped = await run(["rehearse", "-f", "-"], {
      input: JSON.stringify({ apiVersion: "v1", kind: "List", items: [] }),
    });
    expect(piped.code).toBe(0);
    // What the rehearsal installs itself is whole.
    expect(piped.stdout).not.toContain("pod-identity-half-removed");
  });

  test("moves workloads of applications, with a token for their tenant", async () => {
    const application = { clientID: "7d0ac9ee-4a0b-4a2b-9a4b-3d6a2c0f7b11" };
    const tenantID = "5e0ac9ee-4a0b-4a2b-9a4b-3d6a2c0f7b22";
    const metadata = { name: "till", namespace: "shop" };
    const podIdentity = { apiVersion: "aadpodidentity.k8s.io/v1", metadata };
    const labels = { app: "till", aadpodidbinding: "till" };
    const podSpec = { serviceAccountName: "till", containers: [{ name: "till", image: "till" }] };
    const items = [
      { ...podIdentity, kind: "AzureIdentity", spec: { type: 1, ...application, tenantID } },
      { ...podIdentity, kind: "AzureIdentityBinding", spec: { azureIdentity: "till", selector: "till" } },
      { apiVersion: "v1", kind: "ServiceAccount", metadata },
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata,
        spec: { selector: { matchLabels: { app: "till" } }, template: { metadata: { labels }, spec: podSpec } },
      },
    ];
    const ended = await run(["rehearse", "-f", "-"], {
      input: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
    });
    expectWellBehaved(ended);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain(`application: ${application.clientID}`);
    expect(ended.stdout).toContain(`azure.workload.identity/tenant-id: ${tenantID}`);
    expect(ended.stdout).toMatch(/Apply: 3 applied/);
    expect(ended.stdout).toMatch(/checks passed, 0 failed/);
  });

  test("takes workloads of API versions that are gone", async () => {
    const labels = { aadpodidbinding: "demo" };
    const old = { apiVersion: "extensions/v1beta1", kind: "Deployment", metadata: { name: "demo" } };
    const spec = { template: { metadata: { labels }, spec: { containers: [{ name: "demo", image: "demo" }] } } };
    const ended = await run(["rehearse", "-f", "-"], { input: JSON.stringify({ ...old, spec }) });
    expectWellBehaved(ended);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/Deployment\/demo +unmatched +1/);
  });

  test("tells what an API server would refuse, and goes on without it", async () => {
    const template = { metadata: { labels: { app: "b" } }, spec: { containers: [] } };
    const bad = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "bad", namespace: "shop" },
      spec: { selector: { matchLabels: { app: "a" } }, template },
    };
    writeFileSync(join(folder.path, "bad.json"), JSON.stringify(bad));
    const ended = await run(["rehearse", "-f", "bad.json", "-f", shop], { cwd: folder.path });
    expectWellBehaved(ended);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain("Deployment shop/bad\n");
    expect(ended.stdout.replaceAll(/\s+/g, " ")).toContain("`selector` does not match template `labels`");
    expect(ended.stdout).toContain("No live step is left");
  });
});
