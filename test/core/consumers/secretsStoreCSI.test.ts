import { describe, expect, it } from "vitest";
import { secretsStoreCSI } from "../../../src/core/consumers/secretsStoreCSI.ts";
import type { JsonObject, KubernetesObject } from "../../../src/core/kubernetes.ts";
import { azureIdentity, binding, bound, clientIDOf, type WorkloadOptions, workload } from "../factories.ts";
import { foreign, told, toldOfFiles } from "./told.ts";

const secretClass = (path: string, parameters: JsonObject, provider = "azure") =>
  foreign("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", path, { provider, parameters });
const volume = (secretProviderClass: string): JsonObject => ({
  name: "secrets",
  csi: { driver: "secrets-store.csi.k8s.io", readOnly: true, volumeAttributes: { secretProviderClass } },
});
const mounting = (path: string, name: string, options: WorkloadOptions = {}) =>
  workload(path, { account: "cart", podSpec: { volumes: [volume(name)] }, ...options });
const driver = (spec: JsonObject): KubernetesObject =>
  foreign("storage.k8s.io/v1", "CSIDriver", "secrets-store.csi.k8s.io", spec);
const withAudience = driver({ tokenRequests: [{ audience: "api://AzureADTokenExchange" }] });
const world = [...bound("shop/cart"), withAudience];

const legacy = {
  consumer: "secrets-store-csi",
  object: "SecretProviderClass shop/vault",
  state: "legacy",
  needsVersion: "1.1.0",
  askedBy: ["Deployment shop/cart"],
  changes: [
    { path: ["spec", "parameters", "usePodIdentity"], before: "true", after: "false" },
    { path: ["spec", "parameters", "clientID"], after: clientIDOf("cart") },
  ],
};

