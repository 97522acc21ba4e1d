import type { WorkloadsFindings } from "../../core/findings/workloads.ts";
import type { Page } from "./page.ts";

const kubernetes = "https://kubernetes.io/docs/concepts/workloads";
const tasks = "https://kubernetes.io/docs/tasks";
const mic = "Azure/aad-pod-identity v1.8.17, pkg/mic/mic.go:createDesiredAssignedIdentityList";
const podClient = "Azure/aad-pod-identity v1.8.17, pkg/pod/pod.go:GetPods";
const webhook = "Azure/azure-workload-identity v1.6.0, pkg/webhook/webhook.go:Handle";
const prepare = "First prepare the service account and the federated credential, then change the named fields.";

export const workloadsPages: Record<keyof WorkloadsFindings, Page> = {
  "job-immutable": {
    what: "The workload is a Job that has not ended.",
    why: "Kubernetes refuses every change of a Job's pod template, so the Job cannot be switched in place.",
    todo: "Let it end, or delete it and create it again from its changed manifest when a new run does no harm.",
    source: "kubernetes/kubernetes, pkg/apis/batch/validation/validation.go:ValidateJobUpdate",
  },
  "pod-not-managed": {
    what: "The workload is a pod that no controller made.",
    why: "The service account of a pod cannot be changed while it lives, and nothing makes it again when it is deleted.",
    todo: "Delete it and create it again from its changed manifest, better as a Deployment.",
    source: `${kubernetes}/pods/#pod-update-and-replacement`,
  },
  "pods-do-not-roll": {
    what: "The workload leaves its running pods alone when its template changes: a ReplicaSet, a ReplicationController, or an update strategy OnDelete.",
    why: "The patch is accepted, and every pod that runs goes on with pod identity until it is deleted.",
    todo: "After the switch delete the pods one at a time, and wait for each new one to be ready.",
    source: `${tasks}/manage-daemon/update-daemon-set/`,
  },
  "pods-need-restart": {
    what: "The template selects the webhook already, and its service account is to be changed.",
    why: "The webhook writes what the account says into a pod when that is made. A changed account restarts nothing, and this tool changes no template that is as it should be.",
    todo: "Restart the workload after stage prepare, then look with verify.",
    source: webhook,
  },
  "rollout-paused": {
    what: "spec.paused of the Deployment is true.",
    why: "A changed template would reach no pod, and the rollout would never end.",
    todo: "Resume it with kubectl rollout resume, and plan again.",
    source: `${kubernetes}/controllers/deployment/#pausing-and-resuming-a-deployment`,
  },
  "rollout-partitioned": {
    what: "The update strategy of the StatefulSet has a partition above 0.",
    why: "Only pods with that ordinal or a higher one get the changed template; the others go on with pod identity.",
    todo: "Lower the partition step by step, to 0 in the end.",
    source: `${kubernetes}/controllers/statefulset/#partitions`,
  },
  "client-id-in-template": {
    what: "A container of the template sets AZURE_CLIENT_ID to another identity than pod identity gives the pods.",
    why: "The webhook leaves a variable alone that is there already, so the pods would ask for tokens of somebody else.",
    todo: "Take the variable out of the template, or set it to the identity that is meant.",
    source: `${webhook.replace("Handle", "addEnvironmentVariables")}`,
  },
  "workload-finished": {
    what: "A Job, a pod or a run of another controller has ended.",
    why: "No pod is made of it again, so nothing of it needs a change. MIC counts ended pods as users all the same.",
    todo: "Change what makes the next one, and delete this one before the cleanup.",
    source: podClient,
  },
  "workload-terminating": {
    what: "The object has a deletion timestamp.",
    why: "It is going away with its pods; a change of it would reach nobody.",
    todo: "Look again when it is gone. If it does not go, a finalizer holds it back.",
    source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/",
  },
  "workload-suspended": {
    what: "spec.suspend of the Job or CronJob is true.",
    why: "It makes no pods, so nothing shows whether they would get tokens after the switch.",
    todo: "Watch its first run when it is resumed, or run one Job of the template by hand.",
    source: `${kubernetes}/controllers/cron-jobs/#schedule-suspension`,
  },
  "no-replicas": {
    what: "The workload is scaled to zero.",
    why: "The switch disturbs nobody, but it proves nothing either: no pod has asked for a token.",
    todo: "Watch its first pod when it is scaled up.",
    source: "kubernetes/kubectl, pkg/polymorphichelpers/rollout_status.go: a rollout of no replicas is complete",
  },
  "static-pod": {
    what: "The kubelet runs the pod from a file of its node; the API shows a copy.",
    why: "Static pods cannot refer to a service account, so they can have none of its tokens.",
    todo: "Run it as a DaemonSet or a Deployment, or give it its credentials in another way.",
    source: `${tasks}/configure-pod-container/static-pod/`,
  },
  "foreign-controller": {
    what: "The pods are made by an object of another project: an Argo Rollout, a Tekton run, a SparkApplication, a Knative Service and the like.",
    why: "How such an object rolls, and who writes it, is its controller's business; the tool says what to change and does not change it.",
    todo: `${prepare} A run keeps what it was made with, so what makes it is changed.`,
    source: "azwi-migrate: src/core/foreignControllers.ts, after each project's API types",
  },
  "unknown-controller": {
    what: "The pods are controlled by an object of a kind that the tool does not know.",
    why: "Where its pod templates are is not known, so only what its pods must have in the end can be said.",
    todo: `${prepare} The controller's documentation says how its pods get labels and a service account.`,
    source: webhook,
  },
  "pods-made-by-program": {
    what: "No object owns the pods: a program such as Jenkins, Airflow or spark-submit makes each of them through the API.",
    why: "There is no template in the cluster to change; the next pods are made as the program's configuration says.",
    todo: `${prepare} They are in the program's configuration or in the code that uses it.`,
    source: "azwi-migrate: src/core/workloads/programs.ts, after the labels that each program sets",
  },
  "controller-not-checked": {
    what: "The owner references of the pods name a controller of a kind that could not be listed.",
    why: "What would have to be changed was not seen, and is not guessed from the pods.",
    todo: "Plan again with the right to list that kind.",
    source: "azwi-migrate: what could not be read is never guessed",
  },
  "label-differs-on-pods": {
    what: "Running pods carry another aadpodidbinding label than the template of their workload, or one where it has none.",
    why: "MIC and NMI go by the pods, so they use pod identity today; the next rollout, also that of a switch, makes pods of the template. Which of the two is meant only people know.",
    todo: "Write into the template what is meant, or take the label off the pods, and plan again.",
    source: mic,
  },
  "label-missing-on-pods": {
    what: "Running pods lack the aadpodidbinding label that the template of their workload has.",
    why: "They get no identity today, and every pod gets one with the next rollout.",
    todo: "See to it that this is meant before the switch.",
    source: mic,
  },
  "label-in-wrong-place": {
    what: "aadpodidbinding stands on the workload itself or among annotations, and not in the labels of its pod template.",
    why: "MIC and NMI read labels of pods alone, so pod identity has never worked by it.",
    todo: "Take it out, or put it into the labels of the pod template if an identity was meant.",
    source: podClient,
  },
  "label-misspelt": {
    what: "A label or annotation looks like aadpodidbinding and is spelt in another way.",
    why: "The key counts in this spelling alone, in lower case, so pod identity gives the pods nothing by it.",
    todo: "Take it out, or correct it if an identity was meant.",
    source: podClient,
  },
};
