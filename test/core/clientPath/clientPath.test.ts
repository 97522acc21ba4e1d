import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/core/kubernetes.ts";
import type { Code, Finding } from "../../../src/core/model.ts";
import { serviceAccount, type WorkloadOptions } from "../factories.ts";
import { type CartWorld, codes, object, told } from "./verdicts.ts";

const proxy = { decisions: { clientPath: "proxy" as const } };
const inject = "azure.workload.identity/inject-proxy-sidecar";
const expiration = "azure.workload.identity/service-account-token-expiration";
const skip = "azure.workload.identity/skip-containers";
const audience = "api://AzureADTokenExchange";

function app(container: JsonObject, more: JsonObject = {}): WorkloadOptions {
  return { podSpec: { containers: [{ name: "app", ...container }], ...more } };
}

function env(name: string, value: string): JsonObject {
  return { env: [{ name, value }] };
}

function webhook(version: string, serverVersion = "v1.33.0") {
  return { cluster: { webhook: { installed: true, version, ready: 2 }, serverVersion } };
}

function namespace(labels: Record<string, string>) {
  return object("v1", "Namespace", "shop", { metadata: { labels } });
}

function quota(hard: JsonObject, spec: JsonObject = {}) {
  return object("v1", "ResourceQuota", "shop/all", { spec: { hard, ...spec } });
}

function limits(...limit: JsonObject[]) {
  return object("v1", "LimitRange", "shop/defaults", { spec: { limits: limit } });
}

function args(findings: readonly Finding[], code: Code) {
  return findings.filter(one => one.code === code).map(one => one.args);
}

