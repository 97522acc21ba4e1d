import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assemble } from "../../src/core/assemble.ts";
import { patchOf, valueAt } from "../../src/core/changes/change.ts";
import type { Facts } from "../../src/core/facts.ts";
import { foreignControllerKinds } from "../../src/core/foreignControllers.ts";
import { type JsonObject, kindKey } from "../../src/core/kubernetes.ts";
import type { Decisions } from "../../src/core/model.ts";
import { judge } from "../../src/core/reports.ts";
import { changesOf } from "../../src/core/workloads/template.ts";
import { collectCluster } from "../../src/kube/collect.ts";
import { connect } from "../../src/kube/connect.ts";
import { controllerDefinitions, definitionsOrSkip, installDefinitions } from "../testbed/definitions.ts";
import { kubectlOrThrow } from "../testbed/kubectl.ts";
import type { KubernetesObject } from "../testbed/objects.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import { startTestbed, type Testbed } from "../testbed/start.ts";

const labels = { app: "cart", aadpodidbinding: "cart" };
const selector = { matchLabels: { app: "cart" } };
const containers = [{ name: "app", image: "cart" }];
const template: JsonObject = { metadata: { labels }, spec: { containers } };

function object(apiVersion: string, kind: string, spec: JsonObject, metadata: JsonObject = {}): KubernetesObject {
  return { apiVersion, kind, metadata: { name: "cart", namespace: "shop", ...metadata }, spec };
}

/** One of each kind whose definition its project publishes as a Go module. */
const published: readonly KubernetesObject[] = [
  object("argoproj.io/v1alpha1", "Rollout", { selector, template, strategy: { canary: {} } }),
  object("apps.kruise.io/v1alpha1", "CloneSet", { selector, template }),
  object("apps.kruise.io/v1beta1", "StatefulSet", { selector, template, serviceName: "cart" }),
  object("apps.kruise.io/v1alpha1", "DaemonSet", { selector, template }),
  object("apps.kruise.io/v1alpha1", "BroadcastJob", { template }),
  object("apps.kruise.io/v1alpha1", "AdvancedCronJob", {
    schedule: "* * * * *",
    template: { jobTemplate: { spec: { template } } },
  }),
  object("apps.kruise.io/v1alpha1", "UnitedDeployment", {
    selector,
    template: { cloneSetTemplate: { metadata: { labels: { app: "cart" } }, spec: { selector, template } } },
  }),
  object("serving.knative.dev/v1", "Service", { template }),
  object("serving.knative.dev/v1", "Configuration", { template }),
  object("serving.knative.dev/v1", "Revision", { containers }, { labels }),
  object("tekton.dev/v1", "TaskRun", { taskRef: { name: "cart" } }, { labels }),
  object("tekton.dev/v1", "PipelineRun", { pipelineRef: { name: "cart" } }, { labels }),
  object("tekton.dev/v1", "Task", { steps: [{ name: "a", image: "a" }] }, { labels }),
  object("tekton.dev/v1", "Pipeline", { tasks: [{ name: "a", taskRef: { name: "cart" } }] }, { labels }),
];

/** One of each kind whose definition is not to be had: it is read all the same, by group and plural. */
const unpublished: readonly KubernetesObject[] = [
  object("argoproj.io/v1alpha1", "Workflow", { podMetadata: { labels }, templates: [] }),
  object("argoproj.io/v1alpha1", "CronWorkflow", { workflowSpec: { podMetadata: { labels } } }),
  object("argoproj.io/v1alpha1", "WorkflowTemplate", { podMetadata: { labels } }),
  object("sparkoperator.k8s.io/v1beta2", "SparkApplication", { driver: { labels }, executor: {} }),
  object("sparkoperator.k8s.io/v1beta2", "ScheduledSparkApplication", { template: { executor: { labels } } }),
  object("batch.volcano.sh/v1alpha1", "Job", { tasks: [{ name: "worker", template }] }),
  object("keda.sh/v1alpha1", "ScaledJob", { jobTargetRef: { template } }),
  object("actions.github.com/v1alpha1", "AutoscalingRunnerSet", { template }),
  object("flink.apache.org/v1beta1", "FlinkDeployment", { podTemplate: template }),
];

const owned = (kind: string, name: string, apiVersion: string): JsonObject => ({
  ownerReferences: [
    { apiVersion, kind, name, uid: `00000000-0000-4000-8000-${kind.length}`.padEnd(36, "0"), controller: true },
  ],
});
const pod = (name: string, metadata: JsonObject): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop", labels, ...metadata },
  spec: { containers },
});

