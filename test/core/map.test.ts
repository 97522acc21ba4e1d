import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import type { Code, Decisions, Mapping } from "../../src/core/model.ts";
import { judge } from "../../src/core/reports.ts";
import { clientIDAnnotation, useLabel } from "../../src/core/workloadIdentity/workloadIdentity.ts";
import {
  audience,
  azureIdentity,
  binding,
  bound,
  clientIDOf,
  credential,
  decisions,
  type FactsOptions,
  factsOf,
  factsOfFiles,
  issuer,
  resourceIDOf,
  serviceAccount,
  type WorkloadOptions,
  west,
  workload,
} from "./factories.ts";

interface World extends FactsOptions {
  objects?: KubernetesObject[];
  cart?: WorkloadOptions;
  account?: KubernetesObject;
  identities?: KubernetesObject[];
  decisions?: Partial<Decisions>;
}

/** The mapping of the workload `shop/cart` in a world where nothing stands in its way but what is said. */
function mappingOf({ objects = [], cart, account, identities, decisions: choice, ...options }: World = {}): Mapping {
  const facts = factsOf(
    [
      ...(identities ?? bound("shop/cart")),
      account ?? serviceAccount("shop/cart"),
      workload("shop/cart", { label: "cart", account: "cart", ...cart }),
      ...objects,
    ],
    options,
  );
  const mapping = judge(facts, { ...decisions, ...choice }).mapped.mappings.find(one => one.usage.includes("/shop/"));
  if (!mapping) throw new Error("no mapping");
  return mapping;
}

const principal = resourceIDOf("cart").toLowerCase();
const subject = "system:serviceaccount:shop:cart";

describe("a mapping", () => {
  it("gives the workload's account a credential of the identity", () => {
    expect(mappingOf()).toEqual({
      usage: `${west}/shop/Deployment/cart`,
      serviceAccount: { name: "cart", use: "existing" },
      client: "sdk",
      trusts: [
        {
          principal,
          issuer,
          subject,
          audience,
          backend: "federatedCredential",
          name: expect.stringMatching(/^shop-cart-/),
        },
      ],
      defaultPrincipal: { id: principal, type: "userAssigned", clientID: clientIDOf("cart") },
      reasons: ["service-account-reused"],
      blockedBy: [],
      notChecked: [],
    });
  });

  it("has the audience and the client path that were decided", () => {
    expect(mappingOf({ decisions: { audience: "api://other", clientPath: "proxy" } })).toMatchObject({
      client: "proxy",
      trusts: [{ audience: "api://other" }],
      blockedBy: [],
    });
  });

  it("exists for chosen usages with an identity only, sorted by usage", () => {
    const objects = [
      workload("shop/orders", { label: "cart", account: "cart", metadata: { labels: { app: "orders" } } }),
      workload("bank/cart", { label: "cart", account: "cart" }),
      workload("shop/lost", { label: "nobody" }),
    ];
    const usages = (choice: Partial<Decisions>) =>
      judge(factsOf([...bound("shop/cart"), ...objects]), { ...decisions, ...choice }).mapped.mappings.map(one =>
        one.usage.replace(`${west}/`, ""),
      );
    expect(usages({})).toEqual(["bank/Deployment/cart", "shop/Deployment/orders"]);
    expect(usages({ namespaces: ["bank"] })).toEqual(["bank/Deployment/cart"]);
    expect(usages({ selector: "app=orders" })).toEqual(["shop/Deployment/orders"]);
  });

  it("rests on the whole cluster, whichever usages are chosen", () => {
    const sharing = workload("shop/orders", { label: "orders", account: "cart" });
    expect(
      mappingOf({
        identities: [...bound("shop/cart"), ...bound("shop/orders")],
        objects: [sharing],
        decisions: { selector: "!app" },
      }),
    ).toMatchObject({
      serviceAccount: { name: "cart-deployment", use: "create" },
      reasons: ["service-account-shared"],
    });
  });
});