describe("the path proxy is refused", () => {
  const nodeAffinity = (...values: string[][]): JsonObject => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: values.map(one => ({
            matchExpressions: [{ key: "kubernetes.io/os", operator: "In", values: one }],
          })),
        },
      },
    },
  });
  test.each<[Code, string, CartWorld, unknown]>([
    ["proxy-on-host-network", "that denies", { cart: { podSpec: { hostNetwork: true } } }, { effect: "denied" }],
    [
      "proxy-on-host-network",
      "that changes the node",
      { cart: { podSpec: { hostNetwork: true } }, ...webhook("1.1.0") },
      { effect: "changesTheNode" },
    ],
    ["proxy-on-windows", "by os", { cart: { podSpec: { os: { name: "windows" } } } }, { evidence: "os.name: windows" }],
    [
      "proxy-on-windows",
      "by the old label",
      { cart: { podSpec: { nodeSelector: { "beta.kubernetes.io/os": "windows" } } } },
      { evidence: "nodeSelector beta.kubernetes.io/os: windows" },
    ],
    [
      "proxy-on-windows",
      "by affinity",
      { cart: { podSpec: nodeAffinity(["windows"], ["windows"]) } },
      { evidence: "node affinity kubernetes.io/os In [windows]" },
    ],
    [
      "proxy-on-windows",
      "by image",
      { cart: app({ image: "mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2019" }) },
      { evidence: "image mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2019" },
    ],
    [
      "proxy-on-windows",
      "by the label of AKS",
      { cart: { podSpec: { nodeSelector: { "kubernetes.azure.com/os-sku": "Windows2022" } } } },
      { evidence: "nodeSelector kubernetes.azure.com/os-sku: Windows2022" },
    ],
    [
      "proxy-on-windows",
      "by options that Windows alone has",
      {
        cart: {
          podSpec: {
            runtimeClassName: "windows-2019",
            securityContext: { windowsOptions: { runAsUserName: "ContainerUser" } },
          },
        },
      },
      { evidence: "securityContext.windowsOptions" },
    ],
    [
      "proxy-never-ends",
      "in a pod that is not started again",
      { cart: { kind: "Pod", podSpec: { restartPolicy: "OnFailure" } }, ...webhook("1.4.0") },
      { kind: "Pod", webhook: "1.4.0", server: "v1.33.0" },
    ],
    ["proxy-cannot-be-root", "where the pod says so", { cart: { podSpec: { securityContext: { runAsUser: 0 } } } }, {}],
    [
      "proxy-never-ends",
      "in a Job with an old webhook",
      { cart: { kind: "Job" }, ...webhook("1.4.0") },
      { kind: "Job", webhook: "1.4.0", server: "v1.33.0" },
    ],
    [
      "proxy-never-ends",
      "in a CronJob on an old server",
      { cart: { kind: "CronJob" }, ...webhook("1.6.0", "v1.31.9") },
      { kind: "CronJob", webhook: "1.6.0", server: "v1.31.9" },
    ],
    [
      "proxy-bypassed-by-user",
      "of the pod",
      { cart: { podSpec: { securityContext: { runAsUser: 1501 } } } },
      { containers: ["app"], user: 1501 },
    ],
    [
      "proxy-bypassed-by-user",
      "of a container",
      { cart: app({ securityContext: { runAsUser: 1501 } }, { securityContext: { runAsUser: 1000 } }) },
      { containers: ["app"], user: 1501 },
    ],
    [
      "proxy-port-taken",
      "by a containerPort",
      { cart: app({ ports: [{ containerPort: 8000 }] }) },
      { port: 8000, places: ["app: containerPort 8000"] },
    ],
    [
      "proxy-port-taken",
      "by a variable",
      { cart: app(env("PORT", "9000")), decisions: { clientPath: "proxy", proxyPort: 9000 } },
      { port: 9000, places: ["app: env PORT"] },
    ],
    [
      "proxy-ignores-selector",
      "by resource id",
      {
        cart: app({
          args: ["curl", "http://169.254.169.254/metadata/identity/oauth2/token?mi_res_id=/subscriptions/x"],
        }),
      },
      { places: ['app: command has "mi_res_id"'], workload: "Deployment shop/cart" },
    ],
    [
      "proxy-ignores-selector",
      "by ODBC",
      { cart: app(env("DSN", "Server=db;Password=hidden;Authentication=ActiveDirectoryMsi")) },
      { places: ['app: env DSN has "Authentication=ActiveDirectoryMsi"'], workload: "Deployment shop/cart" },
    ],
    [
      "proxy-twice",
      "as azwi podidentity detect leaves it",
      {
        cart: {
          podSpec: {
            containers: [{ name: "app" }, { name: "azwi-proxy" }],
            initContainers: [{ name: "azwi-proxy-init" }],
          },
        },
      },
      { containers: ["azwi-proxy in containers"] },
    ],
    [
      "proxy-against-pod-security",
      "in a restricted namespace",
      {
        objects: [
          namespace({
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/enforce-version": "v1.30",
          }),
        ],
      },
      { namespace: "shop", level: "restricted", version: "v1.30" },
    ],
    [
      "proxy-against-policy",
      "of Azure Policy",
      {
        objects: [
          object("constraints.gatekeeper.sh/v1beta1", "K8sAzureV2NoPrivilege", "azurepolicy-1", {
            spec: { enforcementAction: "deny", match: { excludedNamespaces: ["kube-*", "gatekeeper-system"] } },
          }),
        ],
      },
      { policies: ["K8sAzureV2NoPrivilege azurepolicy-1"], namespace: "shop" },
    ],
    [
      "proxy-without-resources",
      "by a quota",
      { objects: [quota({ "limits.cpu": "4", "requests.memory": "4Gi", pods: "10" })] },
      { quotas: ["ResourceQuota shop/all"], resources: ["limits.cpu", "requests.memory"] },
    ],
    [
      "every-container-skipped",
      "for the proxy",
      { cart: { annotations: { [skip]: "azwi-proxy; app" } } },
      { containers: ["azwi-proxy"] },
    ],
  ])("%s: %s", (code, _, world, expected) => {
    expect(args(told({ ...proxy, ...world }).blocks, code)).toEqual([expected]);
  });

  test("also where the annotation asks for it on the path sdk, whatever its value", () => {
    const world: CartWorld = { cart: { annotations: { [inject]: "false" }, podSpec: { hostNetwork: true } } };
    expect(codes(world)).toEqual({
      reasons: ["proxy-injected-anyway"],
      blocks: ["proxy-on-host-network"],
      notChecked: [],
    });
  });

  test.each<[string, CartWorld]>([
    ["a Job where the proxy is a native sidecar", { cart: { kind: "Job" }, ...webhook("1.5.0", "v1.32.1") }],
    [
      "options of Windows on a Linux node",
      {
        cart: app(
          { securityContext: { windowsOptions: {} } },
          { nodeSelector: { "kubernetes.azure.com/os-sku": "Ubuntu" } },
        ),
      },
    ],
    ["root in a container alone", { cart: app({ securityContext: { runAsUser: 0 } }) }],
    [
      "root with a webhook that lets the proxy be it",
      { cart: { podSpec: { securityContext: { runAsUser: 0 } } }, ...webhook("1.0.0") },
    ],
    [
      "root with a proxy that the template brings along",
      {
        cart: app({}, { securityContext: { runAsUser: 0 }, initContainers: [{ name: "azwi-proxy" }] }),
      },
    ],
    ["nodes of either system", { cart: { podSpec: nodeAffinity(["windows"], ["linux"]) } }],
    [
      "a Windows image on a Linux node",
      { cart: app({ image: "x/nanoserver" }, { nodeSelector: { "kubernetes.io/os": "linux" } }) },
    ],
    [
      "another user in a container than the pod's",
      { cart: app({ securityContext: { runAsUser: 1 } }, { securityContext: { runAsUser: 1501 } }) },
    ],
    [
      "an init container as the proxy's user",
      { cart: { podSpec: { initContainers: [{ name: "x", securityContext: { runAsUser: 1501 } }] } } },
    ],
    ["a UDP port", { cart: app({ ports: [{ containerPort: 8000, protocol: "UDP" }] }) }],
    ["somebody else's port", { cart: app(env("REDIS_PORT", "8000")) }],
    ["a privileged namespace", { objects: [namespace({ "pod-security.kubernetes.io/enforce": "privileged" })] }],
    ["a quota of pods", { objects: [quota({ pods: "10" })] }],
    [
      "a quota whose requests a LimitRange fills in",
      {
        objects: [
          quota({ "requests.cpu": "1", memory: "1Gi" }),
          limits({ type: "Container", max: { cpu: "1" }, min: { memory: "1" } }),
        ],
      },
    ],
    ["a quota of pods that end", { objects: [quota({ cpu: "1" }, { scopes: ["Terminating"] })] }],
    [
      "a quota of another class",
      {
        cart: { podSpec: { priorityClassName: "low" } },
        objects: [
          quota(
            { cpu: "1" },
            { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }] } },
          ),
        ],
      },
    ],
    [
      "a constraint that only reports",
      {
        objects: [
          object("constraints.gatekeeper.sh/v1beta1", "K8sAzureV2NoPrivilege", "x", {
            spec: { enforcementAction: "dryrun" },
          }),
        ],
      },
    ],
    [
      "a constraint that leaves the namespace out",
      {
        objects: [
          object("constraints.gatekeeper.sh/v1beta1", "K8sAzureV2NoPrivilege", "x", {
            spec: { match: { excludedNamespaces: ["sho*"] } },
          }),
        ],
      },
    ],
    [
      "a selector that people saw to",
      {
        cart: app(env("URL", "x?object_id=1")),
        decisions: {
          clientPath: "proxy",
          workloads: { "shop/Deployment/cart": { covered: ["Deployment shop/cart"] } },
        },
      },
    ],
    [
      "a namespace that people saw to",
      {
        objects: [namespace({ "pod-security.kubernetes.io/enforce": "baseline" })],
        decisions: { clientPath: "proxy", workloads: { "shop/Deployment/cart": { covered: ["Namespace shop"] } } },
      },
    ],
  ])("not for %s", (_, world) => {
    expect(codes({ ...proxy, ...world })).toMatchObject({ blocks: [], notChecked: [] });
  });
});