/** Pods of what is not read, and of a program. */
const pods: readonly KubernetesObject[] = [
  pod("widget-a", owned("Widget", "cart", "example.com/v1")),
  pod("engine-a", owned("SparkApplication", "engine", "sparkoperator.k8s.io/v1beta2")),
  pod("load-1a2b3c", { labels: { ...labels, kubernetes_pod_operator: "True", dag_id: "etl", task_id: "load" } }),
  pod("load-4d5e6f", { labels: { ...labels, kubernetes_pod_operator: "True", dag_id: "etl", task_id: "load" } }),
  pod("bare", {}),
];

const podIdentity: readonly KubernetesObject[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "shop" } },
  object("aadpodidentity.k8s.io/v1", "AzureIdentity", {
    type: 0,
    resourceID: "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cart",
    clientID: "c0000000-0000-4000-8000-000000000001",
  }),
  object("aadpodidentity.k8s.io/v1", "AzureIdentityBinding", { azureIdentity: "cart", selector: "cart" }),
];

/** A definition that lets everything pass, for kinds that nobody publishes. */
function openDefinition({ apiVersion, kind }: KubernetesObject): KubernetesObject {
  const [group = "", version] = apiVersion.split("/");
  const plural = foreignControllerKinds.find(one => one.group === group && one.kind === kind)?.plural;
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      // Demanded of groups below k8s.io.
      annotations: { "api-approved.kubernetes.io": "unapproved, for a test" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}

const decisions: Decisions = {
  audience: "api://AzureADTokenExchange",
  serviceAccount: "auto",
  clientPath: "proxy",
  proxyPort: 8000,
  podIdentityMode: "standard",
};
const definitions = testbedOrSkip() && (await definitionsOrSkip(controllerDefinitions));

describe.skipIf(definitions === undefined)("foreign controllers on the real API server", () => {
  let testbed: Testbed;
  let facts: Facts;
  beforeAll(async () => {
    testbed = await startTestbed({ parts: [] });
    await installDefinitions(testbed, [...(definitions ?? []), ...unpublished.map(openDefinition)]);
    await testbed.apply(podIdentity);
    await testbed.apply([...published, ...unpublished, ...pods]);
    const [connection] = await connect({ kubeconfig: testbed.kubeconfigPath });
    if (!connection) throw new Error("no connection");
    try {
      facts = assemble([await collectCluster(connection)], undefined, decisions);
    } finally {
      connection.close();
    }
  }, 300_000);
  afterAll(() => testbed?.stop());

  it("are read in every kind of the table", () => {
    expect(facts.unknown).toEqual([]);
    const made = [...published, ...unpublished].map(kindKey).sort();
    expect(made).toEqual(
      foreignControllerKinds.map(({ group, kind }) => kindKey({ apiVersion: `${group}/v1`, kind })).sort(),
    );
  });

  it("are usages each, and so are pods of unknown controllers and of programs", () => {
    const { found, mapped } = judge(facts, decisions);
    const source = facts.sources[0]?.id ?? "";
    const names = [
      ...[...published, ...unpublished].map(one => `${kindKey(one)}/cart`),
      "SparkApplication/engine",
      "Widget.example.com/cart",
      "Pod/etl.load-*",
      "Pod/bare",
    ];
    expect(found.usages.map(one => one.id)).toEqual(names.map(name => `${source}/shop/${name}`).sort());
    const blocks = new Map(mapped.mappings.map(one => [one.usage.slice(`${source}/shop/`.length), one.blockedBy]));
    for (const name of names) {
      const expected = name.startsWith("Widget")
        ? "unknown-controller"
        : name === "Pod/etl.load-*"
          ? "pods-made-by-program"
          : "foreign-controller";
      if (name !== "Pod/bare") expect([name, blocks.get(name)]).toEqual([name, expect.arrayContaining([expected])]);
    }
  });

  it.each(published.map(one => [kindKey(one), one] as const))(
    "%s keeps every field that it is told to have",
    async (key, one) => {
      const usage = judge(facts, decisions).found.usages.find(({ id }) => id.endsWith(`/${key}/cart`));
      const workload = usage && facts.objects.get(usage.workload);
      if (!usage || !workload) throw new Error(`no usage of ${key}`);
      const changes = changesOf(facts, usage, workload, { serviceAccount: "cart", decisions });
      expect(changes.length).toBeGreaterThanOrEqual(3);
      const [group] = one.apiVersion.split("/");
      const patch = JSON.stringify(patchOf(changes, workload as unknown as JsonObject));
      const answer = await kubectlOrThrow(testbed.kubectl, [
        ...["patch", `${one.kind.toLowerCase()}.${group}`, "cart", "-n", "shop", "--type=json", "-p", patch],
        ...["--dry-run=server", "-o", "json"],
      ]);
      const patched: unknown = JSON.parse(answer);
      expect(changes.map(({ path }) => valueAt(patched, path))).toEqual(changes.map(({ after }) => after));
    },
  );
});