describe("a mapping is blocked", () => {
  const paused = { spec: { paused: true } };
  const windows = { podSpec: { os: { name: "windows" } } };
  const proxy = { decisions: { clientPath: "proxy" as const } };
  const mismatch = { azure: { cart: { clientID: clientIDOf("other") } } };
  const east = "https://eastus.oic.prod-aks.azure.com/t/x/";
  const several = [...bound("shop/cart"), azureIdentity("shop/second"), binding("shop/second", { selector: "cart" })];
  const migrated = serviceAccount("shop/cart", { [clientIDAnnotation]: clientIDOf("cart") });
  const naming = (value: string) => ({
    podSpec: { containers: [{ name: "app", env: [{ name: "AZURE_CLIENT_ID", value }] }] },
  });
  const onHostNetwork = { podSpec: { hostNetwork: true, ...naming(clientIDOf("cart")).podSpec } };
  const isMigrated = { account: migrated, cart: { labels: { [useLabel]: "true" } } };

  it.each<[Code, string, World]>([
    ["several-identities", "two bindings match", { identities: several }],
    [
      "client-id-missing",
      "the AzureIdentity has none",
      { identities: [azureIdentity("shop/cart", { clientID: "" }), binding("shop/cart")] },
    ],
    [
      "resource-id-invalid",
      "managed mode works without one",
      {
        identities: [azureIdentity("shop/cart", { resourceID: "" }), binding("shop/cart")],
        cluster: { podIdentity: [{ mode: "managed", namespaced: true, addon: false, namespace: "kube-system" }] },
      },
    ],
    ["client-id-mismatch", "Azure has another client id for the resource id", mismatch],
    ["identity-not-found", "Azure has no such identity", { azure: { cart: "notFound" } }],
    [
      "credential-audience-differs",
      "issuer and subject have a credential with another audience",
      { azure: { cart: { credentials: [credential("x", "shop:cart", { audience: "other" })] } } },
    ],
    ["issuer-mismatch", "the flag says another issuer than the cluster", { decisions: { issuer: east } }],
    [
      "issuer-not-enabled",
      "the issuer is the cluster's inner one",
      { cluster: { issuer: "https://kubernetes.default.svc.cluster.local" } },
    ],
    ...[
      "http://oidc.example/",
      "kubernetes/serviceaccount",
      "https://oidc.example/ ",
      "https://oidc.example/\u001b[2J",
      "https://user:secret@oidc.example/",
      "https://oidc.example/?tenant=a",
      `https://oidc.example/${"a".repeat(600)}/`,
    ].map((issuer): [Code, string, World] => [
      "issuer-not-usable",
      `the issuer is ${issuer.slice(0, 40)}`,
      { cluster: { issuer } },
    ]),
    ["rollout-paused", "the Deployment is paused", { cart: paused }],
    ["client-id-in-template", "the template names somebody else", { cart: naming(clientIDOf("orders")) }],
    ["proxy-on-windows", "the pods run on Windows", { cart: windows, ...proxy }],
    [
      "proxy-on-windows",
      "… by their node selector",
      { cart: { podSpec: { nodeSelector: { "kubernetes.io/os": "windows" } } }, ...proxy },
    ],
    ["proxy-on-host-network", "the pods are on the host's network", { cart: onHostNetwork, ...proxy }],
    [
      "service-account-not-reusable",
      "the workload's own is to be kept and is default",
      { cart: { account: "default" }, decisions: { serviceAccount: "reuse" } },
    ],
  ])("by %s when %s", (code, _, world) => {
    expect(mappingOf(world)).toMatchObject({ blockedBy: [code], notChecked: [] });
  });

  it("and never trusts an issuer that the cluster does not confirm", () => {
    expect(mappingOf({ decisions: { issuer: east } }).trusts).toMatchObject([{ issuer }]);
  });

  it("by the name of its credential when that is taken", () => {
    const [trust] = mappingOf().trusts;
    const taken = credential((trust?.name ?? "").toUpperCase(), "shop:orders");
    expect(mappingOf({ azure: { cart: { credentials: [taken] } } }).blockedBy).toEqual(["credential-name-taken"]);
  });

  it.each<[string, World]>([
    ["a second binding for another label", { identities: [...bound("shop/cart"), ...bound("shop/second")] }],
    [
      "a second AzureIdentity for the same managed identity",
      {
        identities: [
          ...several.slice(0, 2),
          azureIdentity("shop/second", { resourceID: resourceIDOf("cart"), clientID: clientIDOf("cart") }),
          binding("shop/second", { selector: "cart" }),
        ],
      },
    ],
    ["a client id in other case", { azure: { cart: { clientID: clientIDOf("cart").toUpperCase() } } }],
    [
      "credentials of other subjects",
      {
        azure: {
          cart: { credentials: [credential("x", "shop:carts"), credential("y", "shop:cart", { issuer: east })] },
        },
      },
    ],
    ["the same issuer by flag", { decisions: { issuer } }],
    ["a template that names its own identity", { cart: naming(clientIDOf("cart").toUpperCase()) }],
    ["a StatefulSet that says paused", { cart: { ...paused, kind: "StatefulSet" } }],
    [
      "Windows and the host's network without the proxy",
      { cart: { podSpec: { ...windows.podSpec, ...onHostNetwork.podSpec } } },
    ],
    [
      "Linux by name, with the proxy",
      { cart: { podSpec: { os: { name: "linux" }, nodeSelector: { "kubernetes.io/os": "windows" } } }, ...proxy },
    ],
    [
      "an owned account that names the identity already",
      {
        account: serviceAccount(
          "shop/cart",
          { [clientIDAnnotation]: clientIDOf("cart").toUpperCase() },
          {},
          { managers: ["argocd-controller"] },
        ),
      },
    ],
    [
      "an owned workload whose template lacks nothing",
      { ...isMigrated, cart: { ...isMigrated.cart, metadata: { managers: ["helm"] } } },
    ],
    ["a paused Deployment whose template lacks nothing", { ...isMigrated, cart: { ...isMigrated.cart, ...paused } }],
    [
      "a webhook that is away, for a template that lacks nothing",
      { ...isMigrated, cluster: { webhook: { installed: false } } },
    ],
  ])("not by %s", (_, world) => {
    expect(mappingOf(world)).toMatchObject({ blockedBy: [], notChecked: [] });
  });
});

