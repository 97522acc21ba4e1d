import { describe, expect, test } from "vitest";
import type { JsonObject, KubernetesObject } from "../../../src/core/kubernetes.ts";
import type { Finding } from "../../../src/core/model.ts";
import { type CartWorld, codes, mappingOf, object, told } from "../clientPath/verdicts.ts";

const host = "login.microsoftonline.com";
const https = `${host} on port 443 (TCP)`;
const dns = "a name server on port 53 (UDP)";
const everywhere = { ipBlock: { cidr: "0.0.0.0/0" } };
const toDNS = {
  to: [{ namespaceSelector: {}, podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }],
  ports: [{ protocol: "UDP", port: 53 }],
};

function policy(name: string, spec: JsonObject): KubernetesObject {
  return object("networking.k8s.io/v1", "NetworkPolicy", `shop/${name}`, { spec });
}

function egress(...rules: JsonObject[]): KubernetesObject {
  return policy("egress", { podSelector: {}, policyTypes: ["Egress"], egress: rules });
}

function accepted(world: CartWorld): CartWorld {
  return { ...world, decisions: { workloads: { "shop/Deployment/cart": { egress: "accepted" } } } };
}

/** `open` where nothing restricts, `allowed`, or what is missing. */
function verdict(world: CartWorld): unknown {
  const { reasons, blocks } = told(world);
  const [block] = blocks.filter(
    (one): one is Extract<Finding, { code: "egress-unproven" }> => one.code === "egress-unproven",
  );
  if (block) return block.args.missing;
  return reasons.some(one => one.code === "egress-allowed") ? "allowed" : "open";
}

