import { expect, test } from "vitest";
import { podTemplateOf } from "../../src/core/kubernetes.ts";
import { collect, collectText, objectsOf, shown } from "./fixtures.ts";

test("reads the objects that matter from a file of several documents, with the line where each starts", async () => {
  const { source, objects, findings } = await collect("cart.yaml");
  expect(source).toEqual({ id: "files:cart.yaml", type: "files", path: "cart.yaml", files: 1, documents: 5 });
  expect(findings).toEqual([]);
  expect(objects.map(({ ref, location }) => ({ ...ref, line: location?.line }))).toEqual([
    {
      source: "files:cart.yaml",
      apiVersion: "aadpodidentity.k8s.io/v1",
      kind: "AzureIdentity",
      namespace: "shop",
      name: "cart-identity",
      line: 2,
    },
    {
      source: "files:cart.yaml",
      apiVersion: "aadpodidentity.k8s.io/v1",
      kind: "AzureIdentityBinding",
      namespace: "shop",
      name: "cart-binding",
      line: 12,
    },
    { source: "files:cart.yaml", apiVersion: "v1", kind: "Service", namespace: "shop", name: "cart", line: 18 },
    {
      source: "files:cart.yaml",
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace: "shop",
      name: "cart",
      line: 24,
    },
    { source: "files:cart.yaml", apiVersion: "v1", kind: "ServiceAccount", namespace: "shop", name: "cart", line: 46 },
  ]);
});

test("follows anchors, aliases and merge keys", async () => {
  const { objects } = await collect("cart.yaml");
  expect(objects.find(({ ref }) => ref.kind === "Deployment")?.object).toEqual({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "cart", namespace: "shop", labels: { app: "cart" } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "cart" } },
      template: {
        metadata: { labels: { app: "cart", aadpodidbinding: "cart" } },
        spec: { serviceAccountName: "cart", containers: [{ name: "cart", image: "registry.example/cart:1.4" }] },
      },
    },
  });
});

test("reads the items of a List in JSON, each at its own line, and reduces managedFields to the managers", async () => {
  const collected = await collect("list.json");
  expect(objectsOf(collected)).toEqual(["CronJob shop/report list.json:5", "ClusterRoleBinding /report list.json:22"]);
  expect(collected.source.documents).toBe(1);
  expect(collected.findings).toEqual([]);
  expect(collected.objects[0]?.object.metadata).toEqual({ name: "report", namespace: "shop", managers: ["helm"] });
  expect(podTemplateOf(collected.objects[0]?.object ?? fail())?.metadata?.labels).toEqual({
    aadpodidbinding: "report",
  });
});

test("reads workloads of old API versions, and items of a PodList that do not repeat their kind", async () => {
  const collected = await collect("old-api.yaml");
  expect(objectsOf(collected)).toEqual(["Deployment shop/web old-api.yaml:1", "Pod shop/probe old-api.yaml:12"]);
  expect(collected.findings).toEqual([]);
});

test("reads Lists in Lists", async () => {
  const collected = await collectText(
    "apiVersion: v1\nkind: List\nitems:\n- kind: List\n  apiVersion: v1\n  items:\n  - {apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: b}}\n  - text\n",
  );
  expect(objectsOf(collected)).toEqual(["ServiceAccount b/a <stdin>:7"]);
});

test("counts documents that are no Kubernetes objects without a word", async () => {
  const { source, objects, findings } = await collect("other");
  expect({ source, objects, findings }).toEqual({
    source: { id: "files:other", type: "files", path: "other", files: 2, documents: 2 },
    objects: [],
    findings: [],
  });
});

test("reads what stands before and after a broken document, and quotes nothing of a broken Secret", async () => {
  const collected = await collect("broken.yaml");
  expect(objectsOf(collected)).toEqual([
    "ServiceAccount shop/before broken.yaml:1",
    "ServiceAccount shop/after broken.yaml:18",
  ]);
  expect(shown(collected.findings)).toEqual([
    'yaml-invalid broken.yaml:10 Missing closing " quote',
    "yaml-invalid broken.yaml:16 an alias to an anchor that is not before it",
  ]);
  expect(JSON.stringify(collected)).not.toContain("hunter2");
});

test("reads what kubectl reads although it is indented too little", async () => {
  const collected = await collect("indentation.yaml");
  expect(objectsOf(collected)).toEqual([
    "Pod shop/certificates indentation.yaml:2",
    "ServiceAccount shop/certificates indentation.yaml:17",
  ]);
  expect(collected.findings).toEqual([]);
  expect(collected.objects[0]?.object.spec).toEqual({
    containers: [
      {
        name: "main",
        image: "registry.example/tools",
        command: ["sh", "-c", "convert in.pem && mv out.pfx /certificates"],
      },
    ],
  });
});