describe("the path proxy is not checked", () => {
  test.each<[Code, string, CartWorld]>([
    [
      "proxy-in-job-not-checked",
      "without the webhook's version",
      { cart: { kind: "Job" }, cluster: { webhook: { installed: true } } },
    ],
    ["proxy-in-job-not-checked", "in files", { cart: { kind: "CronJob" }, from: "files" }],
    ["pod-security-not-checked", "without namespaces", { unknown: [{ kind: "Namespace", except: [] }] }],
    ["admission-policies-not-checked", "without quotas", { unknown: [{ kind: "ResourceQuota", except: ["bank"] }] }],
    [
      "admission-policies-not-checked",
      "without constraints",
      { unknown: [{ kind: "K8sAzureV2NoPrivilege.constraints.gatekeeper.sh", except: [] }] },
    ],
  ])("%s: %s", (code, _, world) => {
    expect(codes({ ...proxy, ...world }).notChecked).toEqual([code]);
  });

  test("of what only the proxy needs, on the path sdk", () => {
    const unknown = ["Namespace", "ResourceQuota", "LimitRange"].map(kind => ({ kind, except: [] }));
    expect(codes({ unknown })).toEqual({ reasons: [], blocks: [], notChecked: [] });
  });
});

describe("what the proxy does not do is told", () => {
  const initContainers = [{ name: "fetch", command: ["sh", "-c", "curl http://169.254.169.254/metadata/identity"] }];
  test("of init containers that ask before it is there", () => {
    expect(
      args(told({ ...proxy, cart: { podSpec: { initContainers } } }).reasons, "proxy-after-init-containers"),
    ).toEqual([{ places: ['fetch: command has "169.254.169.254"', 'fetch: command has "/metadata/identity"'] }]);
  });

  test("of a pod's user, as whom the proxy would ask itself", () => {
    const as = (runAsUser: number, version = "1.6.0") =>
      args(
        told({ ...proxy, cart: { podSpec: { securityContext: { runAsUser } } }, ...webhook(version) }).reasons,
        "proxy-asks-itself",
      );
    expect(as(1000)).toEqual([{ user: 1000 }]);
    expect(as(0, "1.0.0")).toEqual([{ user: 0 }]);
    expect(as(1501)).toEqual([]);
  });

  test("of endpoints in variables", () => {
    const cart = app(env("MSI_ENDPOINT", "http://127.0.0.1:41117/token"));
    expect(args(told({ ...proxy, cart }).reasons, "proxy-misses-endpoint")).toEqual([
      { places: ["app: env MSI_ENDPOINT"] },
    ]);
    const same = app(env("MSI_ENDPOINT", "http://169.254.169.254/metadata/identity/oauth2/token"));
    expect(codes({ ...proxy, cart: same }).reasons).not.toContain("proxy-misses-endpoint");
  });

  test("of namespaces that only warn", () => {
    const objects = [
      namespace({ "pod-security.kubernetes.io/warn": "baseline", "pod-security.kubernetes.io/audit": "restricted" }),
    ];
    expect(args(told({ ...proxy, objects }).reasons, "proxy-pod-security-warns")).toEqual([
      { namespace: "shop", levels: ["warn: baseline", "audit: restricted"] },
    ]);
  });
});

