import { describe, expect, it } from "vitest";
import { createdForAnnotation } from "../../src/core/accounts/accountNames.ts";
import { podTemplatesOf } from "../../src/core/foreignControllers.ts";
import type { JsonObject, KubernetesObject } from "../../src/core/kubernetes.ts";
import type { Decisions, Finding } from "../../src/core/model.ts";
import { judge } from "../../src/core/reports.ts";
import { clientIDAnnotation, useLabel } from "../../src/core/workloadIdentity/workloadIdentity.ts";
import {
  bound,
  clientIDOf,
  decisions,
  type FactsOptions,
  factsOf,
  factsOfFiles,
  owned,
  serviceAccount,
  west,
  workload,
} from "./factories.ts";

const labels = { aadpodidbinding: "cart" };
const useKey = `["${useLabel}"]: "true"`;
const podTemplate = (more: JsonObject = {}): JsonObject => ({
  metadata: { labels },
  spec: { serviceAccountName: "default", containers: [{ name: "app", image: "cart" }], ...more },
});
const object = (apiVersion: string, kind: string, spec: JsonObject, metadata: object = {}): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: "cart", namespace: "shop", ...metadata },
  spec,
});
const pod = (name: string, owner: [string, string, string], label?: string) =>
  workload(`shop/${name}`, {
    kind: "Pod",
    account: "default",
    ...(label === undefined ? {} : { label }),
    metadata: owned(...owner),
  });

/** What is said of the usages of a cluster: id, codes of the blocks, and the findings of these codes. */
function judged(objects: KubernetesObject[], options: FactsOptions = {}, choice: Partial<Decisions> = {}) {
  const { found, mapped, steps } = judge(factsOf([...bound("shop/cart"), ...objects], options), {
    ...decisions,
    ...choice,
  });
  return {
    ids: found.usages.map(one => one.id.replace(`${west}/`, "")),
    usages: found.usages,
    blockedBy: mapped.mappings.map(one => one.blockedBy),
    notChecked: mapped.mappings.map(one => one.notChecked),
    steps: steps.steps,
    finding: (code: Finding["code"]) => mapped.findings.find(one => one.code === code)?.args,
  };
}

const template = ["spec.template.metadata.labels", "spec.template.spec.serviceAccountName"] as const;
const fields = ([label, account]: readonly [string, string]) => [`${label}${useKey}`, `${account}: "cart"`];

