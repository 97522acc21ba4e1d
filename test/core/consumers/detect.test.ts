import { Ajv } from "ajv";
import { Chalk } from "chalk";
import { describe, expect, it } from "vitest";
import { schemas } from "../../../src/core/documents/schemas.ts";
import type { JsonObject, KubernetesObject } from "../../../src/core/kubernetes.ts";
import type { Decisions } from "../../../src/core/model.ts";
import { judge, planDocument, scanDocument } from "../../../src/core/reports.ts";
import { scanLines } from "../../../src/output/text/scan.ts";
import {
  bound,
  clientIDOf,
  decisions,
  type FactsOptions,
  factsOf,
  files,
  resourceIDOf,
  serviceAccount,
  west,
  workload,
} from "../factories.ts";
import { controller, foreign } from "./told.ts";

const secretClass = (path: string, parameters: JsonObject) =>
  foreign("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", path, { provider: "azure", parameters });
const authentication = (path: string, podIdentity: JsonObject, metadata = {}) =>
  foreign("keda.sh/v1alpha1", "TriggerAuthentication", path, { podIdentity }, metadata);
const volumes = [
  { name: "v", csi: { driver: "secrets-store.csi.k8s.io", volumeAttributes: { secretProviderClass: "vault" } } },
];
const cart = workload("shop/cart", { label: "cart", account: "cart", podSpec: { volumes } });
const vault = secretClass("shop/vault", { usePodIdentity: "true" });
const shop = [...bound("shop/cart"), serviceAccount("shop/cart"), cart];
const keda = [
  ...bound("keda/keda-operator"),
  serviceAccount("keda/default"),
  controller("keda/keda-operator", "ghcr.io/kedacore/keda:2.14.0"),
];

const judged = (objects: readonly KubernetesObject[], choice: Partial<Decisions> = {}, options: FactsOptions = {}) =>
  judge(factsOf(objects, options), { ...decisions, ...choice });
const usagesOf = (judgement: ReturnType<typeof judge>) => scanDocument(judgement, "1").usages;
const mappingOf = (judgement: ReturnType<typeof judge>, name: string) =>
  judgement.mapped.mappings.find(one => one.usage.endsWith(`/${name}`));
const covering = (key: string, ...covered: string[]): Partial<Decisions> => ({ workloads: { [key]: { covered } } });

