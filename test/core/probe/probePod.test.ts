import { describe, expect, test } from "vitest";
import type { JsonObject, KubernetesObject } from "../../../src/core/kubernetes.ts";
import { probePod, whyNoProbe } from "../../../src/core/probe/probePod.ts";
import { probeScript } from "../../../src/core/probe/probeScript.ts";
import { workload } from "../factories.ts";

const account = { name: "cart", uid: "uid-of-cart" };
const scope = "https://management.azure.com/.default";

function probeOf(options: Parameters<typeof workload>[1]): KubernetesObject {
  const pod = probePod({ workload: workload("shop/cart", options), account, image: "registry/curl:1", scope });
  if (!pod) throw new Error("no probe");
  return pod;
}

function service(spec: object, annotations: Record<string, string> = {}): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace: "shop", name: "cart", annotations },
    spec,
  } as KubernetesObject;
}

describe("a probe pod", () => {
  test("is where the workload's pods are, as they are, and does nothing else of theirs", () => {
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } };
    const pod = probeOf({
      label: "cart",
      labels: { app: "cart" },
      annotations: {
        "sidecar.istio.io/inject": "true",
        "vault.hashicorp.com/agent-inject": "true",
        "azure.workload.identity/skip-containers": "azwi-migrate-probe",
        "azure.workload.identity/inject-proxy-sidecar": "true",
      },
      podSpec: {
        nodeSelector: { pool: "blue" },
        tolerations: [{ key: "blue", operator: "Exists" }],
        affinity: { nodeAffinity, podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [] } },
        securityContext: { runAsNonRoot: true },
        dnsPolicy: "ClusterFirst",
        imagePullSecrets: [{ name: "registry" }],
        serviceAccountName: "default",
        serviceAccount: "default",
        volumes: [{ name: "data", emptyDir: {} }],
        initContainers: [{ name: "migrate-schema" }],
        containers: [
          {
            name: "app",
            image: "shop/cart:1",
            securityContext: { readOnlyRootFilesystem: true },
            env: [
              { name: "HTTPS_PROXY", value: "http://proxy:3128" },
              { name: "no_proxy", valueFrom: { configMapKeyRef: { name: "proxy", key: "no" } } },
              { name: "PASSWORD", value: "hunter2" },
            ],
          },
        ],
      },
    });
    expect(pod).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: expect.stringMatching(/^azwi-probe-[0-9a-f]{10}$/),
        namespace: "shop",
        labels: {
          app: "cart",
          aadpodidbinding: "cart",
          "azure.workload.identity/use": "true",
          "azwi-migrate.dev/probe": "true",
        },
        annotations: { "sidecar.istio.io/inject": "true", "azwi-migrate.dev/probe-of": "Deployment shop/cart" },
        ownerReferences: [
          { apiVersion: "v1", kind: "ServiceAccount", name: "cart", uid: "uid-of-cart", controller: true },
        ],
      },
      spec: {
        nodeSelector: { pool: "blue" },
        tolerations: [{ key: "blue", operator: "Exists" }],
        affinity: { nodeAffinity },
        securityContext: { runAsNonRoot: true },
        dnsPolicy: "ClusterFirst",
        imagePullSecrets: [{ name: "registry" }],
        serviceAccountName: "cart",
        automountServiceAccountToken: false,
        restartPolicy: "Never",
        activeDeadlineSeconds: 180,
        terminationGracePeriodSeconds: 1,
        readinessGates: [{ conditionType: "azwi-migrate.dev/never" }],
        containers: [
          {
            name: "azwi-migrate-probe",
            image: "registry/curl:1",
            command: ["sh", "-c", probeScript],
            env: [
              { name: "AZWI_MIGRATE_SCOPE", value: scope },
              { name: "HTTPS_PROXY", value: "http://proxy:3128" },
            ],
            securityContext: {
              readOnlyRootFilesystem: true,
              runAsUser: 65532,
              allowPrivilegeEscalation: false,
              capabilities: { drop: ["ALL"] },
            },
            resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "100m", memory: "64Mi" } },
          },
        ],
      },
    });
  });

  test("has the same name for the same workload, and another for another kind of that name", () => {
    expect(probeOf({}).metadata.name).toBe(probeOf({ label: "other" }).metadata.name);
    expect(probeOf({}).metadata.name).not.toBe(probeOf({ kind: "StatefulSet" }).metadata.name);
  });

  test.each<[string, JsonObject, JsonObject, JsonObject]>([
    ["its own where that is what the workload has", { runAsUser: 1000 }, { runAsUser: 1337 }, { runAsUser: 1337 }],
    ["the pod's", { runAsNonRoot: true, runAsUser: 1000 }, {}, {}],
    ["the image's, where that may be anybody", {}, { runAsNonRoot: false }, { runAsNonRoot: false }],
    ["a number, where it must not be root", {}, { runAsNonRoot: true }, { runAsNonRoot: true, runAsUser: 65532 }],
    [
      "the image's, where the container may be root",
      { runAsNonRoot: true },
      { runAsNonRoot: false },
      { runAsNonRoot: false },
    ],
  ])("has a user: %s", (_, ofPod, ofContainer, expected) => {
    const containers = [{ name: "app", securityContext: ofContainer }];
    const { spec } = probeOf({ podSpec: { securityContext: { ...ofPod }, containers } });
    expect(spec).toMatchObject({
      securityContext: ofPod,
      containers: [
        { securityContext: { ...expected, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } },
      ],
    });
  });

  test("satisfies Pod Security restricted where the workload does, and is never as privileged as the workload", () => {
    const seccompProfile = { type: "RuntimeDefault" };
    const restricted = {
      runAsNonRoot: true,
      seccompProfile,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    };
    const contextOf = (securityContext: JsonObject) => {
      const { containers } = probeOf({ podSpec: { containers: [{ name: "app", securityContext }] } }).spec as {
        containers: { securityContext: object }[];
      };
      return containers[0]?.securityContext;
    };
    expect(contextOf(restricted)).toEqual({ ...restricted, runAsUser: 65532 });
    const privileged = { privileged: true, capabilities: { add: ["SYS_ADMIN"] }, procMount: "Unmasked" };
    expect(contextOf(privileged)).toEqual({ allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } });
  });

  test("evicts nobody, and of a pod without a controller it is not on the same node by force", () => {
    const podSpec = { priorityClassName: "high", nodeName: "node-1" };
    expect(probeOf({ podSpec }).spec).not.toHaveProperty("priorityClassName");
    expect(probeOf({ podSpec }).spec).toHaveProperty("nodeName");
    expect(probeOf({ kind: "Pod", podSpec }).spec).not.toHaveProperty("nodeName");
  });

  test("is not made of what has no template", () => {
    const pods = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "shop", name: "cart" } };
    expect(probePod({ workload: pods, account, image: "x", scope })).toBeUndefined();
  });
});