describe("annotations that are there already", () => {
  test.each(["3599", "86401", "1h", "", " 3600", "1e4", "+3600", "86400"])("an expiration of %j", value => {
    const { blocks } = told({ cart: { annotations: { [expiration]: value } } });
    const isValid = ["", "+3600", "86400"].includes(value);
    expect(args(blocks, "token-expiration-invalid")).toEqual(isValid ? [] : [{ value, where: "the pod template" }]);
  });

  test("an expiration on the account, where the pod says none", () => {
    const account = serviceAccount("shop/cart", { [expiration]: "60" });
    expect(args(told({ account }).blocks, "token-expiration-invalid")).toEqual([
      { value: "60", where: "ServiceAccount cart" },
    ]);
    expect(codes({ account, cart: { annotations: { [expiration]: "3600" } } }).blocks).toEqual([]);
  });

  const portAnnotation = "azure.workload.identity/proxy-sidecar-port";
  test.each(["abc", "", "0", "65536", "-1", "8000.0"])("a proxy's port of %j on the path sdk", value => {
    const asking = { cart: { annotations: { [inject]: "true", [portAnnotation]: value } } };
    expect(args(told(asking).blocks, "proxy-port-invalid")).toEqual([{ annotation: portAnnotation, value }]);
    expect(codes({ ...proxy, ...asking }).blocks).toEqual([]);
    expect(codes({ cart: { annotations: { [portAnnotation]: value } } }).blocks).toEqual([]);
  });

  test("the proxy's port where the application listens", () => {
    const listening = (port: number, annotations: Record<string, string>) =>
      args(
        told({
          cart: { ...app({ ports: [{ containerPort: port }] }), annotations: { [inject]: "true", ...annotations } },
        }).blocks,
        "proxy-port-taken",
      );
    expect(listening(9000, { [portAnnotation]: "9000" })).toEqual([
      { port: 9000, places: ["app: containerPort 9000"], annotation: portAnnotation },
    ]);
    expect(listening(8000, { [portAnnotation]: "9000" })).toEqual([]);
    expect(listening(8000, {})).toHaveLength(1);
  });

  test("the annotation that no webhook reads", () => {
    const annotations = { "azure.workload.identity/proxy": "true" };
    expect(codes({ cart: { annotations } }).reasons).toEqual(["proxy-annotation-without-effect"]);
    expect(codes({ ...proxy, cart: { annotations } }).reasons).toEqual([]);
    expect(codes({ cart: { annotations: { ...annotations, [inject]: "true" } } }).reasons).toEqual([
      "proxy-injected-anyway",
    ]);
  });

  test("skipped containers: some, all, and those of the path proxy", () => {
    const two = { podSpec: { containers: [{ name: "app" }, { name: "log" }] } };
    const skipped = (names: string) => ({ cart: { ...two, annotations: { [skip]: names } } });
    expect(args(told(skipped("log;gone")).reasons, "containers-skipped")).toEqual([{ containers: ["log"] }]);
    expect(codes(skipped(" app ; log")).blocks).toEqual(["every-container-skipped"]);
    expect(codes({ ...proxy, ...skipped("app;log") })).toEqual({ reasons: [], blocks: [], notChecked: [] });
  });

  test("nothing is said of a template that is on workload identity", () => {
    const cart = {
      labels: { "azure.workload.identity/use": "true" },
      annotations: { [expiration]: "1" },
    };
    expect(codes({ cart })).toEqual({ reasons: [], blocks: [], notChecked: [] });
  });
});

