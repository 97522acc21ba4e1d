import { describe, expect, it } from "vitest";
import type { Facts } from "../../src/core/facts.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import type { Code, Decisions, IdentityBinding } from "../../src/core/model.ts";
import { questionsOf } from "../../src/core/questions.ts";
import { judge } from "../../src/core/reports.ts";
import {
  bound,
  clientIDOf,
  decisions,
  type FactsOptions,
  factsOf,
  factsOfFiles,
  issuer,
  resourceIDOf,
  serviceAccount,
  type WorkloadOptions,
  workload,
} from "./factories.ts";

const resourceID = "/subscriptions/sub/resourcegroups/shop/providers/Microsoft.ContainerService/managedClusters/west";
const azure = { resourceID, foundBy: "nodes", workloadIdentity: true, issuer } as const;
const annotation = "azure.workload.identity/use-identity-binding";
const webhook = {
  installed: true,
  version: "1.6.0",
  ready: 2,
  identityBinding: { annotation, audience: "api://AKSIdentityBinding" },
};
const rbac = "rbac.authorization.k8s.io/v1";
const role = `azwi-migrate-identity-binding-${clientIDOf("cart")}`;

const shop = (options: WorkloadOptions = {}): KubernetesObject[] => [
  ...bound("shop/cart"),
  serviceAccount("shop/cart"),
  workload("shop/cart", { label: "cart", account: "cart", ...options }),
];

interface Aks extends FactsOptions {
  bindings?: IdentityBinding[] | { failed: string };
}

/** Facts of an AKS cluster whose webhook is set up. */
function aks(objects: KubernetesObject[], { bindings = [], ...options }: Aks = {}): Facts {
  const facts = factsOf(objects, { ...options, cluster: { azure, webhook, ...options.cluster } });
  return { ...facts, azure: { ...facts.azure, identityBindings: new Map([[resourceID.toLowerCase(), bindings]]) } };
}

const judged = (facts: Facts, choice: Partial<Decisions> = {}) =>
  judge(facts, { ...decisions, trust: "identityBinding", ...choice });

function cart(facts: Facts, choice: Partial<Decisions> = {}) {
  const judgement = judged(facts, choice);
  const mapping = judgement.mapped.mappings.find(({ usage }) => usage.endsWith("/cart"));
  if (!mapping) throw new Error("no mapping of cart");
  const told = (code: Code) => judgement.mapped.findings.find(one => one.code === code)?.args;
  return { ...mapping, told, judgement, steps: judgement.steps.steps };
}

const principal = resourceIDOf("cart").toLowerCase();

describe("how a workload gets its identity", () => {
  const backend = (choice: Partial<Decisions>, objects = shop()) =>
    judge(aks(objects), { ...decisions, ...choice }).mapped.mappings[0]?.trusts[0]?.backend;

  it("is a federated credential where nobody decides", () => {
    expect(backend({})).toBe("federatedCredential");
  });

  it("is decided for all, for an identity, or for a workload, the nearest first", () => {
    const forIdentity = { [clientIDOf("cart").toUpperCase()]: { trust: "identityBinding" as const } };
    const forWorkload = { "shop/Deployment/cart": { trust: "federatedCredential" as const } };
    expect(backend({ trust: "identityBinding" })).toBe("identityBinding");
    expect(backend({ trust: "federatedCredential", identities: forIdentity })).toBe("identityBinding");
    expect(backend({ identities: forIdentity, workloads: forWorkload })).toBe("federatedCredential");
  });

  it("stays a binding where the template asks for one already, unless something else is decided", () => {
    const asking = shop({ annotations: { [annotation]: "True" } });
    expect(backend({}, asking)).toBe("identityBinding");
    expect(backend({ trust: "federatedCredential" }, asking)).toBe("federatedCredential");
  });
});