describe("scan and plan list what uses pod identity through a consumer", () => {
  const topic = authentication("shop/topic", { provider: "azure-workload", identityId: clientIDOf("cart") });
  const other = authentication("shop/other", { provider: "azure", identityId: "other" });

  it("as a usage that has no account, with the identities that it names or its pods have", () => {
    const judgement = judged([...shop, ...keda, vault, topic, other]);
    const scan = scanDocument(judgement, "1");
    const { binding: _own, ...ofCart } = scan.usages.find(usage => usage.workload.name === "cart")?.identities[0] ?? {};
    const base = { source: west, locations: [] };
    const auth = (name: string) => ({
      ...base,
      id: `${west}/shop/TriggerAuthentication.keda.sh/${name}`,
      via: "keda",
      workload: { apiVersion: "keda.sh/v1alpha1", kind: "TriggerAuthentication", namespace: "shop", name },
      findings: [],
    });
    expect(scan.usages.filter(usage => usage.via !== "label")).toEqual([
      {
        ...base,
        id: `${west}/shop/SecretProviderClass.secrets-store.csi.x-k8s.io/vault`,
        via: "secrets-store-csi",
        workload: { ...vault.metadata, apiVersion: vault.apiVersion, kind: vault.kind },
        identities: [ofCart],
        state: "legacy",
        findings: [],
      },
      { ...auth("other"), identities: [{ clientID: "other" }], state: "legacy" },
      {
        ...auth("topic"),
        identities: [{ namespace: "shop", name: "cart", clientID: clientIDOf("cart") }],
        state: "migrated",
      },
    ]);
    expect(ofCart).toMatchObject({ name: "cart", resourceID: resourceIDOf("cart") });
    expect(scan.summary).toMatchObject({ usages: 5, legacy: 4, migrated: 1 });
    expect(planDocument(judgement, "1").usages.map(usage => usage.id)).toEqual(scan.usages.map(usage => usage.id));
    expect(scan.usages.map(usage => usage.id)).toEqual(scan.usages.map(usage => usage.id).sort());
  });

  it("in documents that keep their schema", () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    const judgement = judged([...shop, ...keda, vault, topic, other]);
    const validateScan = ajv.compile(schemas.Scan);
    const validatePlan = ajv.compile(schemas.Plan);
    expect(validateScan(scanDocument(judgement, "1")) ? [] : validateScan.errors).toEqual([]);
    expect(validatePlan(planDocument(judgement, "1")) ? [] : validatePlan.errors).toEqual([]);
  });

  it("where -n and -l choose it, with its findings", () => {
    const labelled = authentication("bank/queue", { provider: "azure" }, { labels: { app: "queue" } });
    const objects = [authentication("shop/queue", { provider: "azure" }), labelled];
    const told = (choice: Partial<Decisions>) => {
      const { usages, findings } = scanDocument(judged(objects, choice), "1");
      const subjects = findings.flatMap(({ code, subject }) => (subject ? [`${code} ${subject.namespace}`] : []));
      return [...usages.map(usage => usage.workload.namespace), ...subjects];
    };
    const code = "consumer-uses-pod-identity";
    expect(told({})).toEqual(["bank", "shop", `${code} bank`, `${code} shop`]);
    expect(told({ namespaces: ["shop"] })).toEqual(["shop", `${code} shop`]);
    expect(told({ selector: "app=queue" })).toEqual(["bank", `${code} bank`]);
  });

  it("once for two identities of one object, legacy while one is", () => {
    const both = foreign("keda.sh/v1alpha1", "TriggerAuthentication", "shop/both", {
      podIdentity: { provider: "azure-workload", identityId: "a" },
      azureKeyVault: { podIdentity: { provider: "azure", identityId: "b" } },
    });
    expect(usagesOf(judged([both]))).toMatchObject([
      { state: "legacy", identities: [{ clientID: "a" }, { clientID: "b" }] },
    ]);
  });

  it("once for a workload that has the label too", () => {
    const flex = { name: "f", flexVolume: { driver: "azure/kv", options: { usepodidentity: "true" } } };
    const objects = [...bound("shop/cart"), workload("shop/cart", { label: "cart", podSpec: { volumes: [flex] } })];
    expect(usagesOf(judged(objects)).map(usage => usage.via)).toEqual(["label"]);
  });

  it("once for a cluster and its files, with the places in the files", () => {
    const usages = usagesOf(
      judged([...shop, vault], {}, { files: [vault, authentication("shop/new", { provider: "azure" })] }),
    );
    expect(usages.filter(usage => usage.via !== "label")).toMatchObject([
      { source: west, locations: [{ file: "deploy/all.yaml", line: 1 }] },
      { id: `${files}/shop/TriggerAuthentication.keda.sh/new` },
    ]);
  });

  it("in a table of its own", () => {
    const style = { color: new Chalk({ level: 0 }), columns: 120 };
    const lines = scanLines(scanDocument(judged([...shop, ...keda, vault, topic, other]), "1"), style);
    const table = lines.slice(lines.findIndex(line => line.startsWith("NAMESPACE  OBJECT"))).slice(0, 4);
    expect(table).toEqual([
      "NAMESPACE  OBJECT                       STATE     THROUGH            IDENTITY",
      "shop       SecretProviderClass/vault    legacy    secrets-store-csi  cart",
      "shop       TriggerAuthentication/other  legacy    keda               other",
      "shop       TriggerAuthentication/topic  migrated  keda               cart",
    ]);
    expect(lines.join("\n")).toContain(
      "2 workloads use pod identity: 2 legacy. 3 objects get tokens through a consumer: 2 legacy, 1 migrated.",
    );
  });
});

