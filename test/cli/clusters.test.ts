import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { expectRefusal, expectWellBehaved } from "./expectations.ts";
import { run } from "./run.ts";
import { kubeconfig, shop, startWorld, type World } from "./world.ts";

let world: World;
let bare: World;
beforeAll(async () => {
  [world, bare] = await Promise.all([startWorld(), startWorld([])]);
});
afterAll(() => Promise.all([world.stop(), bare.stop()]));

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Runs with a kubeconfig of these contexts. */
function runWith(servers: Record<string, string>, args: string[], env: Record<string, string> = {}) {
  const path = join(world.folder, "contexts.json");
  writeFileSync(path, kubeconfig(servers));
  return run([...args, "--kubeconfig", path], { env });
}

describe("a cluster that cannot be read is refused, with exit code 1", () => {
  test("an unknown context, with those there are", async () => {
    const ended = await runWith({ east: world.cluster.url, west: "http://127.0.0.1:9" }, [
      "scan",
      "--context",
      "north",
    ]);
    expectRefusal(ended, 1, "north", "east, west");
  });

  test.each([
    ["a port where nobody listens", "http://127.0.0.1:9", "ECONNREFUSED"],
    ["a name that cannot be resolved", "http://nowhere.invalid", "nowhere.invalid"],
  ])("%s", async (_, server, reason) => {
    const ended = await runWith({ gone: server }, ["scan"], { NO_PROXY: "*" });
    expectRefusal(ended, 1, server, "context gone", reason, /Check/);
  });

  test("one that does not answer within --request-timeout", async () => {
    const silent = createServer();
    await new Promise<void>(resolve => silent.listen(0, "127.0.0.1", resolve));
    ends.push(() => silent.close());
    const { port } = silent.address() as AddressInfo;
    const ended = await runWith({ slow: `http://127.0.0.1:${port}` }, ["scan", "--request-timeout", "200ms"]);
    expectRefusal(ended, 1, "context slow", /\b0\.2 s|200 ms|timeout/);
  });

  test("one that refuses the credentials", async () => {
    ends.push(
      world.cluster.fail({ request: { path: /./ }, answer: 401, reason: "Unauthorized", message: "Unauthorized" }),
    );
    expectRefusal(await run(["scan"], { env: world.env }), 1, "context shop", "Unauthorized", "az login");
  });

  test("one in which nothing may be listed, with the role to ask for", async () => {
    ends.push(world.cluster.deny({}));
    const ended = await run(["scan"], { env: world.env });
    expectRefusal(
      ended,
      1,
      "cannot list",
      "kind: ClusterRole",
      "azureidentitybindings",
      "mutatingwebhookconfigurations",
    );
  });

  test.each([
    ["the same address", (url: string) => url],
    ["two addresses", (url: string) => url.replace("127.0.0.1", "localhost")],
  ])("two contexts that lead to one cluster, by %s", async (_, other) => {
    const { url } = world.cluster;
    const ended = await runWith({ east: url, west: other(url) }, ["scan", "--context", "east", "--context", "west"]);
    expectRefusal(ended, 1, "east", "west", "the same cluster");
  });
});

describe("of several clusters, those that can be read are", () => {
  test("beside a server that is gone and credentials that cannot be had, each told in a finding", async () => {
    const config = JSON.parse(kubeconfig({ east: world.cluster.url, gone: "http://127.0.0.1:9" }));
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "no-such-plugin", interactiveMode: "Never" };
    config.users.push({ name: "plugin", user: { exec } });
    config.contexts.push({ name: "locked", context: { cluster: "other", user: "plugin" } });
    config.clusters.push({ name: "other", cluster: { server: world.cluster.url.replace("127.0.0.1", "localhost") } });
    const path = join(world.folder, "several.json");
    writeFileSync(path, JSON.stringify(config));
    const contexts = ["gone", "locked", "east"].flatMap(name => ["--context", name]);
    const ended = await run(["scan", "-o", "json", "--kubeconfig", path, ...contexts]);
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 1, stderr: "" });
    const { sources, usages, findings } = JSON.parse(ended.stdout);
    expect(sources).toMatchObject([{ context: "east" }]);
    expect(usages).not.toEqual([]);
    const unread = findings.filter(({ code }: { code: string }) => code === "cluster-not-read");
    expect(unread.map(({ args }: { args: object }) => args)).toEqual([
      { context: "gone", reason: expect.stringContaining("ECONNREFUSED"), hint: expect.stringContaining("VPN") },
      { context: "locked", reason: expect.stringContaining("no-such-plugin"), hint: expect.stringMatching(/\S/) },
    ]);
    const shown = await run(["scan", "--kubeconfig", path, ...contexts]);
    expectWellBehaved(shown);
    expect(shown.stdout).toContain("no-such-plugin");
  });
});

