import { describe, expect, test } from "vitest";
import { createdForAnnotation } from "../../../src/core/accounts/accountNames.ts";
import type { WorkloadDecision } from "../../../src/core/documents/decisions.ts";
import type { JsonObject, KubernetesObject } from "../../../src/core/kubernetes.ts";
import { judge } from "../../../src/core/reports.ts";
import { bound, decisions, factsOf, serviceAccount, type WorkloadOptions, workload } from "../factories.ts";

/** `cart` and `orders` share the account `shared`, so that each gets one of its own. */
function blocksOf(
  policies: KubernetesObject[],
  options: { decision?: WorkloadDecision; cart?: WorkloadOptions; account?: KubernetesObject; unknown?: string } = {},
) {
  const objects = [
    ...bound("shop/cart"),
    ...bound("shop/orders"),
    options.account ?? serviceAccount("shop/shared", undefined, {}, { labels: { team: "shop" } }),
    workload("shop/cart", { label: "cart", labels: { app: "cart" }, account: "shared", ...options.cart }),
    workload("shop/orders", { label: "orders", account: "shared" }),
    ...policies,
  ];
  const unknown = options.unknown === undefined ? [] : [{ kind: options.unknown, except: [] }];
  const { mapped } = judge(factsOf(objects, { unknown }), {
    ...decisions,
    workloads: { "shop/Deployment/cart": options.decision ?? {} },
  });
  const cart = mapped.mappings.find(one => one.usage.endsWith("/cart"));
  const named = mapped.findings.filter(one => one.code === "account-named-elsewhere" && one.subject?.name === "cart");
  return { blockedBy: cart?.blockedBy, notChecked: cart?.notChecked, named: named.map(one => one.args) };
}

const policy = (
  apiVersion: string,
  kind: string,
  namespace: string | undefined,
  spec: JsonObject,
): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: "allow", ...(namespace === undefined ? {} : { namespace }) },
  spec,
});

const istio = (principal: string, namespace = "bank") =>
  policy("security.istio.io/v1", "AuthorizationPolicy", namespace, {
    rules: [{ from: [{ source: { principals: [principal] } }] }],
  });

