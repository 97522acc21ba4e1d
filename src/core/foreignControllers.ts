import { valueAt } from "./changes/change.ts";
import { ranOut } from "./foreignControllers/finished.ts";
import { eachOf, type PodPlace, templateAt, templateIn } from "./foreignControllers/podPlace.ts";
import type { ReadKind } from "./kinds.ts";
import { type KubernetesObject, kindKey, type PodTemplate, podTemplateOf } from "./kubernetes.ts";

/** A kind beside Kubernetes' own whose objects make pods, at once or through other objects. */
export interface ForeignController extends ReadKind {
  /** Where its objects say what their pods are made of. */
  places(object: KubernetesObject): readonly PodPlace[];
  /** An object that runs once: it cannot be changed, only what makes it. */
  run?: { isFinished(object: KubernetesObject): boolean };
  /** What else has to be changed, outside of the object. */
  elsewhere?(serviceAccount: string): readonly string[];
}

const template = () => [templateAt("spec", "template")];
const status = ["status.phase", "status.conditions", "status.completionTime"];

/** SparkApplicationSpec of kubeflow/spark-operator, api/v1beta2/sparkapplication_types.go */
function sparkPlaces(...spec: string[]): PodPlace[] {
  return ["driver", "executor"].map(role => ({
    labels: [...spec, role, "labels"],
    annotations: [...spec, role, "annotations"],
    serviceAccount: [[...spec, role, "serviceAccount"]],
    spec: [...spec, role],
    properties: { path: [...spec, "sparkConf"], prefix: `spark.kubernetes.${role}.label.` },
  }));
}

/** WorkflowSpec of argoproj/argo-workflows, pkg/apis/workflow/v1alpha1/workflow_types.go: each template may differ from the whole. */
function workflowPlaces(object: KubernetesObject, ...spec: string[]): PodPlace[] {
  const whole: PodPlace = {
    labels: [...spec, "podMetadata", "labels"],
    annotations: [...spec, "podMetadata", "annotations"],
    serviceAccount: [[...spec, "serviceAccountName"]],
    spec: [...spec],
  };
  const own = eachOf(object, [...spec, "templates"], "name", item => ({
    labels: [...item, "metadata", "labels"],
    annotations: [...item, "metadata", "annotations"],
    serviceAccount: [[...item, "serviceAccountName"]],
    spec: item,
    inherits: whole,
  }));
  return [whole, ...own];
}

/** Labels and annotations of Tekton's objects go down to their pods (tektoncd/pipeline, docs/labels.md). */
const tektonPlace = (...serviceAccount: string[][]): PodPlace => ({
  labels: ["metadata", "labels"],
  annotations: ["metadata", "annotations"],
  serviceAccount,
});

const argo = { group: "argoproj.io", namespaced: true } as const;
const kruise = { group: "apps.kruise.io", namespaced: true } as const;
const knative = { group: "serving.knative.dev", namespaced: true } as const;
const tekton = { group: "tekton.dev", namespaced: true } as const;
const spark = { group: "sparkoperator.k8s.io", namespaced: true } as const;