describe("a workload with an identity binding", () => {
  it("has a trust of the pods' own token, and no federated credential", () => {
    const { trusts, steps, blockedBy, notChecked } = cart(aks(shop()));
    expect(trusts).toEqual([
      {
        principal,
        issuer,
        subject: "system:serviceaccount:shop:cart",
        audience: "api://AKSIdentityBinding",
        backend: "identityBinding",
        name: expect.stringMatching(/^cart[0-9a-f]{10}$/),
      },
    ]);
    expect([...blockedBy, ...notChecked]).toEqual([]);
    expect(steps.map(({ op, target }) => `${op} ${target.kind}`).sort()).toEqual([
      "bind IdentityBinding",
      "create ClusterRole",
      "create ClusterRoleBinding",
      "patch Deployment",
      "patch ServiceAccount",
    ]);
    const [change] = steps
      .flatMap(step => (step.op === "patch" ? step.changes : []))
      .filter(one => one.path.at(-1) === annotation);
    expect(change?.after).toBe("true");
  });

  it.each([
    ["000", /^identity[0-9a-f]{10}$/],
    ["Shop_Cart-9", /^shopcart9[0-9a-f]{10}$/],
    ["7seas", /^seas[0-9a-f]{10}$/],
    [`x${"y".repeat(120)}`, /^xy{49}[0-9a-f]{10}$/],
  ])("names the binding of identity %s as ARM wants it", (name, expected) => {
    const objects = shop().map(one =>
      one.kind === "AzureIdentity" ? { ...one, spec: { ...one.spec, resourceID: resourceIDOf(name) } } : one,
    );
    expect(cart(aks(objects)).trusts[0]?.name).toMatch(expected);
  });

  it("shares binding and role with whoever has the same identity in this cluster", () => {
    const objects = [
      ...shop(),
      serviceAccount("shop/orders"),
      workload("shop/orders", { label: "cart", account: "orders" }),
    ];
    const { steps } = cart(aks(objects));
    const kinds = steps.map(({ target }) => target.kind);
    expect(kinds.filter(kind => kind === "IdentityBinding" || kind === "ClusterRole")).toHaveLength(2);
    expect(kinds.filter(kind => kind === "ClusterRoleBinding")).toHaveLength(2);
    expect(steps.find(({ op }) => op === "bind")?.usages).toHaveLength(2);
  });

  it("adopts the binding that the cluster has, and the role that lets its account in", () => {
    const rules = [
      { apiGroups: ["cid.wi.aks.azure.com"], resources: [clientIDOf("cart")], verbs: ["use-managed-identity"] },
    ];
    const objects = [
      ...shop(),
      { apiVersion: rbac, kind: "ClusterRole", metadata: { name: "by-hand" }, rules },
      {
        apiVersion: rbac,
        kind: "ClusterRoleBinding",
        metadata: { name: "by-hand" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "by-hand" },
        subjects: [{ kind: "ServiceAccount", namespace: "shop", name: "cart" }],
      },
    ] as KubernetesObject[];
    const { steps, trusts, reasons } = cart(
      aks(objects, { bindings: [{ name: "mine", principal, state: "Succeeded" }] }),
    );
    expect(trusts[0]).toMatchObject({ name: "mine", adopts: "mine" });
    expect(reasons).toContain("identity-binding-adopted");
    expect(steps.map(({ target }) => target.kind)).toEqual(["ServiceAccount", "Deployment"]);
  });

  it("is not let in by a role for single objects, or for another identity", () => {
    const rule = {
      apiGroups: ["cid.wi.aks.azure.com"],
      resources: [clientIDOf("cart")],
      verbs: ["use-managed-identity"],
    };
    const rules = [
      { ...rule, resourceNames: ["x"] },
      { ...rule, resources: [clientIDOf("other")] },
      { ...rule, verbs: ["get"] },
    ];
    const given = {
      apiVersion: rbac,
      kind: "ClusterRoleBinding",
      metadata: { name: "near" },
      roleRef: { kind: "ClusterRole", name: "near" },
      subjects: [{ kind: "ServiceAccount", namespace: "shop", name: "cart" }],
    };
    const near = { apiVersion: rbac, kind: "ClusterRole", metadata: { name: "near" }, rules };
    const { steps } = cart(aks([...shop(), near, given] as KubernetesObject[]));
    expect(steps.map(({ target }) => target.kind)).toContain("ClusterRole");
  });

  it("needs no way to the authority host, but one to the token proxy", () => {
    const deny = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "deny", namespace: "shop" },
      spec: { podSelector: {}, policyTypes: ["Egress"], egress: [] },
    };
    const { told } = cart(aks([...shop(), deny] as KubernetesObject[]));
    expect(told("egress-unproven")).toMatchObject({ host: "the token proxy of the API server" });
  });

  it("has its token taken back where federated credentials are decided", () => {
    const { steps } = cart(aks(shop({ annotations: { [annotation]: "true" } })), { trust: "federatedCredential" });
    const changes = steps.flatMap(step => (step.op === "patch" ? step.changes : []));
    expect(changes).toContainEqual({
      path: ["spec", "template", "metadata", "annotations", annotation],
      before: "true",
      after: "false",
    });
  });
});

