import { useLabel } from "../workloadIdentity/workloadIdentity.ts";

/** A program that makes pods through the API, without an object that owns them: it is told by labels that only it sets. */
export interface Program {
  name: string;
  fits(labels: Readonly<Record<string, string>>): boolean;
  /** What pods of one configuration have in common; absent: the name without what makes it unique. */
  stem?(labels: Readonly<Record<string, string>>): string | undefined;
  /** What has to be written where, for the service account. */
  fields(serviceAccount: string): readonly string[];
}

const quoted = (value: string) => JSON.stringify(value);

/** Sources: the labels that each program's code or documentation names. */
export const programs: readonly Program[] = [
  {
    // providers/cncf/kubernetes, operators/pod.py:KubernetesPodOperator._build_pod_request_obj
    name: "Airflow's KubernetesPodOperator",
    fits: labels => labels.kubernetes_pod_operator === "True",
    stem: ({ dag_id, task_id }) => (dag_id === undefined || task_id === undefined ? undefined : `${dag_id}.${task_id}`),
    fields: account => [`labels={${quoted(useLabel)}: "true"}`, `service_account_name=${quoted(account)}`],
  },
  {
    // providers/cncf/kubernetes, pod_generator.py:PodGenerator.construct_pod: one template file for all tasks.
    name: "Airflow's KubernetesExecutor",
    fits: labels => labels.kubernetes_executor === "True",
    stem: () => "airflow-worker",
    fields: account => [
      `pod_template_file: metadata.labels[${quoted(useLabel)}]: "true"`,
      `pod_template_file: spec.serviceAccountName: ${quoted(account)}`,
    ],
  },
  {
    // jenkinsci/kubernetes-plugin, PodTemplateBuilder.java
    name: "Jenkins' Kubernetes plugin",
    fits: labels => labels.jenkins === "slave" || labels.jenkins === "agent" || "jenkins/label" in labels,
    // Declarative pipelines without a label of their own get JOB_BUILD-RANDOM.
    stem: labels => {
      const label = labels["jenkins/label"]?.replace(/_\d+-[a-z0-9]{5}$/, "");
      return label ? `jenkins.${label}` : undefined;
    },
    fields: account => [
      `podTemplate yaml: metadata.labels[${quoted(useLabel)}]: "true"`,
      `podTemplate yaml: spec.serviceAccountName: ${quoted(account)} (JCasC: serviceAccount)`,
    ],
  },
  {
    // apache/spark, resource-managers/kubernetes Constants.scala
    name: "Spark",
    fits: labels => labels["spark-role"] === "driver" || labels["spark-role"] === "executor",
    stem: labels => labels["spark-app-name"],
    fields: account =>
      ["driver", "executor"].flatMap(role => [
        `--conf spark.kubernetes.${role}.label.${useLabel}=true`,
        `--conf spark.kubernetes.authenticate.${role}.serviceAccountName=${account}`,
      ]),
  },
  {
    // gitlab-org/gitlab-runner, executors/kubernetes/kubernetes.go
    name: "GitLab Runner",
    fits: labels => Object.keys(labels).some(key => key.endsWith("runner.gitlab.com/pod")),
    fields: account => [
      `config.toml [runners.kubernetes.pod_labels]: ${quoted(useLabel)} = "true"`,
      `config.toml [runners.kubernetes]: service_account = ${quoted(account)}`,
    ],
  },
];

/** Of a program that nobody knows: what its pods have to have. */
export const unknownProgram: Pick<Program, "name" | "fields"> = {
  name: "a program",
  fields: account => [`metadata.labels[${quoted(useLabel)}]: "true"`, `spec.serviceAccountName: ${quoted(account)}`],
};