describe("a policy that means the account which the workload leaves", () => {
  test.each<[string, KubernetesObject, string]>([
    ["Istio's principals", istio("cluster.local/ns/shop/sa/shared"), "spec.rules[0].from[0].source.principals[0]"],
    ["a principal with a wildcard", istio("*/sa/shared"), "spec.rules[0].from[0].source.principals[0]"],
    [
      "Istio's serviceAccounts",
      policy("security.istio.io/v1", "AuthorizationPolicy", "shop", {
        rules: [{ from: [{ source: { serviceAccounts: ["shared"] } }] }],
      }),
      "spec.rules[0].from[0].source.serviceAccounts[0]",
    ],
    [
      "a certificate's name in a DestinationRule",
      policy("networking.istio.io/v1", "DestinationRule", "bank", {
        trafficPolicy: { tls: { subjectAltNames: ["spiffe://cluster.local/ns/shop/sa/shared"] } },
      }),
      "spec.trafficPolicy.tls.subjectAltNames[0]",
    ],
    [
      "Linkerd's identities",
      policy("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication", "bank", {
        identities: ["shared.shop.serviceaccount.identity.linkerd.cluster.local"],
      }),
      "spec.identities[0]",
    ],
    [
      "Linkerd's references",
      policy("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication", "shop", {
        identityRefs: [{ kind: "ServiceAccount", name: "shared" }],
      }),
      "spec.identityRefs[0]",
    ],
    [
      "a ServerAuthorization",
      policy("policy.linkerd.io/v1beta1", "ServerAuthorization", "bank", {
        client: { meshTLS: { serviceAccounts: [{ name: "shared", namespace: "shop" }] } },
      }),
      "spec.client.meshTLS.serviceAccounts[0]",
    ],
    [
      "Calico's names",
      policy("projectcalico.org/v3", "NetworkPolicy", "shop", {
        ingress: [{ action: "Allow", source: { serviceAccounts: { names: ["shared"] } } }],
      }),
      "spec.ingress[0].source.serviceAccounts",
    ],
    [
      "Calico's selector of account labels",
      policy("crd.projectcalico.org/v1", "GlobalNetworkPolicy", undefined, {
        serviceAccountSelector: "team == 'shop'",
      }),
      "spec.serviceAccountSelector",
    ],
    [
      "Calico's selector of account names",
      policy("projectcalico.org/v3", "NetworkPolicy", "shop", {
        serviceAccountSelector: "projectcalico.org/name == 'shared'",
      }),
      "spec.serviceAccountSelector",
    ],
    [
      "Calico's label for the account of a pod",
      policy("projectcalico.org/v3", "NetworkPolicy", "shop", {
        selector: "projectcalico.org/serviceaccount in {'shared'}",
      }),
      "spec.selector",
    ],
    [
      "Cilium's label",
      policy("cilium.io/v2", "CiliumNetworkPolicy", "bank", {
        ingress: [
          {
            fromEndpoints: [
              {
                matchLabels: {
                  "k8s:io.kubernetes.pod.namespace": "shop",
                  "k8s:io.cilium.k8s.policy.serviceaccount": "shared",
                },
              },
            ],
          },
        ],
      }),
      "spec.ingress[0].fromEndpoints[0].matchLabels",
    ],
    [
      "Cilium's expression",
      policy("cilium.io/v2", "CiliumNetworkPolicy", "shop", {
        endpointSelector: {
          matchExpressions: [{ key: "io.cilium.k8s.policy.serviceaccount", operator: "In", values: ["shared"] }],
        },
      }),
      "spec.endpointSelector.matchExpressions[0]",
    ],
    [
      "an admission policy's expression",
      policy("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", undefined, {
        validations: [{ expression: "request.userInfo.username == 'system:serviceaccount:shop:shared'" }],
      }),
      "spec.validations[0].expression",
    ],
    [
      "Kyverno's subjects",
      policy("kyverno.io/v1", "ClusterPolicy", undefined, {
        rules: [{ exclude: { any: [{ subjects: [{ kind: "ServiceAccount", name: "sha*", namespace: "shop" }] }] } }],
      }),
      "spec.rules[0].exclude.any[0].subjects[0]",
    ],
    [
      "Calico's label for the account, beside one of the pod",
      policy("projectcalico.org/v3", "NetworkPolicy", "shop", {
        selector: "app == 'cart' && projectcalico.org/serviceaccount == 'shared'",
      }),
      "spec.selector",
    ],
    [
      "Calico's label for the account, beside that of the namespace",
      policy("projectcalico.org/v3", "GlobalNetworkPolicy", undefined, {
        ingress: [
          {
            action: "Allow",
            source: {
              selector: "projectcalico.org/namespace == 'shop' && projectcalico.org/serviceaccount == 'shared'",
            },
          },
        ],
      }),
      "spec.ingress[0].source.selector",
    ],
    [
      "Calico's label for the account, beside a label of a namespace that is not known",
      policy("projectcalico.org/v3", "GlobalNetworkPolicy", undefined, {
        selector: "pcns.team == 'shop' && projectcalico.org/serviceaccount == 'shared'",
      }),
      "spec.selector",
    ],
    [
      "Calico's names, in the namespace that is selected beside them",
      policy("projectcalico.org/v3", "NetworkPolicy", "db", {
        ingress: [
          {
            action: "Allow",
            source: { namespaceSelector: "projectcalico.org/name == 'shop'", serviceAccounts: { names: ["shared"] } },
          },
        ],
      }),
      "spec.ingress[0].source.serviceAccounts",
    ],
    [
      "Cilium's expression, beside a label of a namespace that is not known",
      policy("cilium.io/v2", "CiliumClusterwideNetworkPolicy", undefined, {
        endpointSelector: {
          matchLabels: { "io.cilium.k8s.namespace.labels.team": "shop" },
          matchExpressions: [{ key: "k8s:io.cilium.k8s.policy.serviceaccount", operator: "In", values: ["shared"] }],
        },
      }),
      "spec.endpointSelector.matchExpressions[0]",
    ],
    [
      "Istio's condition",
      policy("security.istio.io/v1", "AuthorizationPolicy", "bank", {
        rules: [{ when: [{ key: "source.principal", values: ["*/sa/shared"] }] }],
      }),
      "spec.rules[0].when[0]",
    ],
    [
      "Istio's condition with exceptions",
      policy("security.istio.io/v1", "AuthorizationPolicy", "bank", {
        rules: [{ when: [{ key: "source.principal", notValues: ["cluster.local/ns/shop/sa/cart"] }] }],
      }),
      "spec.rules[0].when[0]",
    ],
    [
      "a certificate's name in a ServiceEntry",
      policy("networking.istio.io/v1", "ServiceEntry", "bank", {
        subjectAltNames: ["spiffe://cluster.local/ns/shop/sa/shared"],
      }),
      "spec.subjectAltNames[0]",
    ],
    [
      "Cilium's egress gateway",
      policy("cilium.io/v2", "CiliumEgressGatewayPolicy", undefined, {
        selectors: [
          {
            namespaceSelector: { matchLabels: { team: "shop" } },
            podSelector: { matchLabels: { "io.cilium.k8s.policy.serviceaccount": "shared" } },
          },
        ],
      }),
      "spec.selectors[0].podSelector.matchLabels",
    ],
    [
      "an exception of Kyverno",
      policy("kyverno.io/v2", "PolicyException", "kyverno", {
        match: { any: [{ subjects: [{ kind: "ServiceAccount", name: "shared", namespace: "shop" }] }] },
      }),
      "spec.match.any[0].subjects[0]",
    ],
    [
      "Kyverno's policies of expressions",
      policy("policies.kyverno.io/v1", "ValidatingPolicy", undefined, {
        matchConditions: [{ expression: "request.userInfo.username != 'system:serviceaccount:shop:shared'" }],
      }),
      "spec.matchConditions[0].expression",
    ],
  ])("blocks: %s", (_, object, field) => {
    const { blockedBy, named } = blocksOf([object]);
    expect(blockedBy).toEqual(["account-named-elsewhere"]);
    const { namespace, name } = object.metadata;
    const shown = `${object.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
    expect(named).toEqual([{ serviceAccount: "shared", object: shown, field }]);
  });

  test.each(["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"])("blocks: conditions of a %s", kind => {
    const expression = "request.userInfo.username != 'system:serviceaccount:shop:shared'";
    const { named } = blocksOf([
      {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind,
        metadata: { name: "guard" },
        webhooks: [{ name: "guard.example.com", matchConditions: [{ name: "others", expression }] }],
      },
    ]);
    const field = "webhooks[0].matchConditions[0].expression";
    expect(named).toEqual([{ serviceAccount: "shared", object: `${kind} guard`, field }]);
  });

  test.each<[string, KubernetesObject]>([
    ["it means every account of the namespace", istio("cluster.local/ns/shop/*")],
    ["it means another account", istio("cluster.local/ns/shop/sa/other")],
    ["it means an account of another namespace", istio("cluster.local/ns/bank/sa/shared")],
    [
      "its selector asks for labels that the account has not",
      policy("projectcalico.org/v3", "NetworkPolicy", "shop", { serviceAccountSelector: 'team == "bank"' }),
    ],
    [
      "Calico's selector is of another namespace",
      policy("projectcalico.org/v3", "NetworkPolicy", "bank", {
        serviceAccountSelector: "projectcalico.org/name == 'shared'",
      }),
    ],
    [
      "Calico's policy selects another namespace",
      policy("projectcalico.org/v3", "GlobalNetworkPolicy", undefined, {
        serviceAccountSelector: "projectcalico.org/name == 'shared'",
        namespaceSelector: "projectcalico.org/name == 'bank'",
      }),
    ],
    [
      "Calico's rule selects another namespace",
      policy("projectcalico.org/v3", "GlobalNetworkPolicy", undefined, {
        ingress: [
          {
            action: "Allow",
            source: { namespaceSelector: "projectcalico.org/name == 'bank'", serviceAccounts: { names: ["shared"] } },
          },
        ],
      }),
    ],
    [
      "Calico's names are those of accounts with other labels",
      policy("projectcalico.org/v3", "NetworkPolicy", "shop", {
        ingress: [{ action: "Allow", source: { serviceAccounts: { names: ["shared"], selector: "team == 'bank'" } } }],
      }),
    ],
    [
      "Calico's selector asks for labels that the pod has not",
      policy("projectcalico.org/v3", "NetworkPolicy", "shop", {
        selector: "app == 'orders' && projectcalico.org/serviceaccount == 'shared'",
      }),
    ],
    [
      "Istio's condition leaves both out",
      policy("security.istio.io/v1", "AuthorizationPolicy", "bank", {
        rules: [{ when: [{ key: "source.principal", notValues: ["cluster.local/ns/shop/*"] }] }],
      }),
    ],
    [
      "Cilium's expression is of another namespace",
      policy("cilium.io/v2", "CiliumNetworkPolicy", "bank", {
        endpointSelector: {
          matchExpressions: [{ key: "io.cilium.k8s.policy.serviceaccount", operator: "In", values: ["shared"] }],
        },
      }),
    ],
  ])("does not block where %s", (_, object) => {
    expect(blocksOf([object]).blockedBy).toEqual([]);
  });

  test("blocks no more when the config file says that it is covered", () => {
    const decision = { covered: ["AuthorizationPolicy bank/allow"] };
    expect(blocksOf([istio("cluster.local/ns/shop/sa/shared")], { decision }).blockedBy).toEqual([]);
  });

  test("does not matter to a workload that keeps its account", () => {
    const objects = [
      ...bound("shop/cart"),
      serviceAccount("shop/cart"),
      workload("shop/cart", { label: "cart", account: "cart" }),
      istio("cluster.local/ns/shop/sa/cart"),
    ];
    expect(judge(factsOf(objects), decisions).mapped.mappings[0]?.blockedBy).toEqual([]);
  });
});

describe("a policy that means the account which the workload gets, and not the one that it has", () => {
  const made = serviceAccount("shop/mine", { [createdForAnnotation]: "Deployment/cart" });
  const judged = (policies: KubernetesObject[], decision: WorkloadDecision = {}) => {
    const objects = [
      ...bound("shop/cart"),
      serviceAccount("shop/default"),
      workload("shop/cart", { label: "cart", account: "default" }),
      ...policies,
    ];
    const { mapped } = judge(factsOf(objects), { ...decisions, workloads: { "shop/Deployment/cart": decision } });
    const told = mapped.findings.filter(one => one.code === "new-account-named-elsewhere").map(one => one.args);
    const [cart] = mapped.mappings;
    return { name: cart?.serviceAccount.name, blockedBy: cart?.blockedBy, told };
  };

  test("keeps a new account from its name", () => {
    const free = { blockedBy: [], told: [] };
    expect(judged([istio("cluster.local/ns/shop/sa/cart")])).toEqual({ ...free, name: "cart-deployment" });
    expect(judged([istio("cluster.local/ns/bank/sa/cart")])).toEqual({ ...free, name: "cart" });
    expect(judged([istio("cluster.local/ns/shop/*")])).toEqual({ ...free, name: "cart" });
  });

  test("does not where it is covered, or means the old account too and was given the new one", () => {
    const decision = { covered: ["AuthorizationPolicy bank/allow"] };
    expect(judged([istio("cluster.local/ns/shop/sa/cart")], decision)).toMatchObject({ name: "cart", blockedBy: [] });
    const both = policy("security.istio.io/v1", "AuthorizationPolicy", "bank", {
      rules: [{ from: [{ source: { principals: ["*/ns/shop/sa/default", "*/ns/shop/sa/cart"] } }] }],
    });
    expect(judged([both])).toEqual({ name: "cart", blockedBy: ["account-named-elsewhere"], told: [] });
    expect(judged([both], decision)).toMatchObject({ name: "cart", blockedBy: [] });
  });

  test.each<[string, KubernetesObject[], string]>([
    ["every name is meant", [istio("cluster.local/ns/shop/sa/c*")], "cart"],
    ["the account was made before", [istio("cluster.local/ns/shop/sa/mine"), made], "mine"],
  ])("blocks until that is covered where %s", (_, objects, name) => {
    const field = "spec.rules[0].from[0].source.principals[0]";
    expect(judged(objects)).toEqual({
      name,
      blockedBy: ["new-account-named-elsewhere"],
      told: [{ serviceAccount: name, object: "AuthorizationPolicy bank/allow", field }],
    });
    expect(judged(objects, { covered: ["AuthorizationPolicy bank/allow"] })).toMatchObject({ name, blockedBy: [] });
  });
});

test("a hostile pattern or a deep policy takes no time and no stack", () => {
  let deep: JsonObject = { principals: ["cluster.local/ns/shop/sa/shared"] };
  for (let depth = 0; depth < 5000; depth++) deep = { a: deep };
  const stars = istio(`${"*a".repeat(40)}b`);
  expect(blocksOf([stars, policy("kyverno.io/v1", "Policy", "shop", deep)]).blockedBy).toEqual([]);
});

describe("who else trusts the account by name", () => {
  test("a role of Vault, where nobody can look from here", () => {
    const cart = { annotations: { "vault.hashicorp.com/role": "cart" } };
    expect(blocksOf([], { cart }).named).toEqual([
      { serviceAccount: "shared", object: "Vault role cart", field: "annotation vault.hashicorp.com/role" },
    ]);
    expect(blocksOf([], { cart, decision: { covered: ["Vault role cart"] } }).blockedBy).toEqual([]);
  });

  test("a trust of another cloud", () => {
    const account = serviceAccount("shop/shared", { "iam.gke.io/gcp-service-account": "cart@x.iam" });
    expect(blocksOf([], { account }).named).toEqual([
      {
        serviceAccount: "shared",
        object: "Trust cart@x.iam",
        field: "annotation iam.gke.io/gcp-service-account of ServiceAccount shop/shared",
      },
    ]);
  });

  test("is not known where policies cannot be read", () => {
    const { notChecked } = blocksOf([], { unknown: "AuthorizationPolicy.security.istio.io" });
    expect(notChecked).toEqual(["account-policies-not-checked"]);
  });
});
