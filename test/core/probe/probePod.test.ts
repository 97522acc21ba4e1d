import { describe, expect, test } from "vitest";
import type { KubernetesObject } from "../../../src/core/kubernetes.ts";
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
            securityContext: { readOnlyRootFilesystem: true },
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