describe("no probe is made", () => {
  const pod = probeOf({ labels: { app: "cart" } });
  const selector = { app: "cart" };

  test.each<[string, object, Record<string, string>?]>([
    ["publishes pods that are not ready", { selector, publishNotReadyAddresses: true }],
    [
      "did so before there was a field for it",
      { selector },
      { "service.alpha.kubernetes.io/tolerate-unready-endpoints": "true" },
    ],
  ])("where a Service that selects it %s", (_, spec, annotations) => {
    expect(whyNoProbe(pod, [service(spec, annotations)])).toBe(
      "Service shop/cart selects it and publishes pods that are not ready: it would send it traffic",
    );
  });

  test.each<[string, object]>([
    ["only sends traffic to what is ready", { selector }],
    ["selects other pods", { selector: { app: "other" }, publishNotReadyAddresses: true }],
    ["selects nothing by itself", { publishNotReadyAddresses: true }],
  ])("but where a Service %s", (_, spec) => {
    expect(whyNoProbe(pod, [service(spec)])).toBeUndefined();
  });

  test.each<[string, object, string]>([
    [
      "on Windows",
      { nodeSelector: { "kubernetes.io/os": "windows" } },
      "the workload runs on Windows, where the probe's shell does not",
    ],
    [
      "on Windows by its os",
      { os: { name: "windows" } },
      "the workload runs on Windows, where the probe's shell does not",
    ],
    [
      "on its node's network",
      { hostNetwork: true },
      "the workload is on its node's network, which policies for pods do not concern",
    ],
  ])("for a workload %s", (_, podSpec, why) => {
    expect(whyNoProbe(probeOf({ podSpec: { ...podSpec } }), [])).toBe(why);
  });
});