describe("policies of the cluster's administrators", () => {
  const admin = (kind: string, spec: JsonObject) =>
    object("policy.networking.k8s.io/v1alpha1", kind, "default", { spec: { subject: { namespaces: {} }, ...spec } });
  const deny = (peer: JsonObject, more: JsonObject = {}): JsonObject => ({ action: "Deny", to: [peer], ...more });
  const all = { networks: ["0.0.0.0/0"] };
  const shop = { matchLabels: { "kubernetes.io/metadata.name": "shop" } };
  const bank = { matchLabels: { "kubernetes.io/metadata.name": "bank" } };

  test.each<[string, JsonObject, unknown]>([
    ["denies everything", { egress: [deny(all)] }, [https, dns]],
    ["denies the namespace's pods by name", { subject: { namespaces: shop }, egress: [deny(all)] }, [https, dns]],
    ["denies one port", { egress: [deny(all, { ports: [{ portNumber: { port: 443, protocol: "TCP" } }] })] }, [https]],
    ["denies other pods", { egress: [deny({ namespaces: {} })] }, [dns]],
    ["denies another namespace", { egress: [deny({ namespaces: bank })] }, "open"],
    ["denies private networks", { egress: [deny({ networks: ["10.0.0.0/8"] })] }, "open"],
    ["is about another namespace", { subject: { namespaces: bank }, egress: [deny(all)] }, "open"],
    ["allows", { egress: [{ action: "Allow", to: [all] }] }, "open"],
    ["is for ingress", { ingress: [{ action: "Deny", from: [{ namespaces: {} }] }] }, "open"],
  ])("one that %s", (_, spec, expected) => {
    for (const kind of ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"])
      expect(verdict({ objects: [admin(kind, spec)] })).toEqual(expected);
  });
});

describe("NetworkPolicies", () => {
  const deny = policy("deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });

  test("a default deny blocks and is named, until the config file accepts it", () => {
    expect(told({ objects: [deny] }).blocks.map(({ code, args }) => ({ code, args }))).toEqual([
      { code: "egress-unproven", args: { policies: ["NetworkPolicy shop/deny"], missing: [https, dns], host } },
    ]);
    expect(codes(accepted({ objects: [deny] }))).toEqual({ reasons: ["egress-accepted"], blocks: [], notChecked: [] });
    expect(codes({ objects: [deny], decisions: { clientPath: "proxy" } }).blocks).toEqual(["egress-unproven"]);
    const probed = { reasons: ["egress-to-be-probed"], blocks: [], notChecked: [] };
    expect(codes({ objects: [deny], decisions: { probePods: true } })).toEqual(probed);
    expect(codes({ decisions: { probePods: true } })).toEqual({ reasons: [], blocks: [], notChecked: [] });
  });

  test("a default deny blocks the switch alone: credentials do not need the pods' egress", () => {
    expect(mappingOf({ objects: [deny] })).toMatchObject({ blockedBy: [], switchBlockedBy: ["egress-unproven"] });
    expect(mappingOf({})).not.toHaveProperty("switchBlockedBy");
  });

  test.each<[string, KubernetesObject[], unknown]>([
    ["none", [], "open"],
    ["one for ingress", [policy("in", { podSelector: {}, policyTypes: ["Ingress"] })], "open"],
    ["one without types and egress", [policy("in", { podSelector: {}, ingress: [] })], "open"],
    ["one without types, with egress", [policy("out", { podSelector: {}, egress: [toDNS] })], [https]],
    [
      "one for other pods",
      [policy("x", { podSelector: { matchLabels: { app: "shop" } }, policyTypes: ["Egress"] })],
      "open",
    ],
    [
      "one that selects what the switch adds",
      [
        policy("x", {
          podSelector: { matchLabels: { "azure.workload.identity/use": "true" } },
          policyTypes: ["Egress"],
        }),
      ],
      [https, dns],
    ],
    [
      "one by expression",
      [
        policy("x", {
          podSelector: { matchExpressions: [{ key: "app", operator: "DoesNotExist" }] },
          policyTypes: ["Egress"],
        }),
      ],
      [https, dns],
    ],
    [
      "one in another namespace",
      [
        object("networking.k8s.io/v1", "NetworkPolicy", "bank/deny", {
          spec: { podSelector: {}, policyTypes: ["Egress"] },
        }),
      ],
      "open",
    ],
    ["everything", [egress({})], "allowed"],
    ["everything on any port of empty lists", [egress({ to: [], ports: [] })], "allowed"],
    ["everywhere on 443, and DNS", [egress({ to: [everywhere], ports: [{ port: 443 }] }, toDNS)], "allowed"],
    [
      "everywhere but the cluster",
      [egress({ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } }], ports: [{ port: 443 }] }, toDNS)],
      "allowed",
    ],
    [
      "the documented ranges, in parts",
      [
        egress(
          {
            to: ["20.20.32.0/19", "20.190.128.0/18", "20.231.128.0/19", "40.126.0.0/19", "40.126.32.0/19"].map(one => ({
              ipBlock: { cidr: one },
            })),
          },
          toDNS,
        ),
      ],
      "allowed",
    ],
    ["one address of it", [egress({ to: [{ ipBlock: { cidr: "20.190.159.4/32" } }] }, toDNS)], [https]],
    [
      "everywhere but there",
      [egress({ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["40.126.0.0/18"] } }], ports: [{ port: 443 }] }, toDNS)],
      [https],
    ],
    ["another port", [egress({ to: [everywhere], ports: [{ port: 80 }] }, toDNS)], [https]],
    ["a range of ports", [egress({ ports: [{ port: 400, endPort: 500 }] }, toDNS)], "allowed"],
    ["a range that ends before", [egress({ ports: [{ port: 400, endPort: 442 }] }, toDNS)], [https]],
    ["443 of UDP", [egress({ ports: [{ port: 443, protocol: "UDP" }] }, toDNS)], [https]],
    ["all ports of TCP", [egress({ ports: [{ protocol: "TCP" }] })], [dns]],
    ["a named port", [egress({ to: [everywhere], ports: [{ port: "https" }] }, toDNS)], [https]],
    ["pods alone", [egress({ to: [{ podSelector: {} }] }, toDNS)], [https]],
    ["DNS by port alone", [egress({ ports: [{ port: 443 }, { port: 53, protocol: "UDP" }] })], "allowed"],
    ["DNS of TCP alone", [egress({ ports: [{ port: 443 }, { port: 53 }] })], [dns]],
    [
      "DNS in the own namespace alone",
      [egress({ ports: [{ port: 443 }] }, { to: [{ podSelector: {} }], ports: [{ port: 53, protocol: "UDP" }] })],
      [dns],
    ],
    [
      "DNS of the namespace by name",
      [
        egress(
          { ports: [{ port: 443 }] },
          { to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }] },
        ),
      ],
      "allowed",
    ],
    [
      "DNS at the address of its Service",
      [
        object("v1", "Service", "kube-system/kube-dns", { spec: { clusterIP: "10.0.0.10" } }),
        egress({ ports: [{ port: 443 }] }, { to: [{ ipBlock: { cidr: "10.0.0.10/32" } }] }),
      ],
      "allowed",
    ],
    ["one allows what another leaves out", [deny, egress({ ports: [{ port: 443 }] }, toDNS)], "allowed"],
    [
      "a rule of any type",
      [policy("odd", { podSelector: {}, policyTypes: ["Egress"], egress: [null, 1, { to: "x", ports: 7 }] as never })],
      [https, dns],
    ],
  ])("%s", (_, objects, expected) => {
    expect(verdict({ objects })).toEqual(expected);
  });

  test("name servers beside the cluster's own have to be open altogether", () => {
    const cart = { podSpec: { dnsPolicy: "Default" } };
    expect(verdict({ cart, objects: [egress({ ports: [{ port: 443 }] }, toDNS)] })).toEqual([dns]);
    expect(verdict({ cart, objects: [egress({ to: [everywhere] })] })).toBe("allowed");
  });

  test("another cloud has another host, of which less is known", () => {
    const cart = (value: string) => ({
      podSpec: { containers: [{ name: "app", env: [{ name: "AZURE_AUTHORITY_HOST", value }] }] },
    });
    const parts = egress(
      {
        to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "169.254.169.254/32"] } }],
        ports: [{ port: 443 }],
      },
      toDNS,
    );
    expect(verdict({ cart: cart("https://login.microsoftonline.us/"), objects: [parts] })).toBe("allowed");
    expect(verdict({ cart: cart("https://adfs.stack.example/adfs"), objects: [parts] })).toEqual(
      ["adfs.stack.example on port 443 (TCP)", dns].slice(0, 1),
    );
    expect(
      verdict({ cart: cart("https://adfs.stack.example/adfs"), objects: [egress({ ports: [{ port: 443 }] }, toDNS)] }),
    ).toBe("allowed");
  });

  test("nothing is said of pods on the host's network, and of templates that lack nothing", () => {
    expect(codes({ cart: { podSpec: { hostNetwork: true } }, objects: [deny] }).blocks).toEqual([]);
    expect(codes({ cart: { labels: { "azure.workload.identity/use": "true" } }, objects: [deny] }).blocks).toEqual([]);
  });

  test("what cannot be listed is not checked where it matters", () => {
    const unknown = [{ kind: "NetworkPolicy", except: ["bank"] }];
    expect(codes({ unknown })).toEqual({ reasons: [], blocks: [], notChecked: ["egress-not-checked"] });
    expect(codes(accepted({ unknown }))).toEqual({ reasons: ["egress-accepted"], blocks: [], notChecked: [] });
    const probed = { reasons: ["egress-to-be-probed"], blocks: [], notChecked: [] };
    expect(codes({ unknown, decisions: { probePods: true } })).toEqual(probed);
    expect(codes({ unknown: [{ kind: "NetworkPolicy", except: ["shop"] }] }).notChecked).toEqual([]);
    const calico = ["projectcalico.org", "crd.projectcalico.org"].map(group => ({
      kind: `GlobalNetworkPolicy.${group}`,
      except: [],
    }));
    expect(told({ unknown: calico }).notChecked.map(one => one.args)).toEqual([
      { kinds: calico.map(one => one.kind), host },
    ]);
  });

  const unread = (...kinds: string[]) => kinds.map(kind => ({ kind, except: [] }));
  const notChecked = (world: CartWorld) => told(world).notChecked.map(({ code, args }) => ({ code, ...args }));

  test("tiers that cannot be listed matter where a policy for the pods is in one beside the default", () => {
    const tiers = ["Tier.projectcalico.org", "Tier.crd.projectcalico.org"];
    const inTier = (tier: string, selector: string) =>
      object("crd.projectcalico.org/v1", "GlobalNetworkPolicy", "out", {
        spec: { tier, selector, types: ["Egress"], egress: [{ action: "Allow" }] },
      });
    const unknown = unread(...tiers);
    expect(notChecked({ unknown, objects: [inTier("security", "all()")] })).toEqual([
      { code: "egress-not-checked", kinds: tiers, host },
    ]);
    expect(notChecked({ unknown, objects: [inTier("default", "all()")] })).toEqual([]);
    expect(notChecked({ unknown, objects: [inTier("security", "app == 'shop'")] })).toEqual([]);
    expect(notChecked({ objects: [inTier("security", "all()")] })).toEqual([]);
  });

  test.each<[string, KubernetesObject]>([
    ["Sidecar", object("networking.istio.io/v1", "Sidecar", "shop/default", { spec: {} })],
    ["EgressNetwork", object("policy.linkerd.io/v1alpha1", "EgressNetwork", "shop/all", { spec: {} })],
    ["CiliumClusterwideNetworkPolicy", object("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "out", { spec: {} })],
    ["NetworkPolicy of Calico", object("projectcalico.org/v3", "NetworkPolicy", "shop/out", { spec: {} })],
    ["GlobalNetworkPolicy", object("crd.projectcalico.org/v1", "GlobalNetworkPolicy", "out", { spec: {} })],
  ])("namespaces that cannot be listed matter where there is a %s", (_, found) => {
    const unknown = unread("Namespace");
    expect(notChecked({ unknown, objects: [found] })).toEqual([
      { code: "egress-not-checked", kinds: ["Namespace"], host },
    ]);
    expect(notChecked({ unknown, objects: [object("v1", "Namespace", "shop"), found] })).toEqual([]);
    expect(notChecked({ unknown })).toEqual([]);
  });

  test("meshes that cannot be listed matter where nobody knows whether the pods are in one", () => {
    const kinds = ["Sidecar.networking.istio.io", "EgressNetwork.policy.linkerd.io"];
    expect(notChecked({ unknown: unread(...kinds) })).toEqual([]);
    expect(notChecked({ unknown: unread("Namespace", ...kinds) })).toEqual([
      { code: "egress-not-checked", kinds, host },
    ]);
  });
});