describe("variables and volumes that are there already", () => {
  const ref = (key: string) => ({ name: "AZURE_CLIENT_ID", valueFrom: { [key]: { name: "shop", key: "id" } } });
  const volume = (name: string, path: string) => ({
    volumes: [{ name, projected: { sources: [{ serviceAccountToken: { audience, path } }] } }],
  });
  test.each<[Code, CartWorld, unknown]>([
    [
      "secret-before-token",
      { cart: app(env("AZURE_CLIENT_SECRET", "hidden")) },
      { places: ["app: env AZURE_CLIENT_SECRET"] },
    ],
    [
      "client-id-from-reference",
      { cart: app({ env: [ref("secretKeyRef"), ref("configMapKeyRef")] }) },
      { places: ["app: AZURE_CLIENT_ID from Secret shop", "app: AZURE_CLIENT_ID from ConfigMap shop"] },
    ],
    [
      "env-from-not-seen",
      { cart: app({ envFrom: [{ configMapRef: { name: "a" } }, { secretRef: { name: "b" } }] }) },
      { sources: ["ConfigMap a", "Secret b"] },
    ],
    [
      "token-path-hard-coded",
      { cart: app({ args: ["--token=/var/run/secrets/azure/tokens/azure-identity-token"] }), ...webhook("1.5.1") },
      { places: ['app: command has "/var/run/secrets/azure/tokens"'] },
    ],
    [
      "token-volume-of-its-own",
      { cart: { podSpec: volume("mine", "azure-identity-token") } },
      { volume: "mine", audience },
    ],
    [
      "proxy-in-template",
      { cart: { podSpec: { containers: [{ name: "azwi-proxy" }, { name: "app" }] } } },
      { containers: ["azwi-proxy"] },
    ],
  ])("%s is told", (code, world, expected) => {
    expect(args(told(world).reasons, code)).toEqual([expected]);
  });

  test("a token path that the webhook does not mount blocks, unless the template mounts it itself", () => {
    const token = env("TOKEN", "/var/run/secrets/azure/tokens/azure-identity-token");
    expect(args(told({ cart: app(token) }).blocks, "token-path-wrong")).toEqual([
      {
        places: ['app: env TOKEN has "/var/run/secrets/azure/tokens"'],
        mounted: "/var/run/secrets/azure/wi",
        workload: "Deployment shop/cart",
      },
    ]);
    const volumeMounts = [{ name: "mine", mountPath: "/var/run/secrets/azure/tokens" }];
    expect(codes({ cart: app({ ...token, volumeMounts }) })).toEqual({ reasons: [], blocks: [], notChecked: [] });
  });

  test("a volume that keeps an old webhook's out blocks", () => {
    const clash = (version: string, name: string) =>
      codes({ cart: { podSpec: volume(name, "azure-identity-token") }, ...webhook(version) }).blocks;
    expect(clash("1.5.1", "mine")).toEqual(["token-volume-clash"]);
    expect(clash("1.5.1", "azure-identity-token")).toEqual([]);
    expect(clash("1.6.0", "mine")).toEqual([]);
  });
});