describe("a foreign controller's object", () => {
  it.each<[string, KubernetesObject, string[]]>([
    ["Rollout.argoproj.io", object("argoproj.io/v1alpha1", "Rollout", { template: podTemplate() }), fields(template)],
    [
      "CloneSet.apps.kruise.io",
      object("apps.kruise.io/v1alpha1", "CloneSet", { template: podTemplate() }),
      fields(template),
    ],
    [
      "StatefulSet.apps.kruise.io",
      object("apps.kruise.io/v1beta1", "StatefulSet", { template: podTemplate() }),
      fields(template),
    ],
    [
      "DaemonSet.apps.kruise.io",
      object("apps.kruise.io/v1alpha1", "DaemonSet", { template: podTemplate() }),
      fields(template),
    ],
    [
      "BroadcastJob.apps.kruise.io",
      object("apps.kruise.io/v1alpha1", "BroadcastJob", { template: podTemplate() }),
      fields(template),
    ],
    [
      "AdvancedCronJob.apps.kruise.io",
      object("apps.kruise.io/v1alpha1", "AdvancedCronJob", {
        template: { jobTemplate: { spec: { template: podTemplate() } } },
      }),
      fields([
        "spec.template.jobTemplate.spec.template.metadata.labels",
        "spec.template.jobTemplate.spec.template.spec.serviceAccountName",
      ]),
    ],
    [
      "UnitedDeployment.apps.kruise.io",
      object("apps.kruise.io/v1alpha1", "UnitedDeployment", {
        template: { cloneSetTemplate: { spec: { template: podTemplate() } } },
      }),
      fields([
        "spec.template.cloneSetTemplate.spec.template.metadata.labels",
        "spec.template.cloneSetTemplate.spec.template.spec.serviceAccountName",
      ]),
    ],
    [
      "Service.serving.knative.dev",
      object("serving.knative.dev/v1", "Service", { template: podTemplate() }),
      fields(template),
    ],
    [
      "Configuration.serving.knative.dev",
      object("serving.knative.dev/v1", "Configuration", { template: podTemplate() }),
      fields(template),
    ],
    [
      "Revision.serving.knative.dev",
      object("serving.knative.dev/v1", "Revision", { containers: [{ image: "cart" }] }, { labels }),
      fields(["metadata.labels", "spec.serviceAccountName"]),
    ],
    [
      "TaskRun.tekton.dev",
      object("tekton.dev/v1", "TaskRun", { taskRef: { name: "cart" } }, { labels }),
      fields(["metadata.labels", "spec.serviceAccountName"]),
    ],
    [
      "PipelineRun.tekton.dev",
      object("tekton.dev/v1", "PipelineRun", { pipelineRef: { name: "cart" } }, { labels }),
      fields(["metadata.labels", "spec.taskRunTemplate.serviceAccountName"]),
    ],
    [
      "PipelineRun.tekton.dev",
      object("tekton.dev/v1beta1", "PipelineRun", { pipelineRef: { name: "cart" } }, { labels }),
      fields(["metadata.labels", "spec.serviceAccountName"]),
    ],
    [
      "Task.tekton.dev",
      object("tekton.dev/v1", "Task", { steps: [] }, { labels }),
      [
        `metadata.labels${useKey}`,
        'spec.serviceAccountName: "cart" in its TaskRuns',
        'spec.taskRunTemplate.serviceAccountName: "cart" in PipelineRuns',
      ],
    ],
    [
      "Pipeline.tekton.dev",
      object("tekton.dev/v1", "Pipeline", { tasks: [] }, { labels }),
      [`metadata.labels${useKey}`, 'spec.taskRunTemplate.serviceAccountName: "cart" in its PipelineRuns'],
    ],
    [
      "SparkApplication",
      object("sparkoperator.k8s.io/v1beta2", "SparkApplication", {
        driver: { labels, serviceAccount: "default" },
        executor: { labels },
      }),
      [
        ...fields(["spec.driver.labels", "spec.driver.serviceAccount"]),
        ...fields(["spec.executor.labels", "spec.executor.serviceAccount"]),
      ],
    ],
    [
      "SparkApplication",
      object("sparkoperator.k8s.io/v1beta2", "SparkApplication", {
        sparkConf: { "spark.kubernetes.executor.label.aadpodidbinding": "cart" },
        driver: {},
        executor: {},
      }),
      fields(["spec.executor.labels", "spec.executor.serviceAccount"]),
    ],
    [
      "ScheduledSparkApplication",
      object("sparkoperator.k8s.io/v1beta2", "ScheduledSparkApplication", { template: { driver: { labels } } }),
      fields(["spec.template.driver.labels", "spec.template.driver.serviceAccount"]),
    ],
    [
      "Workflow.argoproj.io",
      object("argoproj.io/v1alpha1", "Workflow", {
        podMetadata: { labels },
        serviceAccountName: "default",
        templates: [{ name: "plain" }, { name: "own", serviceAccountName: "other" }],
      }),
      [
        ...fields(["spec.podMetadata.labels", "spec.serviceAccountName"]),
        'spec.templates[name=own].serviceAccountName: "cart"',
      ],
    ],
    [
      "CronWorkflow.argoproj.io",
      object("argoproj.io/v1alpha1", "CronWorkflow", { workflowSpec: { podMetadata: { labels } } }),
      fields(["spec.workflowSpec.podMetadata.labels", "spec.workflowSpec.serviceAccountName"]),
    ],
    [
      "WorkflowTemplate.argoproj.io",
      object("argoproj.io/v1alpha1", "WorkflowTemplate", { podMetadata: { labels } }),
      fields(["spec.podMetadata.labels", "spec.serviceAccountName"]),
    ],
    [
      "Job.batch.volcano.sh",
      object("batch.volcano.sh/v1alpha1", "Job", {
        tasks: [
          { name: "worker", template: podTemplate() },
          { name: "other", template: { metadata: {} } },
        ],
      }),
      fields([
        "spec.tasks[name=worker].template.metadata.labels",
        "spec.tasks[name=worker].template.spec.serviceAccountName",
      ]),
    ],
    [
      "ScaledJob.keda.sh",
      object("keda.sh/v1alpha1", "ScaledJob", { jobTargetRef: { template: podTemplate() } }),
      fields(["spec.jobTargetRef.template.metadata.labels", "spec.jobTargetRef.template.spec.serviceAccountName"]),
    ],
    [
      "AutoscalingRunnerSet.actions.github.com",
      object("actions.github.com/v1alpha1", "AutoscalingRunnerSet", { template: podTemplate() }),
      fields(template),
    ],
    [
      "FlinkDeployment.flink.apache.org",
      object("flink.apache.org/v1beta1", "FlinkDeployment", {
        podTemplate: { metadata: { labels } },
        serviceAccount: "default",
      }),
      fields(["spec.podTemplate.metadata.labels", "spec.serviceAccount"]),
    ],
  ])("of kind %s is a usage without any pod, blocked, with what to change", (kind, one, expected) => {
    const { ids, blockedBy, steps, finding } = judged([one]);
    expect(ids).toEqual([`shop/${kind}/cart`]);
    expect(blockedBy).toEqual([["foreign-controller"]]);
    expect(steps).toEqual([]);
    const args = finding("foreign-controller");
    expect(args).toMatchObject({ chain: [`${kind} shop/cart`], clientID: clientIDOf("cart") });
    expect(args).toMatchObject({ fields: expected });
  });

  it("is found from files too", () => {
    const facts = factsOfFiles([
      ...bound("shop/cart"),
      object("argoproj.io/v1alpha1", "Rollout", { template: podTemplate() }),
    ]);
    const { found, mapped } = judge(facts, decisions);
    expect(found.usages.map(one => one.id)).toEqual(["files:deploy/shop/Rollout.argoproj.io/cart"]);
    expect(found.usages[0]?.locations).toEqual([{ file: "deploy/all.yaml", line: 21 }]);
    expect(mapped.mappings[0]?.blockedBy).toContain("foreign-controller");
  });

  it("says the whole of what is needed, with the pods below it", () => {
    const { usages, finding } = judged([
      object("argoproj.io/v1alpha1", "Rollout", { template: podTemplate() }),
      workload("shop/cart-1", { kind: "ReplicaSet", metadata: owned("Rollout", "cart", "argoproj.io/v1alpha1") }),
      pod("cart-1-a", ["ReplicaSet", "cart-1", "apps/v1"], "cart"),
    ]);
    expect(usages).toMatchObject([{ pods: 1, serviceAccount: "default", bindingLabel: "cart", via: "label" }]);
    expect(finding("foreign-controller")).toEqual({
      in: "Rollout.argoproj.io shop/cart",
      chain: ["Rollout.argoproj.io shop/cart", "ReplicaSet", "Pod"],
      fields: fields(template),
      runsOnce: false,
      serviceAccount: "cart",
      clientID: clientIDOf("cart"),
      subject: "system:serviceaccount:shop:cart",
      creates: { createdFor: "Rollout/cart", insteadOf: "default" },
    });
  });

  it("keeps the account that was created for it as it was told", () => {
    const rollout = object("argoproj.io/v1alpha1", "Rollout", { template: podTemplate() });
    const made = serviceAccount("shop/cart", {
      [createdForAnnotation]: "Rollout/cart",
      [clientIDAnnotation]: clientIDOf("cart"),
    });
    const args = judged([rollout, made]).finding("foreign-controller");
    expect(args).toMatchObject({ serviceAccount: "cart", fields: fields(template) });
    expect(args).not.toHaveProperty("creates");
  });

  it("is told the proxy's annotations where the proxy was chosen", () => {
    const rollout = object("argoproj.io/v1alpha1", "Rollout", { template: podTemplate() });
    expect(judged([rollout], {}, { clientPath: "proxy" }).finding("foreign-controller")).toMatchObject({
      fields: [
        fields(template)[0],
        'spec.template.metadata.annotations["azure.workload.identity/inject-proxy-sidecar"]: "true"',
        'spec.template.metadata.annotations["azure.workload.identity/proxy-sidecar-port"]: "8000"',
        fields(template)[1],
      ],
    });
  });

  it("blocks nothing once its template lacks nothing", () => {
    const migrated = { metadata: { labels: { ...labels, [useLabel]: "true" } }, spec: { serviceAccountName: "cart" } };
    const account = serviceAccount("shop/cart", { [clientIDAnnotation]: clientIDOf("cart") });
    const { usages, blockedBy } = judged([object("argoproj.io/v1alpha1", "Rollout", { template: migrated }), account]);
    expect([usages[0]?.state, blockedBy]).toEqual(["migrated", [[]]]);
  });

  it("that takes its template from a Deployment is one usage with it, and says where to change it", () => {
    const { ids, finding } = judged([
      workload("shop/web", { label: "cart", account: "default" }),
      object("argoproj.io/v1alpha1", "Rollout", {
        workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      }),
    ]);
    expect(ids).toEqual(["shop/Rollout.argoproj.io/cart"]);
    expect(finding("foreign-controller")).toMatchObject({ in: "Deployment shop/web", fields: fields(template) });
  });

  it("that runs once and has ended needs nothing", () => {
    const run = {
      ...object("tekton.dev/v1", "TaskRun", {}, { labels }),
      status: { completionTime: "2026-01-01T00:00:00Z" },
    };
    const { usages, blockedBy } = judged([run]);
    expect(usages).toMatchObject([{ findings: ["workload-finished"] }]);
    expect(blockedBy).toEqual([]);
  });

  it("that a program makes each time is one usage for all of them, with what makes them to change", () => {
    const run = (name: string, more: object = {}) => ({
      ...object("tekton.dev/v1", "PipelineRun", {}, { labels, name, generateName: "build-" }),
      ...more,
    });
    const { ids, finding, usages } = judged([
      run("build-1", { status: { completionTime: "2026-01-01T00:00:00Z" } }),
      run("build-2"),
      object(
        "tekton.dev/v1",
        "TaskRun",
        {},
        { name: "build-2-a", labels, ...owned("PipelineRun", "build-2", "tekton.dev/v1") },
      ),
      pod("build-2-a-pod", ["TaskRun", "build-2-a", "tekton.dev/v1"], "cart"),
    ]);
    expect(ids).toEqual(["shop/PipelineRun.tekton.dev/build-*"]);
    expect(usages[0]?.pods).toBe(1);
    expect(finding("foreign-controller")).toMatchObject({
      runsOnce: true,
      chain: ["PipelineRun.tekton.dev shop/build-*", "TaskRun.tekton.dev", "Pod"],
    });
  });

  it("keeps all that its template says of the pods, but for what has another type than it must", () => {
    const [made] = podTemplatesOf(
      object("argoproj.io/v1alpha1", "Rollout", {
        template: podTemplate({
          dnsPolicy: "None",
          hostNetwork: "yes",
          securityContext: { runAsUser: 1000 },
          volumes: [{ name: "tmp", emptyDir: {} }, null],
          initContainers: [{ name: "wait", image: "wait:1", command: ["sh"], restartPolicy: "Always" }],
          containers: [
            {
              name: "app",
              image: 7,
              args: ["--fast", 7],
              ports: [{ containerPort: 8000 }],
              envFrom: [{ secretRef: { name: "db" } }],
              env: [
                { name: "KEY", valueFrom: { secretKeyRef: { name: "db", key: "key" } } },
                { name: "ODD", value: 7 },
              ],
            },
          ],
        }),
      }),
    );
    expect(made?.spec).toEqual({
      serviceAccountName: "default",
      dnsPolicy: "None",
      securityContext: { runAsUser: 1000 },
      volumes: [{ name: "tmp", emptyDir: {} }],
      initContainers: [{ name: "wait", image: "wait:1", command: ["sh"], restartPolicy: "Always", env: [] }],
      containers: [
        {
          name: "app",
          args: ["--fast"],
          ports: [{ containerPort: 8000 }],
          envFrom: [{ secretRef: { name: "db" } }],
          env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "db", key: "key" } } }, { name: "ODD" }],
        },
      ],
    });
  });

  it("survives hostile values in every field that is read", () => {
    const hostile: JsonObject[] = [
      { template: [] },
      { template: { metadata: { labels: { aadpodidbinding: 1, a: null } }, spec: { containers: [null, 1, {}] } } },
      { tasks: [{ name: 1 }, null], templates: { a: 1 }, driver: "x", workloadRef: [], podMetadata: 7 },
    ];
    for (const kind of ["Rollout", "Workflow"])
      for (const spec of hostile) expect(() => judged([object("argoproj.io/v1alpha1", kind, spec)])).not.toThrow();
    for (const spec of hostile) {
      expect(() => judged([object("batch.volcano.sh/v1alpha1", "Job", spec)])).not.toThrow();
      expect(() => judged([object("sparkoperator.k8s.io/v1beta2", "SparkApplication", spec)])).not.toThrow();
    }
  });
});

