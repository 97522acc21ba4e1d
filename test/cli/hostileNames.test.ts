import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "./run.ts";
import { temporaryFolder } from "./world.ts";

const hostile = [
  "\u001b[31mred\u001b]0;title\u0007",
  "\u009b2J\u009d0;c1\u009c",
  "two\nlines\r\nand\rmore",
  "abc\u202egnp.exe\u2066x\u2069",
  "zero\u200bwidth\u2060\ufeff",
  "separated\u2028here\u2029there",
  "::error file=a.yaml,line=1::owned",
  "##vso[task.setvariable variable=x]y",
  "<img src=x onerror=alert(1)>",
  "[link](https://evil.example) `code` | **bold**",
  "$(reboot) `reboot` ; reboot",
  "__proto__",
  "a".repeat(5000),
];

const folder = temporaryFolder();
afterAll(() => folder.remove());
// Names of files are outside strings too.
const manifests = join(folder.path, "deploy");
mkdirSync(manifests);
for (const [index, name] of hostile.entries()) {
  const metadata = { name, namespace: name };
  const identity = {
    apiVersion: "aadpodidentity.k8s.io/v1",
    kind: "AzureIdentity",
    metadata,
    spec: {
      type: 0,
      resourceID: `/subscriptions/${name}/resourceGroups/${name}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`,
      clientID: name,
    },
  };
  const binding = {
    apiVersion: "aadpodidentity.k8s.io/v1",
    kind: "AzureIdentityBinding",
    metadata,
    spec: { azureIdentity: name, selector: name },
  };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { ...metadata, labels: { [name]: name }, annotations: { [name]: name } },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, aadpodidbinding: name } },
        spec: { serviceAccountName: name, containers: [{ name, image: name }] },
      },
    },
  };
  const file = `${index}-${name.slice(0, 60).replaceAll("/", "-")}.yaml`;
  writeFileSync(join(manifests, file), [identity, binding, deployment].map(one => JSON.stringify(one)).join("\n---\n"));
}
writeFileSync(join(manifests, "broken\u001b[2J.yaml"), 'kind: "\u001b[31m\nmetadata: [');

/** What the tool's own colours are made of. */
const ownColours = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
const unsafe = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

describe.each([
  ["scan"],
  ["plan"],
  ["plan", "--issuer", "https://issuer.example/", "--detailed-exitcode"],
  ["scan", "-o", "json"],
  ["plan", "-o", "json"],
  ["rehearse"],
])("%s %s %s", (...args) => {
  test.each([
    ["without colours", {}],
    ["with colours", { FORCE_COLOR: "1" }],
  ])("shows hostile names harmlessly %s", async (_, env: Record<string, string>) => {
    const { stdout, stderr, code } = await run([...args, "-f", "deploy"], { cwd: folder.path, env });
    const shown = `${stdout}${stderr}`;
    const plain = env.FORCE_COLOR ? shown.replaceAll(ownColours, "") : shown;
    expect(unsafe.exec(plain)?.[0]).toBeUndefined();
    expect(shown).not.toContain("defect of azwi-migrate");
    expect(plain).not.toMatch(/^\s*::error|##vso\[/m);
    expect(code).toBe(1);
    if (args.includes("json")) expect(() => JSON.parse(stdout)).not.toThrow();
  });
});

test("JSON keeps the names as they are", async () => {
  const { stdout } = await run(["scan", "-o", "json", "-f", "deploy"], { cwd: folder.path });
  const names = JSON.parse(stdout).usages.map((usage: { workload: { name: string } }) => usage.workload.name);
  expect(new Set(names)).toEqual(new Set(hostile));
});

test("an argument of the command line is shown harmlessly too", async () => {
  const { stderr } = await run(["scan", "-f", "nowhere\u001b[31m\u202e.yaml"], { cwd: folder.path });
  expect(unsafe.exec(stderr)?.[0]).toBeUndefined();
  const unknown = await run(["sc\u001b[31man"]);
  expect(unsafe.exec(unknown.stderr)?.[0]).toBeUndefined();
});