describe("the path sdk", () => {
  test("takes the host's network, Windows and Jobs", () => {
    const podSpec = { hostNetwork: true, os: { name: "windows" } };
    expect(codes({ cart: { kind: "CronJob", podSpec }, ...webhook("1.0.0") })).toEqual({
      reasons: [],
      blocks: [],
      notChecked: [],
    });
  });

  test("is warned of where the application asks the metadata service itself", () => {
    const cart = app({ command: ["az", "login", "--identity", "--username", "x"] });
    expect(told({ cart }).reasons.map(({ code, args }) => ({ code, args }))).toEqual([
      {
        code: "metadata-calls-on-sdk-path",
        args: { places: ['app: command has "az login --identity"'], workload: "shop/Deployment/cart" },
      },
      { code: "sdk-readiness", args: { verdict: "not-ready", evidence: ['app: command has "az login --identity"'] } },
    ]);
    expect(codes({ ...proxy, cart }).reasons).toEqual(["sdk-readiness"]);
  });
});

test("templates with fields of any type are read without a fall", () => {
  for (const value of [null, 1, "x", [null, 1], { a: [] }] as JsonObject[string][]) {
    const podSpec: JsonObject = Object.fromEntries(
      ["initContainers", "volumes", "affinity", "securityContext", "nodeSelector", "os", "dnsPolicy"].map(key => [
        key,
        value,
      ]),
    );
    const containers = [{ name: "app", envFrom: value, ports: value, securityContext: value, volumeMounts: value }];
    for (const from of [undefined, "files"] as const)
      expect(() =>
        codes({ ...proxy, cart: { podSpec: { ...podSpec, containers } }, ...(from ? { from } : {}) }),
      ).not.toThrow();
  }
});