describe("what stands in the way of an identity binding", () => {
  const blocked: [Code, Facts, Partial<Decisions>?][] = [
    ["identity-binding-without-cluster", factsOf(shop(), { cluster: { webhook } })],
    [
      "identity-binding-vnet-integration",
      aks(shop(), { cluster: { azure: { ...azure, apiServerVnetIntegration: true } } }),
    ],
    [
      "identity-binding-not-in-webhook",
      aks(shop(), { cluster: { webhook: { installed: true, version: "1.5.1", ready: 2 } } }),
    ],
    ["identity-binding-proxy", aks(shop()), { clientPath: "proxy" }],
    [
      "identity-binding-program",
      aks(
        shop({ podSpec: { containers: [{ name: "app", image: "quay.io/jetstack/cert-manager-controller:v1.14.0" }] } }),
      ),
    ],
    [
      "identity-binding-name-taken",
      aks(shop(), { bindings: [{ name: nameOfCart(), principal: "/other", state: "Succeeded" }] }),
    ],
    [
      "identity-binding-role-differs",
      aks([
        ...shop(),
        { apiVersion: rbac, kind: "ClusterRole", metadata: { name: role }, rules: [] } as KubernetesObject,
      ]),
    ],
  ];

  it.each(blocked)("%s", (code, facts, choice) => {
    expect(cart(facts, choice).blockedBy).toContain(code);
  });

  it.each(blocked.filter(([code]) => !/name-taken|role-differs/.test(code)))(
    "%s can be decided away for the workload",
    (code, facts, choice) => {
      const questions = questionsOf(judged(facts, choice)).filter(({ finding }) => finding.code === code);
      expect(questions.flatMap(({ answers }) => answers.map(({ decision }) => decision))).toContainEqual({
        trust: "federatedCredential",
      });
      const workloads = { "shop/Deployment/cart": { trust: "federatedCredential" as const } };
      expect(cart(facts, { ...choice, workloads }).blockedBy).not.toContain(code);
    },
  );

  it("is nothing for the proxy of AKS's preview", () => {
    const preview = { ...webhook, version: "1.6.0-alpha.1" };
    const { blockedBy } = cart(aks(shop(), { cluster: { webhook: preview } }), { clientPath: "proxy" });
    expect(blockedBy).not.toContain("identity-binding-proxy");
  });

  it("is identity-binding-backends-differ where two identities of a pod are to be had in two ways", () => {
    const objects = [
      ...bound("shop/cart"),
      ...bound("shop/mail").map(one =>
        one.kind === "AzureIdentityBinding" ? { ...one, spec: { ...one.spec, selector: "cart" } } : one,
      ),
      serviceAccount("shop/cart"),
      workload("shop/cart", { label: "cart", account: "cart" }),
    ];
    const workloads = { "shop/Deployment/cart": { defaultIdentity: "shop/cart" } };
    const identities = { [clientIDOf("mail")]: { trust: "federatedCredential" as const } };
    const { blockedBy, told } = cart(aks(objects), { workloads, identities });
    expect(blockedBy).toContain("identity-binding-backends-differ");
    expect(told("identity-binding-backends-differ")).toEqual({ bindings: ["shop/cart"], credentials: ["shop/mail"] });
  });

  it("is a consumer that asks for tokens of the account itself, until it uses the token proxy", () => {
    const volumes = [
      { name: "s", csi: { driver: "secrets-store.csi.k8s.io", volumeAttributes: { secretProviderClass: "vault" } } },
    ];
    const classOf = (parameters: Record<string, string>) =>
      ({
        apiVersion: "secrets-store.csi.x-k8s.io/v1",
        kind: "SecretProviderClass",
        metadata: { name: "vault", namespace: "shop" },
        spec: { provider: "azure", parameters: { clientID: clientIDOf("cart"), ...parameters } },
      }) as KubernetesObject;
    const objects = shop({ podSpec: { containers: [{ name: "app" }], volumes } });
    const consumer = cart(aks([...objects, classOf({})]));
    expect(consumer.blockedBy).toContain("identity-binding-consumer");
    expect(consumer.told("identity-binding-consumer")).toMatchObject({ object: "SecretProviderClass shop/vault" });
    expect(cart(aks([...objects, classOf({ useAzureTokenProxy: "true" })])).blockedBy).not.toContain(
      "identity-binding-consumer",
    );
  });

  it.each([
    ["Azure says nothing of the bindings", aks(shop(), { bindings: { failed: "403" } })],
    ["ClusterRoles cannot be listed", aks(shop(), { unknown: [{ kind: "ClusterRole", except: [] }] })],
  ])("is identity-binding-not-checked where %s", (_, facts) => {
    expect(cart(facts).notChecked).toContain("identity-binding-not-checked");
  });

  it("is that files alone are in no cluster", () => {
    expect(cart(factsOfFiles(shop()), { issuer }).blockedBy).toEqual(["identity-binding-without-cluster"]);
  });
});

describe("what an application must do for an identity binding", () => {
  it("is told for the language that its image shows", () => {
    const { told, reasons } = cart(aks(shop({ podSpec: { containers: [{ name: "app", image: "node:22" }] } })));
    expect(reasons).toContain("identity-binding-sdk-option");
    expect(told("identity-binding-sdk-option")).toEqual({
      options: ["JavaScript: @azure/identity 4.14.0-beta.2 or later, enableAzureProxy"],
    });
  });

  it("is told for every language where none shows", () => {
    const args = cart(aks(shop())).told("identity-binding-sdk-option");
    expect(args && "options" in args && args.options).toHaveLength(5);
  });
});

function nameOfCart(): string {
  return cart(aks(shop())).trusts[0]?.name ?? "";
}