describe("what a cluster does not let be read", () => {
  test.each(["scan", "plan"])(
    "%s names with the rule that is missing, shows the rest, and ends with 1",
    async command => {
      ends.push(world.cluster.deny({ verb: "list", resource: "cronjobs" }));
      const ended = await run([command], { env: world.env });
      expectWellBehaved(ended);
      expect(ended.code).toBe(1);
      expect(ended.stdout.replaceAll(/\s+/g, " ")).toContain('verb list on resource cronjobs of API group "batch"');
      expect(ended.stdout).toContain("cart");
    },
  );

  test("is asked for in the namespace that -n or the config file names", async () => {
    ends.push(
      world.cluster.fail({
        request: { path: /^\/apis\/batch\/v1\/(namespaces\/(default|billing)\/)?cronjobs/ },
        answer: 403,
        reason: "Forbidden",
      }),
    );
    const config = join(world.folder, "azwi-migrate.yaml");
    writeFileSync(config, "apiVersion: azwi-migrate.dev/v1alpha1\nkind: Config\nnamespaces: [shop]\n");
    const [byFlag, byConfig] = await Promise.all(
      [
        ["-n", "shop"],
        ["--config", config],
      ].map(args => run(["scan", "-o", "json", ...args], { env: world.env })),
    );
    const usages = JSON.parse(byFlag?.stdout ?? "").usages;
    expect(usages).toContainEqual(expect.objectContaining({ workload: expect.objectContaining({ kind: "CronJob" }) }));
    expect(JSON.parse(byConfig?.stdout ?? "").usages).toEqual(usages);
  });
});

describe("a cluster without pod identity", () => {
  test("is none to migrate, and says so", async () => {
    const ended = await run(["scan", "-o", "json"], { env: bare.env });
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      usages: [],
      findings: [{ code: "pod-identity-not-installed", args: { context: "shop" } }],
    });
  });

  test.each([["scan"], ["plan", "--detailed-exitcode"], ["apply"], ["verify"]])(
    "%s %s ends with 0",
    async (...args) => {
      const ended = await run(args, { env: bare.env });
      expectWellBehaved(ended);
      expect(ended.code).toBe(0);
    },
  );
});

describe("no sign-in to Azure", () => {
  test("plan shows all changes, and what could not be checked", async () => {
    const ended = await run(["plan", "-o", "json"], { env: world.envWithoutAzure });
    expect(ended.code).toBe(0);
    const plan = JSON.parse(ended.stdout);
    expect(plan.summary).toMatchObject({ trust: 8, patch: 11, create: 5, notChecked: 9 });
    for (const mapping of plan.mappings) expect(mapping.notChecked).toContain("azure-not-checked");
    expect(plan.findings).toContainEqual(expect.objectContaining({ code: "azure-not-checked" }));
  });

  test("plan as text names the right that is missing", async () => {
    const ended = await run(["plan"], { env: world.envWithoutAzure });
    expectWellBehaved(ended);
    expect(ended.stdout).toContain("azure-not-checked");
    expect(ended.stdout).toContain("Microsoft.ManagedIdentity/userAssignedIdentities/read");
  });

  test("plan of files alone, which asks nothing of Azure, sends nobody to sign in", async () => {
    const ended = await run(["plan", "-f", shop]);
    expectWellBehaved(ended);
    const words = ended.stdout.replaceAll(/\s+/g, " ");
    expect(words).toContain("nothing is asked of Azure for files alone. Plan with --context beside -f");
    expect(words).not.toContain("signed in");
    const { findings } = JSON.parse((await run(["plan", "-f", shop, "-o", "json"])).stdout);
    expect(findings).toContainEqual(
      expect.objectContaining({ code: "azure-not-checked", args: { reason: expect.any(String), filesAlone: true } }),
    );
  });

  test("apply writes nothing and ends with 4", async () => {
    const before = world.cluster.requests.length;
    const ended = await run(["apply", "--yes"], { env: world.envWithoutAzure });
    expectWellBehaved(ended);
    expect(ended.code).toBe(4);
    expect(ended.stdout).toContain("azure-not-checked");
    const writes = world.cluster.requests
      .slice(before)
      .filter(({ method, path }) => method !== "GET" && !path.includes("/authorization.k8s.io/"));
    expect(writes).toEqual([]);
  });

  test("verify checks what the cluster shows", async () => {
    const ended = await run(["verify", "-o", "json"], { env: world.envWithoutAzure });
    const { checks } = JSON.parse(ended.stdout);
    const credentials = checks.filter(({ code }: { code: string }) => code === "credential-matches");
    expect(new Set(credentials.map(({ result }: { result: string }) => result))).toEqual(new Set(["not-checked"]));
  });
});