describe("a workload waits for what uses pod identity through its pods", () => {
  const name = "SecretProviderClass shop/vault";

  it("with the exact fields to change", () => {
    const judgement = judged([...shop, vault]);
    expect(mappingOf(judgement, "cart")).toMatchObject({
      blockedBy: ["consumer-not-migrated"],
      // No driver is among the objects.
      notChecked: ["consumer-version-not-checked"],
    });
    expect(judgement.mapped.findings.find(one => one.code === "consumer-not-migrated")).toMatchObject({
      severity: "error",
      subject: { kind: "Deployment", name: "cart" },
      args: {
        consumer: "secrets-store-csi",
        object: name,
        fields: [
          { field: "spec.parameters.usePodIdentity", before: "true", after: "false" },
          { field: "spec.parameters.clientID", after: clientIDOf("cart") },
        ],
        usedBy: [],
        serviceAccount: "shop:cart",
      },
    });
    expect(judgement.steps.steps).toEqual([]);
  });

  it("until that is changed", () => {
    const changed = secretClass("shop/vault", { usePodIdentity: "false", clientID: clientIDOf("cart") });
    expect(mappingOf(judged([...shop, changed]), "cart")).toMatchObject({ blockedBy: [] });
  });

  it("or said to be seen to, for this workload", () => {
    expect(mappingOf(judged([...shop, vault], covering("shop/Deployment/cart", name)), "cart")?.blockedBy).toEqual([]);
    expect(mappingOf(judged([...shop, vault], covering("shop/Deployment/till", name)), "cart")?.blockedBy).toEqual([
      "consumer-not-migrated",
    ]);
  });

  it("but not once its template lacks nothing", () => {
    const migrated = [
      ...bound("shop/cart"),
      serviceAccount("shop/cart", { "azure.workload.identity/client-id": clientIDOf("cart") }),
      workload("shop/cart", {
        label: "cart",
        account: "cart",
        labels: { "azure.workload.identity/use": "true" },
        podSpec: { volumes },
      }),
    ];
    expect(mappingOf(judged([...migrated, vault]), "cart")).toMatchObject({ blockedBy: [] });
  });

  it("but not for what goes over with its pods", () => {
    const issuer = foreign("cert-manager.io/v1", "ClusterIssuer", "acme", {
      acme: { solvers: [{ dns01: { azureDNS: { hostedZoneName: "x" } } }] },
    });
    const certManager = (version: string) => [
      ...bound("cert-manager/cert-manager"),
      serviceAccount("cert-manager/default"),
      controller("cert-manager/cert-manager", `quay.io/jetstack/cert-manager-controller:${version}`),
      issuer,
    ];
    expect(mappingOf(judged(certManager("v1.18.2")), "cert-manager")).toMatchObject({ blockedBy: [] });
    const old = judged(certManager("v1.10.1"));
    expect(mappingOf(old, "cert-manager")).toMatchObject({ blockedBy: ["consumer-too-old"] });
    expect(old.mapped.findings.find(one => one.code === "consumer-too-old")?.args).toEqual({
      consumer: "cert-manager",
      object: "ClusterIssuer acme",
      version: "1.10.1",
      needed: "1.11.0",
    });
  });

  it.each([
    [":latest", ""],
    [":1", "1"],
    [`@sha256:${"0".repeat(64)}`, ""],
  ])("and for a program whose version cannot be told: image%s", (image, version) => {
    const issuer = foreign("cert-manager.io/v1", "ClusterIssuer", "acme", {
      acme: { solvers: [{ dns01: { azureDNS: { hostedZoneName: "x" } } }] },
    });
    const objects = [
      ...bound("cert-manager/cert-manager"),
      serviceAccount("cert-manager/default"),
      controller("cert-manager/cert-manager", `quay.io/jetstack/cert-manager-controller${image}`),
      issuer,
    ];
    const code = "consumer-version-not-checked";
    const judgement = judged(objects);
    expect(mappingOf(judgement, "cert-manager")).toMatchObject({ blockedBy: [], notChecked: [code] });
    expect(judgement.mapped.findings.find(one => one.code === code)?.args).toEqual({
      consumer: "cert-manager",
      object: "ClusterIssuer acme",
      version,
      needed: "1.11.0",
    });
    const covered = covering("cert-manager/Deployment/cert-manager", "ClusterIssuer acme");
    expect(mappingOf(judged(objects, covered), "cert-manager")).toMatchObject({ blockedBy: [], notChecked: [] });
  });

  it("and for kinds that could not be read, which is not guessed", () => {
    const unknown = [{ kind: "TriggerAuthentication.keda.sh", except: ["keda"] }];
    expect(mappingOf(judged(keda, {}, { unknown }), "keda-operator")).toMatchObject({
      blockedBy: [],
      notChecked: ["consumers-not-checked"],
    });
  });

  it("and for settings that nobody can read here, told as long as they are not seen to", () => {
    const dns = [
      ...bound("dns/external-dns"),
      serviceAccount("dns/default"),
      controller("dns/external-dns", "registry.k8s.io/external-dns/external-dns:v0.14.0", {
        container: { args: ["--provider=azure"], volumeMounts: [{ name: "config", mountPath: "/etc/kubernetes" }] },
        podSpec: { volumes: [{ name: "config", secret: { secretName: "azure-config-file" } }] },
      }),
    ];
    const codes = (judgement: ReturnType<typeof judge>) =>
      scanDocument(judgement, "1")
        .findings.filter(one => one.severity === "error")
        .map(one => one.code);
    expect(codes(judged(dns))).toEqual(["consumer-settings-elsewhere"]);
    expect(mappingOf(judged(dns), "external-dns")).toMatchObject({ blockedBy: ["consumer-settings-elsewhere"] });
    const covered = judged(dns, covering("dns/Deployment/external-dns", "Secret dns/azure-config-file"));
    expect(codes(covered)).toEqual([]);
  });
});

