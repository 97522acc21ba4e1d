import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { expectRefusal, expectWellBehaved } from "./expectations.ts";
import { executable, run } from "./run.ts";
import { shop, temporaryFolder } from "./world.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

function file(name: string, text: string): string {
  writeFileSync(join(folder.path, name), text);
  return name;
}
mkdirSync(join(folder.path, "empty"));
const config = (lines: string) => `apiVersion: azwi-migrate.dev/v1alpha1\nkind: Config\n${lines}\n`;

describe("a command line that cannot be carried out is refused, with exit code 1", () => {
  test.each<[string, string[], (string | RegExp)[]]>([
    ["an unknown command", ["scam"], ["scam", "--help"]],
    ["an unknown flag", ["scan", "--contxt", "a"], ["--contxt", "--help"]],
    ["a flag without its value", ["scan", "--context"], ["--context"]],
    ["too many arguments", ["scan", "all"], ["scan", /argument/]],
    ["an unknown output format", ["scan", "-o", "yaml"], ["yaml", "text", "json"]],
    ["an unknown stage", ["apply", "--stage", "cleanup2"], ["--stage", "prepare", "switch"]],
    ["a port that is none", ["plan", "--proxy-port", "65536"], ["--proxy-port", "65535"]],
    [
      "a cluster's resource id that is none",
      ["plan", "--cluster-resource-id", "west=/subscriptions/s/resourceGroups/g"],
      ["--cluster-resource-id", "Microsoft.ContainerService/managedClusters/NAME"],
    ],
    ["a request timeout that is none", ["scan", "--request-timeout", "soon"], ["--request-timeout", "30s"]],
    [
      "a limit that leaves no time for exchanges",
      ["apply", "--exchange-timeout", "2m"],
      ["--exchange-timeout is 120 s", "180 s", "--exchange-interval"],
    ],
    ["an interval that is none", ["verify", "--exchange-interval", "often"], ["--exchange-interval", "30s"]],
    ["a rollout timeout that is none", ["apply", "--timeout", "-1"], ["--timeout"]],
    [
      "a namespace beside all namespaces",
      ["scan", "-f", shop, "-n", "shop", "-A"],
      ["--namespace", "--all-namespaces"],
    ],
    ["several namespaces in one flag", ["scan", "-f", shop, "-n", "shop,bank"], ["shop,bank", "-n shop -n bank"]],
    ["a selector that kubectl would refuse", ["scan", "-f", shop, "-l", "app in"], ["-l", "app in"]],
    [
      "an issuer that Entra could not read",
      ["plan", "-f", shop, "--issuer", "http://issuer"],
      ["http://issuer", "https"],
    ],
    ["an issuer that is no URL", ["plan", "-f", shop, "--issuer", "issuer"], ["issuer", "is not a URL"]],
    ["a server-side dry run without a server", ["plan", "-f", shop, "--dry-run", "server"], ["--dry-run", "--context"]],
    ["manifests that are not there", ["scan", "-f", "nowhere.yaml"], ["nowhere.yaml", "-f"]],
    ["a name that is empty", ["scan", "-f", ""], ["-f", "empty"]],
    ["standard output for a file", ["plan", "-f", shop, "--out", "-"], ["--out", "-o json"]],
    ["a file without a name", ["merge", "plan.json", "--out", ""], ["--out"]],
    ["a port in another notation", ["plan", "-f", shop, "--proxy-port", "8e3"], ["--proxy-port", "65535"]],
    [
      "a request timeout that no timer can wait for",
      ["scan", "--request-timeout", "597h"],
      ["--request-timeout", "24 days"],
    ],
    ["a context without a name", ["scan", "--context", ""], ["--context", "empty"]],
    ["a baseline without a name", ["scan", "-f", shop, "--baseline", ""], ["--baseline", "empty"]],
    ["a config file without a name", ["scan", "-f", shop, "--config", ""], ["--config", "empty"]],
    ["a plan without a name", ["apply", ""], ["plan", "empty"]],
    ["a cloud that is none", ["plan", "-f", shop, "--cloud", "mars"], ["mars", "--cloud"]],
    [
      "an issuer of AKS that lacks its slash",
      ["plan", "-f", shop, "--issuer", "https://westeurope.oic.prod-aks.azure.com/t/u"],
      ["(--issuer)", "slash at its end"],
    ],
    ["an empty audience", ["plan", "-f", shop, "--audience", ""], ["--audience", "empty"]],
    ["a folder without manifests", ["scan", "-f", "empty"], ["empty", ".yaml"]],
    ["an empty pipe", ["scan", "-f", "-"], ["Standard input", "-f -"]],
    ["a rehearsal of nothing", ["rehearse", "-f", "empty"], ["empty", ".yaml"]],
    ["no kubeconfig", ["scan"], ["kubeconfig", "--kubeconfig", "az aks get-credentials"]],
    ["a kubeconfig that is not there", ["scan", "--kubeconfig", "nowhere"], ["nowhere", "--kubeconfig"]],
    ["a config file that is not there", ["plan", "-f", shop, "--config", "nowhere.yaml"], ["nowhere.yaml", "--config"]],
    [
      "a config file that is no YAML",
      ["plan", "-f", shop, "--config", file("broken.config", config("namespaces: [a"))],
      ["broken.config", /line \d/],
    ],
    [
      "a config file with an unknown field",
      ["plan", "-f", shop, "--config", file("unknown.config", config("clientpath: sdk"))],
      ["unknown.config", "line 3", "clientpath"],
    ],
    [
      "a config file with a value out of range",
      ["plan", "-f", shop, "--config", file("range.config", config("proxyPort: 0"))],
      ["range.config", "line 3", "proxyPort"],
    ],
    [
      "a config file with several faults, each with its line",
      [
        "plan",
        "-f",
        shop,
        "--config",
        file(
          "deep.config",
          config("workloads:\n  shop/Deployment/cart:\n    egres: accepted\nnamespaces:\n  - a\n  - 1"),
        ),
      ],
      [/line 5: workloads\["shop\/Deployment\/cart"\] has no field "egres"/, /line 8: namespaces\[1\]/],
    ],
    ["an empty config file", ["plan", "-f", shop, "--config", file("empty.config", "")], ["empty.config"]],
    [
      "a config file of another version",
      ["plan", "-f", shop, "--config", file("version.config", "apiVersion: azwi-migrate.dev/v9\nkind: Config\n")],
      ["version.config"],
    ],
    [
      "a config file with a selector that cannot be read",
      ["scan", "-f", shop, "--config", file("selector.config", config("selector: a in"))],
      ["selector in ", "selector.config", "a in"],
    ],
    [
      "a config file that would leave nothing",
      ["plan", "-f", shop, "--config", file("none.config", config("namespaces: []"))],
      ["none.config", "line 3", "namespaces"],
    ],
    [
      "a config file with an empty audience",
      ["plan", "-f", shop, "--config", file("audience.config", config("audience: ''"))],
      ["audience.config", "line 3", "audience"],
    ],
  ])("%s", async (_, args, says) => {
    expectRefusal(await run(args, { cwd: folder.path }), 1, ...says);
  });
});