describe("pods", () => {
  it("of a known controller that was not read name it, with what to change", () => {
    const { ids, finding } = judged([pod("cart-abc", ["CloneSet", "cart", "apps.kruise.io/v1alpha1"], "cart")], {
      unknown: [{ kind: "CloneSet.apps.kruise.io", except: [] }],
    });
    expect(ids).toEqual(["shop/CloneSet.apps.kruise.io/cart"]);
    expect(finding("foreign-controller")).toMatchObject({ fields: fields(template) });
  });

  it("of an unknown controller name it, the chain, and what the pods must have", () => {
    const { ids, blockedBy, finding } = judged([
      workload("shop/cart-1", { kind: "Job", metadata: owned("Widget", "cart", "example.com/v1") }),
      pod("cart-1-a", ["Job", "cart-1", "batch/v1"], "cart"),
      pod("cart-1-b", ["Job", "cart-1", "batch/v1"], "cart"),
    ]);
    expect(ids).toEqual(["shop/Widget.example.com/cart"]);
    expect(blockedBy).toEqual([["unknown-controller"]]);
    expect(finding("unknown-controller")).toEqual({
      controller: "Widget.example.com shop/cart",
      chain: ["Widget.example.com shop/cart", "Job", "Pod"],
      fields: fields(["metadata.labels", "spec.serviceAccountName"]),
      serviceAccount: "cart",
      clientID: clientIDOf("cart"),
      subject: "system:serviceaccount:shop:cart",
      creates: { createdFor: "Widget/cart", insteadOf: "default" },
    });
  });

  it("of a controller of Kubernetes' own that cannot be listed are not guessed at", () => {
    const { ids, notChecked } = judged([pod("cart-0", ["StatefulSet", "cart", "apps/v1"], "cart")], {
      unknown: [{ kind: "StatefulSet", except: [] }],
    });
    expect(ids).toEqual(["shop/StatefulSet/cart"]);
    expect(notChecked[0]).toContain("controller-not-checked");
  });

  it("of a SparkApplication are its usage, whether they are driver or executor, up to what schedules it", () => {
    const spark = "sparkoperator.k8s.io/v1beta2";
    const { ids, finding, usages } = judged([
      pod("pi-driver", ["SparkApplication", "pi-1", spark], "cart"),
      workload("shop/pi-exec-1", { kind: "Pod", label: "cart", metadata: owned("Pod", "pi-driver", "v1") }),
      object(
        spark,
        "SparkApplication",
        { driver: { labels } },
        { name: "pi-1", ...owned("ScheduledSparkApplication", "pi", spark) },
      ),
    ]);
    expect(ids).toEqual(["shop/ScheduledSparkApplication/pi"]);
    expect(usages[0]?.pods).toBe(2);
    expect(finding("foreign-controller")).toMatchObject({
      chain: ["ScheduledSparkApplication shop/pi", "SparkApplication", "Pod", "Pod"],
      fields: [
        `spec.template.driver.labels${useKey}`,
        'spec.template.driver.serviceAccount: "pi"',
        `spec.template.executor.labels${useKey}`,
        'spec.template.executor.serviceAccount: "pi"',
      ],
    });
  });

  it.each<[string, Record<string, string>, string[]]>([
    [
      "Jenkins' Kubernetes plugin",
      { jenkins: "slave" },
      ['podTemplate yaml: metadata.labels["azure.workload.identity/use"]: "true"'],
    ],
    ["Spark", { "spark-role": "driver" }, ["--conf spark.kubernetes.driver.label.azure.workload.identity/use=true"]],
    [
      "Airflow's KubernetesExecutor",
      { kubernetes_executor: "True" },
      ['pod_template_file: metadata.labels["azure.workload.identity/use"]: "true"'],
    ],
    [
      "Airflow's KubernetesPodOperator",
      { kubernetes_pod_operator: "True" },
      ['labels={"azure.workload.identity/use": "true"}'],
    ],
    [
      "GitLab Runner",
      { "job.runner.gitlab.com/pod": "x" },
      ['config.toml [runners.kubernetes.pod_labels]: "azure.workload.identity/use" = "true"'],
    ],
    ["a program", {}, ['metadata.labels["azure.workload.identity/use"]: "true"']],
  ])("that %s makes are blocked, with what its configuration needs", (program, more, expected) => {
    const made = (name: string) =>
      workload(`shop/${name}`, {
        kind: "Pod",
        label: "cart",
        labels: more,
        account: "default",
        metadata: { generateName: "agent-" },
      });
    const { usages, blockedBy, finding } = judged([made("agent-1"), made("agent-2")]);
    expect(usages.map(one => one.pods)).toEqual([2]);
    expect(blockedBy).toEqual([["pods-made-by-program"]]);
    const args = finding("pods-made-by-program");
    expect(args).toMatchObject({ program, fields: expect.arrayContaining(expected) });
  });

  it("get an account whose name is legal, though they stand under none", () => {
    const made = (name: string) =>
      workload(`shop/${name}`, {
        kind: "Pod",
        label: "cart",
        account: "default",
        labels: { jenkins: "slave", "jenkins/label": "Shop_Build" },
      });
    const { ids, finding } = judged([made("build-1-x7z"), made("build-2-abc")]);
    expect(ids).toEqual(["shop/Pod/jenkins.Shop_Build-*"]);
    expect(finding("pods-made-by-program")).toMatchObject({
      serviceAccount: "jenkins.shop-build",
      subject: "system:serviceaccount:shop:jenkins.shop-build",
    });
  });
});