it("what no mapping tells of is told of itself", () => {
  const { consumers } = judged([authentication("shop/queue", { provider: "azure" }), ...keda.slice(-1)]);
  expect(consumers.findings).toMatchObject([
    {
      code: "consumer-uses-pod-identity",
      subject: { kind: "TriggerAuthentication", name: "queue" },
      args: {
        consumer: "keda",
        fields: [{ field: "spec.podIdentity.provider", before: "azure", after: "azure-workload" }],
        usedBy: [],
        askedBy: ["Deployment keda/keda-operator"],
      },
    },
  ]);
  expect(judged([...keda, authentication("shop/queue", { provider: "azure" })]).consumers.findings).toEqual([]);
});

it("odd objects of every consumer's kinds tell nothing and stop nothing", () => {
  const odd: unknown[] = [null, "text", 7, [], { podIdentity: [], provider: [], acme: [], triggers: {}, config: "x" }];
  const objects = judged([]).consumers;
  expect(objects.uses).toEqual([]);
  const kinds = [
    ["secrets-store.csi.x-k8s.io/v1", "SecretProviderClass"],
    ["keda.sh/v1alpha1", "TriggerAuthentication"],
    ["keda.sh/v1alpha1", "ScaledObject"],
    ["external-secrets.io/v1", "SecretStore"],
    ["cert-manager.io/v1", "Issuer"],
    ["velero.io/v1", "BackupStorageLocation"],
  ] as const;
  const strange = kinds.flatMap(([apiVersion, kind]) =>
    odd.map((spec, index) => ({ ...foreign(apiVersion, kind, `shop/${index}`, {}), spec }) as KubernetesObject),
  );
  expect(judged([...shop, ...keda, ...strange]).consumers.uses).toEqual([]);
});