describe("the config file", () => {
  test("is none where its variable is empty, as in CI", async () => {
    const ended = await run(["scan", "-f", shop], { cwd: folder.path, env: { AZWI_MIGRATE_CONFIG: "" } });
    expect(ended.code).toBe(0);
  });

  test("decides what flags would, and flags win over it", async () => {
    const name = file("good.config", config("clientPath: proxy\nproxyPort: 9000\nnamespaces: [shop, billing]"));
    const { stdout } = await run(["plan", "-f", shop, "--config", name, "-n", "billing", "-o", "json"], {
      cwd: folder.path,
    });
    expect(JSON.parse(stdout).decisions).toEqual({
      namespaces: ["billing"],
      audience: "api://AzureADTokenExchange",
      clientPath: "proxy",
      proxyPort: 9000,
      serviceAccount: "auto",
    });
  });
});

describe("manifests that cannot be read", () => {
  test("are named by rehearse too, with what is wrong with them", async () => {
    const name = file("tabs.yaml", "kind: Pod\n\tapiVersion: v1\n");
    const ended = await run(["rehearse", "-f", name, "-f", shop], { cwd: folder.path });
    expectWellBehaved(ended);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/yaml-invalid tabs\.yaml:\d\n +This document cannot be read: /);
  });

  test.each(["scan", "plan"])("%s names the file and the line, shows the rest, and ends with 1", async command => {
    const name = file("broken.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n   labels: {a: b\n");
    const ended = await run([command, "-f", name, "-f", shop], { cwd: folder.path });
    expectWellBehaved(ended);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/yaml-invalid broken\.yaml:[45]\b/);
    expect(ended.stdout).toContain("invoice-mailer");
  });

  test("templates and placeholders are named as such, and are no failure", async () => {
    const name = file("template.yaml", "kind: Pod\napiVersion: v1\nmetadata:\n  name: {{ .Values.name }}\n");
    const ended = await run(["scan", "-f", name], { cwd: folder.path });
    expectWellBehaved(ended);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/template-not-rendered .*template\.yaml:\d/);
  });
});

describe("manifests from a pipe", () => {
  test("are read like those of a file", async () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", labels: { aadpodidbinding: "web" } },
      spec: {},
    };
    const ended = await run(["scan", "-f", "-", "-o", "json"], { input: JSON.stringify(pod) });
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout).usages).toMatchObject([
      { workload: { kind: "Pod", name: "web" }, state: "unmatched" },
    ]);
  });
});

describe("--out", () => {
  test.each([
    ["a folder that is not there", "nowhere/plan.json"],
    ["a folder", "empty"],
  ])("leaves nothing half-written in %s", async (_, out) => {
    const before = readdirSync(folder.path);
    expectRefusal(await run(["plan", "-f", shop, "--out", out], { cwd: folder.path }), 1, out);
    expect(readdirSync(folder.path)).toEqual(before);
    expect(readdirSync(join(folder.path, "empty"))).toEqual([]);
  });
});

test.skipIf(!existsSync("/dev/full"))("a full disk under standard output is told in one line, with exit code 1", () => {
  const full = openSync("/dev/full", "w");
  const ended = spawnSync(process.execPath, [executable, "scan", "-f", shop], {
    stdio: ["ignore", full, "pipe"],
    encoding: "utf8",
  });
  closeSync(full);
  expect({ code: ended.status, lines: ended.stderr.trimEnd().split("\n") }).toEqual({
    code: 1,
    lines: [expect.stringContaining("error: standard output cannot be written: ENOSPC")],
  });
});