describe("Cilium's policies", () => {
  const cilium = (spec: JsonObject, more: Record<string, unknown> = {}) =>
    object("cilium.io/v2", "CiliumNetworkPolicy", "shop/out", { spec: { endpointSelector: {}, ...spec }, ...more });
  const wide = (spec: JsonObject) =>
    object("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "out", { spec: { endpointSelector: {}, ...spec } });
  const ports = (port: string, protocol = "ANY", more: JsonObject = {}) => [{ ports: [{ port, protocol }], ...more }];
  const kubeDNS = {
    toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s:k8s-app": "kube-dns" } }],
    toPorts: ports("53", "UDP", { rules: { dns: [{ matchPattern: "*" }] } }),
  };
  const dnsWithoutNamespace = { toEndpoints: [{ matchLabels: { "k8s:k8s-app": "kube-dns" } }], toPorts: ports("53") };
  const plainDNS = { toEndpoints: kubeDNS.toEndpoints, toPorts: ports("53") };

  test.each<[string, KubernetesObject[], unknown]>([
    ["an empty rule denies", [cilium({ egress: [{}] })], [https, dns]],
    ["no rule denies nothing", [cilium({ egress: [] })], "open"],
    ["ingress alone", [cilium({ ingress: [{}] })], "open"],
    ["the world, and DNS", [cilium({ egress: [{ toEntities: ["world"] }, plainDNS] })], "allowed"],
    [
      "DNS by a clusterwide policy, which means the pods of all namespaces where it names none",
      [wide({ egress: [{ toEntities: ["world"] }, dnsWithoutNamespace] })],
      "allowed",
    ],
    [
      "pods like DNS in the policy's own namespace",
      [cilium({ egress: [{ toEntities: ["world"] }, dnsWithoutNamespace] })],
      [dns],
    ],
    ["everything", [cilium({ egress: [{ toEntities: ["all"] }] })], "allowed"],
    ["the cluster alone", [cilium({ egress: [{ toEntities: ["cluster"] }] })], [https]],
    ["ports alone", [cilium({ egress: [{ toPorts: ports("443", "TCP") }, plainDNS] })], "allowed"],
    [
      "the host by name, with DNS seen",
      [
        cilium({
          egress: [{ toFQDNs: [{ matchName: "Login.MicrosoftOnline.com" }], toPorts: ports("443", "TCP") }, kubeDNS],
        }),
      ],
      "allowed",
    ],
    [
      "the host by name, with DNS unseen",
      [cilium({ egress: [{ toFQDNs: [{ matchName: host }] }, plainDNS] })],
      [https],
    ],
    [
      "the host by pattern",
      [cilium({ egress: [{ toFQDNs: [{ matchPattern: "*.microsoftonline.com" }] }, kubeDNS] })],
      "allowed",
    ],
    ["a pattern for another depth", [cilium({ egress: [{ toFQDNs: [{ matchPattern: "*.com" }] }, kubeDNS] })], [https]],
    ["a pattern for any depth", [cilium({ egress: [{ toFQDNs: [{ matchPattern: "**.com" }] }, kubeDNS] })], "allowed"],
    ["another host", [cilium({ egress: [{ toFQDNs: [{ matchName: "example.com" }] }, kubeDNS] })], [https]],
    [
      "DNS of other names",
      [
        cilium({
          egress: [
            { toEntities: ["world"] },
            { ...kubeDNS, toPorts: ports("53", "UDP", { rules: { dns: [{ matchPattern: "*.example.com" }] } }) },
          ],
        }),
      ],
      [dns],
    ],
    ["a block", [cilium({ egress: [{ toCIDR: ["0.0.0.0/0"] }, plainDNS] })], "allowed"],
    [
      "a block with an exception",
      [cilium({ egress: [{ toCIDRSet: [{ cidr: "0.0.0.0/0", except: ["40.0.0.0/8"] }] }, plainDNS] })],
      [https],
    ],
    [
      "rules of layer 7",
      [
        cilium({
          egress: [{ toEntities: ["world"], toPorts: ports("443", "TCP", { rules: { http: [{}] } }) }, plainDNS],
        }),
      ],
      [https],
    ],
    [
      "another server name",
      [
        cilium({
          egress: [{ toEntities: ["world"], toPorts: ports("443", "TCP", { serverNames: ["example.com"] }) }, plainDNS],
        }),
      ],
      [https],
    ],
    [
      "a denial beside",
      [cilium({ egress: [{ toEntities: ["all"] }], egressDeny: [{ toCIDR: ["40.126.1.0/24"] }] })],
      [https],
    ],
    [
      "a denial of something else",
      [cilium({ egress: [{ toEntities: ["all"] }], egressDeny: [{ toCIDR: ["169.254.169.254/32"] }] })],
      "allowed",
    ],
    [
      "a denial without default deny",
      [cilium({ enableDefaultDeny: { egress: false }, egressDeny: [{ toEntities: ["world"], toPorts: ports("25") }] })],
      "allowed",
    ],
    [
      "rules that add without default deny",
      [cilium({ enableDefaultDeny: { egress: false }, egress: [{ toEntities: ["host"] }] })],
      "allowed",
    ],
    ["other pods", [cilium({ endpointSelector: { matchLabels: { "any:app": "shop" } }, egress: [{}] })], "open"],
    [
      "the account that the pods will have",
      [wide({ endpointSelector: { matchLabels: { "io.cilium.k8s.policy.serviceaccount": "cart" } }, egress: [{}] })],
      [https, dns],
    ],
    [
      "the namespace",
      [wide({ endpointSelector: { matchLabels: { "k8s:io.kubernetes.pod.namespace": "shop" } }, egress: [{}] })],
      [https, dns],
    ],
    [
      "nodes",
      [object("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "n", { spec: { nodeSelector: {}, egress: [{}] } })],
      "open",
    ],
    [
      "several specs",
      [object("cilium.io/v2", "CiliumNetworkPolicy", "shop/s", { specs: [{ endpointSelector: {}, egress: [{}] }] })],
      [https, dns],
    ],
    ["what Kubernetes' own allow", [cilium({ egress: [{}] }), egress({})], "allowed"],
    ["what they allow of Kubernetes' denial", [cilium({ egress: [{ toEntities: ["all"] }] }), egress()], "allowed"],
  ])("%s", (_, objects, expected) => {
    expect(verdict({ objects })).toEqual(expected);
  });
});

describe("Calico's policies", () => {
  const calico = (kind: string, path: string, spec: JsonObject, group = "crd.projectcalico.org/v1") =>
    object(group, kind, path, { spec });
  const global = (name: string, spec: JsonObject) =>
    calico("GlobalNetworkPolicy", name, { types: ["Egress"], ...spec });
  const own = (name: string, spec: JsonObject) =>
    calico("NetworkPolicy", `shop/${name}`, { types: ["Egress"], ...spec });
  const allow = (destination: JsonObject = {}, more: JsonObject = {}) => ({
    action: "Allow",
    ...more,
    ...(Object.keys(destination).length > 0 ? { destination } : {}),
  });
  const allDNS = { action: "Allow", protocol: "UDP", destination: { ports: [53] } };

  test.each<[string, KubernetesObject[], unknown]>([
    ["a default deny", [global("deny", { selector: "all()" })], [https, dns]],
    ["one for ingress", [calico("GlobalNetworkPolicy", "in", { selector: "all()", types: ["Ingress"] })], "open"],
    ["other pods", [global("deny", { selector: "app == 'shop'" })], "open"],
    ["other namespaces", [global("deny", { namespaceSelector: "projectcalico.org/name in {'bank'}" })], "open"],
    ["this namespace", [global("deny", { namespaceSelector: "kubernetes.io/metadata.name == 'shop'" })], [https, dns]],
    ["this account", [global("deny", { serviceAccountSelector: "projectcalico.org/name == 'cart'" })], [https, dns]],
    ["everything allowed", [global("allow", { egress: [allow()] })], "allowed"],
    ["443 and DNS", [own("a", { egress: [allow({ ports: ["400:500"] }, { protocol: "TCP" }), allDNS] })], "allowed"],
    [
      "a denial of IMDS before",
      [global("a", { egress: [{ action: "Deny", destination: { nets: ["169.254.169.254/32"] } }, allow()] })],
      "allowed",
    ],
    [
      "a denial of a part before",
      [global("a", { egress: [{ action: "Deny", destination: { nets: ["40.126.0.0/24"] } }, allow()] })],
      [https],
    ],
    ["a denial after", [global("a", { egress: [allow(), { action: "Deny" }] })], "allowed"],
    [
      "the lower order first: denial",
      [global("z", { order: 1, egress: [{ action: "Deny" }] }), own("a", { order: 2, egress: [allow()] })],
      [https, dns],
    ],
    [
      "the lower order first: allowance",
      [global("z", { order: 2, egress: [{ action: "Deny" }] }), own("a", { order: 1, egress: [allow()] })],
      "allowed",
    ],
    [
      "without order last",
      [own("a", { egress: [{ action: "Deny" }] }), own("b", { order: 5000, egress: [allow()] })],
      "allowed",
    ],
    [
      "Kubernetes' own at 1000: before",
      [global("deny", { order: 2000, egress: [{ action: "Deny" }] }), egress({})],
      "allowed",
    ],
    [
      "Kubernetes' own at 1000: after",
      [global("deny", { order: 500, egress: [{ action: "Deny" }] }), egress({})],
      [https, dns],
    ],
    ["Log says nothing", [own("a", { egress: [{ action: "Log" }, allow()] })], "allowed"],
    ["Pass goes on behind the tier", [own("a", { egress: [{ action: "Pass" }] })], "allowed"],
    [
      "tiers in order",
      [
        calico("Tier", "security", { order: 100 }),
        global("security.deny", {
          tier: "security",
          egress: [{ action: "Deny", protocol: "TCP", destination: { ports: [443] } }, { action: "Pass" }],
        }),
        own("a", { egress: [allow()] }),
      ],
      [https],
    ],
    [
      "a tier that passes by itself",
      [
        calico("Tier", "x", { order: 1, defaultAction: "Pass" }),
        global("x.a", { tier: "x", egress: [{ action: "Log" }] }),
      ],
      "allowed",
    ],
    ["a domain", [own("a", { egress: [allow({ domains: ["*.microsoftonline.com"] }), allDNS] })], "allowed"],
    [
      "a domain, which is no name server",
      [own("a", { egress: [allow({ domains: ["*.microsoftonline.com"] })] })],
      [dns],
    ],
    ["any port of an empty list", [own("a", { egress: [allow({ ports: [] })] })], "allowed"],
    [
      "a denial of any port",
      [own("a", { egress: [{ action: "Deny", destination: { ports: [] } }, allow()] })],
      [https, dns],
    ],
    ["pods alone", [own("a", { egress: [allow({ selector: "all()" }), allDNS] })], [https]],
    [
      "DNS by labels",
      [
        own("a", {
          egress: [
            allow({ nets: ["0.0.0.0/0"], ports: [443] }, { protocol: 6 }),
            allow({ selector: "k8s-app == 'kube-dns'", namespaceSelector: "projectcalico.org/name == 'kube-system'" }),
          ],
        }),
      ],
      "allowed",
    ],
    [
      "a rule about the source",
      [own("a", { egress: [allow({}, { source: { selector: "app == 'x'" } })] })],
      [https, dns],
    ],
    ["a selector that cannot be read", [global("x", { selector: "app ~ 'x'", egress: [allow()] })], [https, dns]],
    [
      "the same twice, by the API server and the store",
      [
        global("deny", {}),
        calico("GlobalNetworkPolicy", "default.deny", { types: ["Egress"], egress: [allow()] }, "projectcalico.org/v3"),
      ],
      "allowed",
    ],
  ])("%s", (_, objects, expected) => {
    expect(verdict({ objects })).toEqual(expected);
  });
});

describe("meshes", () => {
  const inMesh = object("v1", "Namespace", "shop", { metadata: { labels: { "istio-injection": "enabled" } } });
  const sidecar = (path: string, spec: JsonObject = {}) =>
    object("networking.istio.io/v1", "Sidecar", path, {
      spec: { outboundTrafficPolicy: { mode: "REGISTRY_ONLY" }, ...spec },
    });
  const entry = (spec: JsonObject = {}) =>
    object("networking.istio.io/v1", "ServiceEntry", "egress/entra", {
      spec: { hosts: [host], ports: [{ number: 443, name: "tls", protocol: "TLS" }], ...spec },
    });

  test.each<[string, KubernetesObject[], unknown]>([
    ["outside of the mesh", [sidecar("shop/default")], "open"],
    ["known hosts only", [inMesh, sidecar("shop/default")], [https]],
    ["the root namespace's", [inMesh, sidecar("istio-system/default")], [https]],
    [
      "its own before the root's",
      [
        inMesh,
        sidecar("istio-system/default"),
        sidecar("shop/default", { outboundTrafficPolicy: { mode: "ALLOW_ANY" } }),
      ],
      "open",
    ],
    [
      "that of the workload first",
      [
        inMesh,
        sidecar("shop/default", { outboundTrafficPolicy: {} }),
        sidecar("shop/cart", { workloadSelector: { labels: { aadpodidbinding: "cart" } } }),
      ],
      [https],
    ],
    ["a known host", [inMesh, sidecar("shop/default"), entry()], "allowed"],
    ["a known pattern", [inMesh, sidecar("shop/default"), entry({ hosts: ["*.microsoftonline.com"] })], "allowed"],
    ["another port", [inMesh, sidecar("shop/default"), entry({ ports: [{ number: 80 }] })], [https]],
    ["exported elsewhere", [inMesh, sidecar("shop/default"), entry({ exportTo: ["."] })], [https]],
    ["imported", [inMesh, sidecar("shop/default", { egress: [{ hosts: ["egress/*"] }] }), entry()], "allowed"],
    [
      "not imported",
      [inMesh, sidecar("shop/default", { egress: [{ hosts: ["./*", "istio-system/*"] }] }), entry()],
      [https],
    ],
  ])("Istio: %s", (_, objects, expected) => {
    expect(verdict({ objects })).toEqual(expected);
  });

  test("Linkerd's EgressNetwork that denies", () => {
    const cart = { annotations: { "linkerd.io/inject": "enabled" } };
    const network = (spec: JsonObject) => [
      object("policy.linkerd.io/v1alpha1", "EgressNetwork", "linkerd-egress/all", { spec }),
    ];
    expect(verdict({ cart, objects: network({ trafficPolicy: "Deny" }) })).toEqual([https]);
    expect(verdict({ cart, objects: network({ trafficPolicy: "Allow" }) })).toBe("open");
    expect(verdict({ cart, objects: network({ trafficPolicy: "Deny", networks: [{ cidr: "10.0.0.0/8" }] }) })).toBe(
      "open",
    );
    expect(verdict({ objects: network({ trafficPolicy: "Deny" }) })).toBe("open");
  });

  test("detours are told", () => {
    const cart = { annotations: { "kubernetes.azure.com/static-gateway-configuration": "out" } };
    const gateway = object("cilium.io/v2", "CiliumEgressGatewayPolicy", "out", {
      spec: { selectors: [{ podSelector: { matchLabels: { "io.kubernetes.pod.namespace": "shop" } } }] },
    });
    const through = [
      "CiliumEgressGatewayPolicy out",
      "annotation kubernetes.azure.com/static-gateway-configuration: out",
      "Istio, whose mesh-wide outboundTrafficPolicy is not read",
    ];
    expect(told({ cart, objects: [inMesh, gateway] }).reasons.map(({ code, args }) => ({ code, args }))).toEqual([
      { code: "egress-rerouted", args: { through, host } },
    ]);
  });

  test("HTTP proxies are told, with what they are not used for", () => {
    const env = [
      { name: "HTTPS_PROXY", value: "http://user:hidden@proxy:3128" },
      { name: "no_proxy", value: "169.254.169.254, .svc" },
    ];
    const cart = { podSpec: { containers: [{ name: "app", env }] } };
    expect(told({ cart }).reasons.map(({ code, args }) => ({ code, args }))).toEqual([
      {
        code: "egress-through-proxy",
        args: { places: ["app: env HTTPS_PROXY"], leavesOut: ["169.254.169.254", ".svc"], host, path: "sdk" },
      },
    ]);
  });
});