describe("a SecretProviderClass on pod identity", () => {
  it("gets the client id of the pods that mount it", () => {
    expect(
      told(secretsStoreCSI, [
        ...world,
        secretClass("shop/vault", { usePodIdentity: "true", tenantID: "t" }),
        mounting("shop/cart", "vault", { label: "cart" }),
        mounting("shop/other", "elsewhere", { label: "cart" }),
        mounting("bank/cart", "vault", { label: "cart" }),
      ]),
    ).toEqual({ uses: [legacy], findings: [] });
  });

  it("gets it for those that a foreign controller makes too", () => {
    const rollout = foreign("argoproj.io/v1alpha1", "Rollout", "shop/cart", {
      template: {
        metadata: { labels: { aadpodidbinding: "cart" } },
        spec: { serviceAccountName: "cart", containers: [{ name: "app" }], volumes: [null, volume("vault")] },
      },
    });
    const objects = [...world, secretClass("shop/vault", { usePodIdentity: "true" }), rollout];
    expect(told(secretsStoreCSI, objects).uses).toEqual([{ ...legacy, askedBy: ["Rollout shop/cart"] }]);
  });

  it.each(["1", "t", "T", "TRUE", "True", " true\n"])(
    "says so with %j, as strconv.ParseBool takes it",
    usePodIdentity => {
      const { uses, findings } = told(secretsStoreCSI, [...world, secretClass("shop/vault", { usePodIdentity })]);
      expect(uses).toMatchObject([{ state: "legacy", changes: [{ before: usePodIdentity, after: "false" }] }]);
      expect(findings).toEqual([]);
    },
  );

  it.each(["false", "0", "F", "", " "])("is none with %j", usePodIdentity => {
    const objects = [...world, secretClass("shop/vault", { usePodIdentity, clientID: "" })];
    expect(told(secretsStoreCSI, objects)).toEqual({ uses: [], findings: [] });
  });

  it.each([
    ["yes", "none", []],
    ["tRUE", "none in Go, but meant for one", ["legacy"]],
    [true, "one that lacks its quotes", ["legacy"]],
  ])("with %j is %s, and nobody mounts it", (usePodIdentity, _what, states) => {
    const { uses, findings } = told(secretsStoreCSI, [...world, secretClass("shop/vault", { usePodIdentity })]);
    expect(uses.map(use => use.state)).toEqual(states);
    expect(findings).toEqual([
      {
        code: "secret-class-parameter-invalid",
        subject: "SecretProviderClass shop/vault",
        parameter: "usePodIdentity",
        value: String(usePodIdentity),
      },
    ]);
  });

  it("does not read a clientID that stands there, and replaces it", () => {
    const { uses } = told(secretsStoreCSI, [
      ...world,
      secretClass("shop/vault", { usePodIdentity: "true", clientID: "other" }),
      mounting("shop/cart", "vault", { label: "cart" }),
    ]);
    expect(uses[0]?.changes[1]).toEqual({
      path: ["spec", "parameters", "clientID"],
      before: "other",
      after: clientIDOf("cart"),
    });
    expect(uses[0]).not.toHaveProperty("clientID");
  });

  it("is told apart from other modes", () => {
    const { uses, findings } = told(secretsStoreCSI, [
      ...world,
      secretClass("shop/vault", { usePodIdentity: "true", useVMManagedIdentity: "true" }),
    ]);
    expect(uses).toMatchObject([{ state: "legacy" }]);
    expect(findings).toEqual([
      {
        code: "secret-class-modes-conflict",
        subject: "SecretProviderClass shop/vault",
        parameters: ["usePodIdentity", "useVMManagedIdentity"],
      },
    ]);
  });

  it("names one identity only: pods of two need two classes", () => {
    const { uses, findings } = told(secretsStoreCSI, [
      ...world,
      ...bound("shop/orders"),
      secretClass("shop/vault", { usePodIdentity: "true" }),
      mounting("shop/cart", "vault", { label: "cart" }),
      mounting("shop/orders", "vault", { label: "orders", account: "orders", kind: "CronJob" }),
    ]);
    expect(uses).toMatchObject([
      { askedBy: ["Deployment shop/cart", "CronJob shop/orders"], changes: [legacy.changes[0]] },
    ]);
    expect(findings).toEqual([
      {
        code: "secret-class-shared",
        subject: "SecretProviderClass shop/vault",
        clientIDs: [clientIDOf("cart"), clientIDOf("orders")].sort(),
        serviceAccounts: ["cart", "orders"],
        workloads: ["CronJob shop/orders", "Deployment shop/cart"],
      },
    ]);
  });

  it("needs a credential for each account that mounts it", () => {
    const { uses, findings } = told(secretsStoreCSI, [
      ...world,
      secretClass("shop/vault", { usePodIdentity: "true" }),
      mounting("shop/cart", "vault", { label: "cart" }),
      mounting("shop/sale", "vault", { label: "cart", account: "sale" }),
    ]);
    expect(uses[0]?.changes).toEqual(legacy.changes);
    expect(findings).toMatchObject([
      { code: "secret-class-shared", clientIDs: [clientIDOf("cart")], serviceAccounts: ["cart", "sale"] },
    ]);
  });

  it("fails for pods without pod identity", () => {
    const { findings } = told(secretsStoreCSI, [
      ...world,
      secretClass("shop/vault", { usePodIdentity: "true" }),
      mounting("shop/cart", "vault"),
    ]);
    expect(findings).toEqual([
      {
        code: "secret-class-without-label",
        subject: "Deployment shop/cart",
        secretProviderClass: "SecretProviderClass shop/vault",
      },
    ]);
  });

  it("is found from a bare pod, and not from other drivers' volumes", () => {
    const other = {
      ...volume("vault"),
      csi: { driver: "other.csi", volumeAttributes: { secretProviderClass: "vault" } },
    };
    const { uses } = told(secretsStoreCSI, [
      ...world,
      secretClass("shop/vault", { usePodIdentity: "true" }),
      mounting("shop/cart", "vault", { label: "cart", kind: "Pod" }),
      mounting("shop/other", "vault", { label: "cart", podSpec: { volumes: [other, null, { csi: "x" }] } }),
    ]);
    expect(uses).toMatchObject([{ askedBy: ["Pod shop/cart"] }]);
  });

  it("goes by the provider that runs", () => {
    const image = "mcr.microsoft.com/oss/azure/secrets-store/provider-azure:v1.0.1";
    const provider = workload("kube-system/provider", {
      kind: "DaemonSet",
      podSpec: { containers: [{ name: "a", image }] },
    });
    const { uses } = told(secretsStoreCSI, [...world, provider, secretClass("shop/vault", { usePodIdentity: "true" })]);
    expect(uses).toMatchObject([{ version: "1.0.1", needsVersion: "1.1.0" }]);
  });
});