describe("a mapping is not checked", () => {
  const gap = (kind: string, ...except: string[]) => ({ unknown: [{ kind, except }] });
  const namespaced = {
    podIdentity: [{ mode: "standard" as const, namespaced: true, addon: false, namespace: "kube-system" }],
  };
  it.each<[Code, string, World]>([
    ["azure-not-checked", "Azure was not asked", { azure: { cart: "notAsked" } }],
    ["azure-not-checked", "Azure refused", { azure: { cart: { failed: "forbidden" } } }],
    ["bindings-not-checked", "identities cannot be listed", gap("AzureIdentity")],
    [
      "bindings-not-checked",
      "bindings of other namespaces cannot be listed, in standard mode",
      gap("AzureIdentityBinding", "shop"),
    ],
    [
      "bindings-not-checked",
      "bindings of the namespace cannot be listed, in namespaced mode",
      { ...gap("AzureIdentityBinding", "bank"), cluster: namespaced },
    ],
    ["service-account-not-checked", "accounts cannot be listed", gap("ServiceAccount")],
    ["service-account-not-checked", "workloads of a kind cannot be listed", gap("CronJob", "bank")],
    ["mode-unknown", "NMI may be there unseen", { ...gap("DaemonSet", "shop"), cluster: { podIdentity: [] } }],
    [
      "role-bindings-not-checked",
      "a dedicated account may lose rights",
      { ...gap("RoleBinding", "shop"), cart: { account: "default" } },
    ],
  ])("for %s when %s", (code, _why, world) => {
    expect(mappingOf(world)).toMatchObject({ blockedBy: [], notChecked: [code] });
  });

  it("for an issuer that nobody knows, and then has no trust", () => {
    const facts = factsOfFiles([
      ...bound("shop/cart"),
      serviceAccount("shop/cart"),
      workload("shop/cart", { label: "cart", account: "cart" }),
    ]);
    expect(judge(facts, decisions).mapped.mappings).toMatchObject([
      { trusts: [], notChecked: ["issuer-unknown"], blockedBy: [] },
    ]);
    expect(judge(facts, { ...decisions, issuer }).mapped.mappings).toMatchObject([
      { trusts: [{ issuer }], notChecked: [] },
    ]);
  });

  it.each<[string, World]>([
    [
      "bindings of other namespaces, in namespaced mode",
      { ...gap("AzureIdentityBinding", "shop"), cluster: namespaced },
    ],
    ["workloads of other namespaces", gap("Deployment", "shop")],
    ["accounts of other namespaces", gap("ServiceAccount", "shop")],
    ["rights, for an account that is kept", gap("RoleBinding")],
    ["exceptions", gap("AzurePodIdentityException")],
    ["daemon sets of other namespaces, where NMI is seen", gap("DaemonSet", "shop")],
  ])("but not for %s", (_why, world) => {
    expect(mappingOf(world)).toMatchObject({ blockedBy: [], notChecked: [] });
  });
});

describe("the reasons of a mapping", () => {
  it.each<[Code[], string, World]>([
    [
      ["credential-adopted", "service-account-reused"],
      "a credential exists",
      { azure: { cart: { credentials: [credential("mine", "shop:cart")] } } },
    ],
    [["job-immutable", "service-account-reused"], "it is a Job", { cart: { kind: "Job" } }],
    [["pod-not-managed", "service-account-reused"], "it is a bare pod", { cart: { kind: "Pod" } }],
    [["pods-do-not-roll", "service-account-reused"], "it is a ReplicaSet", { cart: { kind: "ReplicaSet" } }],
    [
      ["pods-do-not-roll", "service-account-reused"],
      "its strategy is OnDelete",
      { cart: { kind: "StatefulSet", spec: { updateStrategy: { type: "OnDelete" } } } },
    ],
    [
      ["service-account-reused"],
      "its strategy is not OnDelete",
      { cart: { kind: "StatefulSet", spec: { updateStrategy: { type: "RollingUpdate" } } } },
    ],
    [["service-account-reused"], "it is a CronJob", { cart: { kind: "CronJob" } }],
    [["service-account-reused", "webhook-not-checked"], "the webhook cannot be seen", { cluster: { webhook: {} } }],
  ])("are %j when %s", (reasons, _, world) => {
    expect(mappingOf(world)).toMatchObject({ reasons, blockedBy: [], notChecked: [] });
  });
});