/** Controllers beside Kubernetes' own, with where their pod templates are and what to change for workload identity. */
export const foreignControllerKinds: readonly ForeignController[] = [
  { ...argo, kind: "Rollout", plural: "rollouts", places: template },
  {
    ...argo,
    kind: "Workflow",
    plural: "workflows",
    fields: ["spec", "status.phase"],
    places: object => workflowPlaces(object, "spec"),
    run: { isFinished: ranOut(["status", "phase"], "Succeeded", "Failed", "Error") },
  },
  {
    ...argo,
    kind: "CronWorkflow",
    plural: "cronworkflows",
    places: one => workflowPlaces(one, "spec", "workflowSpec"),
  },
  { ...argo, kind: "WorkflowTemplate", plural: "workflowtemplates", places: one => workflowPlaces(one, "spec") },
  {
    ...tekton,
    kind: "TaskRun",
    plural: "taskruns",
    fields: ["spec", ...status],
    places: () => [tektonPlace(["spec", "serviceAccountName"])],
    run: { isFinished: ranOut(["status", "completionTime"]) },
  },
  {
    ...tekton,
    kind: "PipelineRun",
    plural: "pipelineruns",
    fields: ["spec", ...status],
    // v1 has the first, v1beta1 the second.
    places: ({ apiVersion }) => [
      tektonPlace(
        apiVersion.endsWith("/v1beta1")
          ? ["spec", "serviceAccountName"]
          : ["spec", "taskRunTemplate", "serviceAccountName"],
      ),
    ],
    run: { isFinished: ranOut(["status", "completionTime"]) },
  },
  {
    ...tekton,
    kind: "Task",
    plural: "tasks",
    places: () => [tektonPlace()],
    elsewhere: account => [
      `spec.serviceAccountName: "${account}" in its TaskRuns`,
      `spec.taskRunTemplate.serviceAccountName: "${account}" in PipelineRuns`,
    ],
  },
  {
    ...tekton,
    kind: "Pipeline",
    plural: "pipelines",
    places: () => [tektonPlace()],
    elsewhere: account => [`spec.taskRunTemplate.serviceAccountName: "${account}" in its PipelineRuns`],
  },
  {
    ...spark,
    kind: "SparkApplication",
    plural: "sparkapplications",
    fields: ["spec", "status.applicationState"],
    places: () => sparkPlaces("spec"),
    run: { isFinished: ranOut(["status", "applicationState", "state"], "COMPLETED", "FAILED") },
  },
  {
    ...spark,
    kind: "ScheduledSparkApplication",
    plural: "scheduledsparkapplications",
    places: () => sparkPlaces("spec", "template"),
  },
  { ...knative, kind: "Service", plural: "services", places: template },
  { ...knative, kind: "Configuration", plural: "configurations", places: template },
  {
    ...knative,
    kind: "Revision",
    plural: "revisions",
    places: () => [
      {
        labels: ["metadata", "labels"],
        annotations: ["metadata", "annotations"],
        serviceAccount: [["spec", "serviceAccountName"]],
        spec: ["spec"],
      },
    ],
  },
  { ...kruise, kind: "CloneSet", plural: "clonesets", places: template },
  { ...kruise, kind: "StatefulSet", plural: "statefulsets", places: template },
  { ...kruise, kind: "DaemonSet", plural: "daemonsets", places: template },
  { ...kruise, kind: "BroadcastJob", plural: "broadcastjobs", places: template },
  {
    ...kruise,
    kind: "AdvancedCronJob",
    plural: "advancedcronjobs",
    places: object =>
      presentOf(object, ["jobTemplate", "broadcastJobTemplate"], kind => [
        "spec",
        "template",
        kind,
        "spec",
        "template",
      ]),
  },
  {
    ...kruise,
    kind: "UnitedDeployment",
    plural: "uniteddeployments",
    places: object =>
      presentOf(
        object,
        ["statefulSetTemplate", "advancedStatefulSetTemplate", "cloneSetTemplate", "deploymentTemplate"],
        kind => ["spec", "template", kind, "spec", "template"],
      ),
  },
  {
    group: "batch.volcano.sh",
    kind: "Job",
    plural: "jobs",
    namespaced: true,
    fields: ["spec", "status.state"],
    places: object => eachOf(object, ["spec", "tasks"], "name", item => templateAt(...item, "template")),
    run: { isFinished: ranOut(["status", "state", "phase"], "Completed", "Failed", "Aborted", "Terminated") },
  },
  {
    group: "keda.sh",
    kind: "ScaledJob",
    plural: "scaledjobs",
    namespaced: true,
    places: () => [templateAt("spec", "jobTargetRef", "template")],
  },
  {
    group: "actions.github.com",
    kind: "AutoscalingRunnerSet",
    plural: "autoscalingrunnersets",
    namespaced: true,
    places: template,
  },
  {
    group: "flink.apache.org",
    kind: "FlinkDeployment",
    plural: "flinkdeployments",
    namespaced: true,
    places: () => [{ ...templateAt("spec", "podTemplate"), serviceAccount: [["spec", "serviceAccount"]] }],
  },
];

const byKey: ReadonlyMap<string, ForeignController> = new Map(
  foreignControllerKinds.map(one => [kindKey({ apiVersion: `${one.group}/v1`, kind: one.kind }), one]),
);

/** The table's entry for this kind, in whatever version of its group. */
export function foreignControllerOf(object: { apiVersion: string; kind: string }): ForeignController | undefined {
  return byKey.get(kindKey(object));
}

/** What the object's pods are made from, as far as it says so itself: in its one template, or in a foreign kind's places. */
export function podTemplatesOf(object: KubernetesObject): PodTemplate[] {
  const template = podTemplateOf(object);
  if (template) return [template];
  return (foreignControllerOf(object)?.places(object) ?? []).flatMap(place => templateIn(object, place) ?? []);
}

/** Those of the alternatives that the object has; all of them where it was not read. */
function presentOf(
  object: KubernetesObject,
  alternatives: readonly string[],
  path: (alternative: string) => string[],
): PodPlace[] {
  const present = alternatives.filter(one => valueAt(object, path(one)) !== undefined);
  return (present.length === 0 ? alternatives : present).map(one => templateAt(...path(one)));
}