describe("a SecretProviderClass that is not on pod identity", () => {
  it("is migrated when it names a client id", () => {
    expect(
      told(secretsStoreCSI, [
        ...world,
        secretClass("shop/vault", { usePodIdentity: "false", clientID: ` ${clientIDOf("cart")}` }),
        mounting("shop/cart", "vault"),
      ]),
    ).toEqual({
      uses: [
        {
          consumer: "secrets-store-csi",
          object: "SecretProviderClass shop/vault",
          state: "migrated",
          clientID: clientIDOf("cart"),
          askedBy: ["Deployment shop/cart"],
          changes: [],
        },
      ],
      findings: [],
    });
  });

  it("is of no interest with another provider or a service principal", () => {
    const objects = [
      secretClass("shop/vault", { usePodIdentity: "true" }, "vault"),
      secretClass("shop/upper", { usePodIdentity: "true" }, "Azure"),
      secretClass("shop/principal", { keyvaultName: "x" }),
    ];
    expect(told(secretsStoreCSI, objects)).toEqual({ uses: [], findings: [] });
  });

  it("loses an identity on the nodes that MIC put there", () => {
    const node = (path: string, userAssignedIdentityID: string) =>
      secretClass(path, { useVMManagedIdentity: "true", userAssignedIdentityID });
    const objects = [...world, node("shop/vault", clientIDOf("cart").toUpperCase()), node("shop/own", "other")];
    expect(told(secretsStoreCSI, objects)).toEqual({
      uses: [],
      findings: [
        {
          code: "secret-class-on-node-identity",
          subject: "SecretProviderClass shop/vault",
          clientID: clientIDOf("cart").toUpperCase(),
          azureIdentity: "shop/cart",
        },
      ],
    });
  });

  it.each([
    [null],
    ["text"],
    [{ provider: "azure" }],
    [{ provider: "azure", parameters: [] }],
    [{ provider: ["azure"] }],
  ])("is passed over when its spec is %j", spec => {
    const odd = { ...secretClass("shop/vault", {}), spec } as unknown as KubernetesObject;
    expect(told(secretsStoreCSI, [odd])).toEqual({ uses: [], findings: [] });
  });
});

describe("the CSI driver", () => {
  const onPodIdentity = secretClass("shop/vault", { usePodIdentity: "true" });
  const subject = "CSIDriver secrets-store.csi.k8s.io";

  it.each([[{}], [{ tokenRequests: [{ audience: "vault" }] }], [{ tokenRequests: "x" }]])(
    "has to ask for tokens: not with %j",
    spec => {
      expect(told(secretsStoreCSI, [driver(spec), onPodIdentity]).findings).toEqual([
        { code: "csi-driver-without-audience", subject, audience: "api://AzureADTokenExchange" },
      ]);
    },
  );

  it.each([
    ["it cannot be listed", { unknown: [{ kind: "CSIDriver", except: [] }] }],
    ["it is not installed", {}],
  ])("is not checked where %s", (reason, options) => {
    expect(told(secretsStoreCSI, [onPodIdentity], options).findings).toEqual([
      { code: "csi-driver-not-checked", subject, reason },
    ]);
  });

  it("is seldom in files, where nothing is said of it", () => {
    expect(toldOfFiles(secretsStoreCSI, [onPodIdentity])).toMatchObject({ uses: [{ state: "legacy" }], findings: [] });
  });
});

it("a volume of the old FlexVolume driver has no way but another driver", () => {
  const flex = (usepodidentity: string): JsonObject => ({
    name: `flex-${usepodidentity}`,
    flexVolume: { driver: "azure/kv", options: { usepodidentity, keyvaultname: "shop" } },
  });
  const objects = [
    workload("shop/cart", { label: "cart", podSpec: { volumes: [flex("true"), flex("TRUE"), flex("false")] } }),
    workload("shop/other", { label: "cart", podSpec: { volumes: [flex("false")] } }),
  ];
  expect(told(secretsStoreCSI, [...bound("shop/cart"), ...objects])).toEqual({
    uses: [
      {
        consumer: "secrets-store-csi",
        object: "Deployment shop/cart",
        state: "legacy",
        askedBy: ["Deployment shop/cart"],
        changes: [],
      },
    ],
    findings: [
      { code: "flex-volume-on-pod-identity", subject: "Deployment shop/cart", volumes: ["flex-true", "flex-TRUE"] },
    ],
  });
});

it("who mounts a class that cannot be read may depend on it", () => {
  const kind = "SecretProviderClass.secrets-store.csi.x-k8s.io";
  const objects = [
    azureIdentity("shop/cart"),
    binding("shop/cart"),
    mounting("shop/cart", "vault", { label: "cart" }),
    mounting("bank/cart", "vault", { label: "cart" }),
  ];
  expect(told(secretsStoreCSI, objects, { unknown: [{ kind, except: ["bank"] }] })).toEqual({
    uses: [],
    findings: [],
    unread: [{ kind, askedBy: ["Deployment shop/cart"] }],
  });
});
