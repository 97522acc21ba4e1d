import { expect, test } from "vitest";
import { collect, collectText, objectsOf, shown } from "./fixtures.ts";

test("names Helm templates as such, with the object they would become, and reads the documents beside them", async () => {
  const collected = await collect("chart");
  expect(objectsOf(collected)).toEqual(["AzureIdentityBinding shop/payments chart/templates/deployment.yaml:16"]);
  expect(collected.findings).toEqual([
    {
      code: "template-not-rendered",
      severity: "warning",
      subject: { source: "files:chart", apiVersion: "apps/v1", kind: "Deployment", name: "payments" },
      at: { file: "chart/templates/deployment.yaml", line: 1 },
      args: { kind: "helm", text: "{{- if .Values.enabled }}" },
    },
    {
      code: "template-not-rendered",
      severity: "warning",
      at: { file: "chart/templates/service.yaml", line: 4 },
      args: { kind: "helm", text: "{{ .Chart.Name }}" },
    },
  ]);
});

test("reads placeholders that YAML takes for maps and comments as text, so that equal ones still match", async () => {
  const collected = await collect("placeholders.yaml");
  expect(shown(collected.findings)).toEqual([
    `template-not-rendered placeholders.yaml:1 AzureIdentity #{namespace}#/{clientname} placeholder | {clientname}, #{namespace}#, ##CLIENT_ID##, ##SUBSCRIPTION##, \${GROUP}, and 1 more`,
    "template-not-rendered placeholders.yaml:11 AzureIdentityBinding shop/{{ .Values.name }} helm | {{ .Values.name }}, {clientname}, <your-selector>",
    "template-not-rendered placeholders.yaml:20 Pod shop/worker helm | {{ .Values.hostNetwork }}, __selector__",
    "template-not-rendered placeholders.yaml:47 placeholder | @@account@@",
  ]);
  expect(collected.objects.map(({ object }) => object.spec)).toEqual([
    {
      type: 0,
      resourceID: `/subscriptions/##SUBSCRIPTION##/resourceGroups/\${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/$NAME`,
      clientID: "##CLIENT_ID##",
    },
    { azureIdentity: "{clientname}", selector: "<your-selector>" },
    {
      containers: [{ name: "worker", image: `registry.example/worker:\${TAG}`, args: ["--format={{.Name}}"] }],
    },
    {
      containers: [{ name: "plain", image: `registry.example/plain:\${TAG}`, args: ["--format={{.Name}}"] }],
    },
  ]);
});

test("takes a placeholder for the kind or the API version for a template", async () => {
  const collected = await collectText(
    `apiVersion: \${API}\nkind: Deployment\nmetadata: {name: a}\n---\napiVersion: v1\nkind: {{ .Values.kind }}\nmetadata: {name: b}\n`,
  );
  expect(shown(collected.findings)).toEqual([
    `template-not-rendered <stdin>:1 placeholder | \${API}`,
    "template-not-rendered <stdin>:5 helm | {{ .Values.kind }}",
  ]);
});

test("reads a hint in brackets as a placeholder where a name belongs", async () => {
  const collected = await collectText(
    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: [your account], namespace: shop}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: [your account]-2\n",
  );
  expect(objectsOf(collected)).toEqual(["ServiceAccount shop/[your account] <stdin>:1"]);
  expect(shown(collected.findings)).toEqual([
    "template-not-rendered <stdin>:1 ServiceAccount shop/[your account] placeholder | [your account]",
    "template-not-rendered <stdin>:8 placeholder | [your account]",
  ]);
});

test("does not take a document for a template because of braces in quotes", async () => {
  const collected = await collectText(
    'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: "{{ a }}"\n  labels: a: b\n',
  );
  expect(shown(collected.findings)).toEqual([
    "yaml-invalid <stdin>:5 Nested mappings are not allowed in compact mappings",
  ]);
});

test("leaves the placeholders of objects alone that are not read", async () => {
  const collected = await collectText(
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '\${A}'}\ndata: {a: {{ .b }}}\n---\nname: ##A##\n`,
  );
  expect({ ...collected, source: collected.source.documents }).toEqual({ source: 2, objects: [], findings: [] });
});

test("sees placeholders in the templates of foreign controllers", async () => {
  const collected = await collectText(
    `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: a, namespace: shop}\nspec:\n  template:\n    metadata: {labels: {aadpodidbinding: "\${NAME}"}}\n`,
  );
  expect(shown(collected.findings)).toEqual([`template-not-rendered <stdin>:1 Rollout shop/a placeholder | \${NAME}`]);
});