test("renames the capitalised fields of old releases, in any casing; the right spelling wins", async () => {
  const { objects, findings } = await collect("legacy.yaml");
  expect(objects.map(({ object }) => object.spec)).toEqual([
    {
      type: 1,
      tenantID: "7e0f1d9a-44c1-4d7e-bd8c-0a5ad1f5ce01",
      clientID: "0f2a7d6c-1b35-4b43-9a44-86d4d1a6a0b2",
      clientPassword: { name: "orders-secret", namespace: "shop" },
    },
    { azureIdentity: "orders", selector: "orders" },
  ]);
  expect(shown(findings)).toEqual([
    "legacy-field-case legacy.yaml:1 AzureIdentity shop/orders spec.TenantID | spec.tenantID",
    "legacy-field-case legacy.yaml:1 AzureIdentity shop/orders spec.ClientId | spec.clientID",
    "legacy-field-case legacy.yaml:1 AzureIdentity shop/orders spec.clientpassword | spec.clientPassword",
    "legacy-field-case legacy.yaml:1 AzureIdentity shop/orders spec.clientPassword.Name | spec.clientPassword.name",
    "legacy-field-case legacy.yaml:1 AzureIdentity shop/orders spec.clientPassword.Namespace | spec.clientPassword.namespace",
    "legacy-field-case legacy.yaml:12 AzureIdentityBinding shop/orders spec.AzureIdentity | spec.azureIdentity",
    "legacy-field-case legacy.yaml:12 AzureIdentityBinding shop/orders spec.Selector | spec.selector",
  ]);
});

test("marks kustomize bases and patches as incomplete, and keeps the first of two equal objects", async () => {
  const collected = await collect("kustomize");
  expect(objectsOf(collected)).toEqual([
    "AzureIdentity default/search kustomize/base/identity.yaml:1",
    "StatefulSet default/search kustomize/base/identity.yaml:8",
  ]);
  expect(shown(collected.findings)).toEqual([
    "object-incomplete kustomize/base/identity.yaml:1 AzureIdentity default/search spec.clientID is missing",
    "namespace-assumed kustomize/base/identity.yaml:1 default",
    "object-incomplete kustomize/base/identity.yaml:8 StatefulSet default/search spec.template.spec.containers is missing",
    "object-incomplete kustomize/overlay/identity.yaml:1 AzureIdentity default/search spec.type is missing",
    "namespace-assumed kustomize/overlay/identity.yaml:1 default",
    "duplicate-object kustomize/overlay/identity.yaml:1 AzureIdentity default/search kustomize/base/identity.yaml:1",
  ]);
  expect(collected.objects[0]?.object.metadata).toEqual({ name: "search" });
});

test.each([
  ["indented", 2, 8],
  ["one a line", 0, 2],
])("reads JSON objects in a row, as jq prints them: %s", async (_, indentation, second) => {
  const objects = ["a", "b"].map(name => ({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name } }));
  const text = objects.map(one => JSON.stringify(one, null, indentation)).join("\n");
  expect(objectsOf(await collectText(Buffer.from(text)))).toEqual([
    "ServiceAccount default/a <stdin>:1",
    `ServiceAccount default/b <stdin>:${second}`,
  ]);
});

test("says of an encoding without its mark that it is none", async () => {
  const collected = await collectText(Buffer.from("apiVersion: v1\nkind: Pod\n", "utf16le"));
  expect(shown(collected.findings)).toEqual(["yaml-invalid <stdin>:1 the file is not UTF-8 text"]);
});

test("reads CRLF line ends, and byte order marks in UTF-8 and UTF-16", async () => {
  const text =
    "apiVersion: v1\r\nkind: ServiceAccount\r\nmetadata:\r\n  name: a\r\n---\r\napiVersion: v1\r\nkind: ServiceAccount\r\nmetadata: {name: b}";
  for (const bytes of [
    Buffer.from(`\ufeff${text}`),
    Buffer.from(`\ufeff${text}`, "utf16le"),
    Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
  ]) {
    const collected = await collectText(bytes);
    expect(objectsOf(collected)).toEqual(["ServiceAccount default/a <stdin>:1", "ServiceAccount default/b <stdin>:6"]);
  }
});

test("says of a file that is no text that it is none", async () => {
  const collected = await collectText(Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xc3]));
  expect(shown(collected.findings)).toEqual(["yaml-invalid <stdin>:1 the file is not UTF-8 text"]);
});

function fail(): never {
  throw new Error("the object is not there");
}
