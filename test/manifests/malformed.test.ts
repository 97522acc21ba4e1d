import fc from "fast-check";
import { expect, test } from "vitest";
import { podTemplateOf, podTemplatePaths } from "../../src/core/kubernetes.ts";
import { collect, collectText, objectsOf, shown } from "./fixtures.ts";

test("does not call a field missing that it has taken out", async () => {
  const pod =
    "{ apiVersion: v1, kind: Pod, metadata: { name: web, namespace: shop }, spec: { containers: { name: web } } }";
  expect(shown((await collectText(pod)).findings)).toEqual([
    "object-incomplete <stdin>:1 Pod shop/web spec.containers is a map, must be a list",
  ]);
});

test("tells where two objects became one, as no line stands between them", async () => {
  const one = (kind: string, name: string) =>
    `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n  namespace: shop\n`;
  const { findings, objects } = await collectText(one("ServiceAccount", "cart") + one("Service", "cart"));
  expect(objects.map(({ ref }) => ref.kind)).toEqual(["Service"]);
  expect(shown(findings)).toEqual([
    "object-incomplete <stdin>:6 the field apiVersion stands there twice, and the last one counts: a line --- is missing where another object begins",
  ]);
  expect(shown((await collectText("a: 1\na: 2\nkind: Values\n")).findings)).toEqual([]);
});

test("drops what the API server would refuse, says what, and keeps the rest", async () => {
  const collected = await collect("malformed.yaml");
  expect(shown(collected.findings)).toEqual([
    "object-incomplete malformed.yaml:1 Deployment shop/wrong-types metadata.labels is a list, must be a map; " +
      "metadata.annotations.revision is a number, must be a string (quote it); " +
      "spec.replicas is a string, must be a number (without quotes); " +
      "spec.template.metadata.labels.aadpodidbinding is a number, must be a string (quote it); " +
      "spec.template.metadata.labels.true is a boolean, must be a string (quote it); and 8 more",
    "object-incomplete malformed.yaml:30 AzureIdentity shop/text-type spec.type is a string, must be a number (without quotes)",
    "object-incomplete malformed.yaml:35 DaemonSet shop/text-spec spec is a string, must be a map; spec.template is missing",
    "object-incomplete malformed.yaml:40 ServiceAccount without metadata.name",
    "object-incomplete malformed.yaml:44 ServiceAccount without metadata",
    "object-incomplete malformed.yaml:48 apiVersion is missing",
  ]);
  expect(collected.objects.map(({ object }) => object)).toEqual([
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "wrong-types", namespace: "shop", annotations: { owner: "team-a" } },
      spec: {
        replicas: 2,
        template: {
          metadata: { labels: { app: "web", empty: "" } },
          spec: { containers: [{ name: "web", args: ["--port"], env: [{ name: "PORT" }] }] },
        },
      },
    },
    {
      apiVersion: "aadpodidentity.k8s.io/v1",
      kind: "AzureIdentity",
      metadata: { name: "text-type", namespace: "shop" },
      spec: { type: 1, clientID: "0f2a7d6c-1b35-4b43-9a44-86d4d1a6a0b2" },
    },
    { apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "text-spec", namespace: "shop" } },
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { generateName: "import-", name: "import-", namespace: "shop" },
      spec: { template: { spec: { containers: [{ name: "import" }] } } },
    },
  ]);
});

test("reads a hostile file like any other, and pollutes nothing", async () => {
  const collected = await collect("hostile.yaml");
  expect(collected.objects.map(({ ref }) => ref.name)).toEqual([
    "red\u001b[31m\u009b2J\nalert",
    "::error file=a.yaml::owned%0A::set-output name=x::y",
    "[click](https://evil.example) | `rm` **bold** $(reboot)",
    "<img src=x onerror=alert(1)>",
    "a".repeat(300),
  ]);
  expect(collected.objects[0]?.object).toStrictEqual({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "red\u001b[31m\u009b2J\nalert", namespace: "shop", labels: { constructor: "polluted" } },
    spec: {
      template: {
        metadata: { labels: { aadpodidbinding: "cart\u202etrac", toString: "polluted" } },
        spec: { containers: [{ name: "main" }] },
      },
    },
  });
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
});

test("stops an alias bomb and a text that is nested too deeply, and reads the documents beside them", async () => {
  const bomb = await collect("bomb.yaml");
  expect(objectsOf(bomb)).toEqual(["ServiceAccount shop/beside bomb.yaml:14"]);
  expect(shown(bomb.findings)).toEqual([
    "yaml-invalid bomb.yaml:10 too many aliases: it would grow beyond all bounds when read",
  ]);
  const object = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: b}\n";
  const deep = await collectText(`${object}x: ${"[".repeat(20_000)}\n---\n${object}`);
  expect(objectsOf(deep)).toEqual(["ServiceAccount b/a <stdin>:6"]);
  expect(shown(deep.findings)).toEqual(["yaml-invalid <stdin>:4 nested too deeply"]);
});

test("gives downstream the types it expects, whatever stands in a workload", async () => {
  const field = fc.constantFrom(
    "metadata",
    "labels",
    "aadpodidbinding",
    "spec",
    "template",
    "jobTemplate",
    "containers",
    "name",
    "env",
    "volumes",
  );
  const { value } = fc.letrec<{ value: unknown }>(tie => ({
    value: fc.oneof(
      { maxDepth: 7 },
      fc.constantFrom("a", `\${A}`, "", null, true, 1),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(field, tie("value"), { maxKeys: 5 }),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(podTemplatePaths)), value, async (kind, spec) => {
      const object = {
        apiVersion: podTemplatePaths[kind]?.apiVersion,
        kind,
        metadata: { name: "x", labels: spec },
        spec,
      };
      const { objects } = await collectText(JSON.stringify(object));
      for (const { object: read } of objects) {
        const template = podTemplateOf(read);
        const labels = [read.metadata.labels, template?.metadata?.labels].flatMap(map => Object.values(map ?? {}));
        const names = (template?.spec?.containers ?? []).map(container => container.name);
        expect([...labels, ...names].every(text => typeof text === "string")).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test("ends in time on texts made to take long", async () => {
  const object = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: b}\n";
  const anchors = Array.from(
    { length: 90 },
    (_, index) => `x${index}: &x${index} ${"[".repeat(500)}*x${index - 1}${"]".repeat(500)}`,
  );
  const texts = [
    `${object}x: ${"{{".repeat(50_000)}`,
    `${object}x: ${"${".repeat(100_000)}: :`,
    `${object}x: "${"{{a}} ".repeat(100_000)}"\ny: a: b`,
    `${object}x: 'a\n${"b\n".repeat(20_000)}`,
    `${object}${`x: [\na,\n`.repeat(2_000)}`,
    `${object}x: ${"'a\n".repeat(10_000)}`,
    `${object}x-1: &x-1 []\n${anchors.join("\n")}`,
  ];
  for (const text of texts) {
    const { objects, findings } = await collectText(text);
    expect({ objects, codes: findings.map(finding => finding.code) }).toEqual({
      objects: [],
      codes: [expect.any(String)],
    });
  }
}, 30_000);
