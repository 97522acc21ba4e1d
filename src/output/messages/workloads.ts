import type { WorkloadsFindings } from "../../core/findings/workloads.ts";
import { shell, text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** The kinds that kubectl rollout restart knows. */
const restarted: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/** What has to be there first, and what to write then. Nothing is cut: people copy it. */
function toDo(
  {
    serviceAccount,
    clientID,
    subject,
    fields,
    creates,
  }:
    | WorkloadsFindings["unknown-controller"]
    | WorkloadsFindings["foreign-controller"]
    | WorkloadsFindings["pods-made-by-program"],
  where: string,
): string {
  const annotation = `azure.workload.identity/client-id: ${text(clientID)}`;
  const account = creates
    ? `create service account ${text(serviceAccount)} with the annotations ${annotation} and azwi-migrate.dev/created-for: ${text(creates.createdFor)}${withSettingsOf(creates.insteadOf)}, and give the identity`
    : `give service account ${text(serviceAccount)} the annotation ${annotation}, and the identity`;
  const first = `First ${account} a federated credential for ${text(subject)}.`;
  return fields.length === 0 ? first : `${first} Then change ${where}: ${fields.map(text).join("; ")}.`;
}

function withSettingsOf(insteadOf: string | undefined): string {
  return insteadOf === undefined
    ? ""
    : `, with the role bindings, imagePullSecrets and automountServiceAccountToken of ${text(insteadOf)}`;
}

const since: Readonly<Record<WorkloadsFindings["label-differs-on-pods"]["since"], string>> = {
  olderTemplate: "These pods come from an older template, so a rollout is not through yet.",
  byHand: "Somebody has changed it on the pods by hand, or an admission policy does.",
  unknown: "Somebody has changed it on the pods, or they come from an older template.",
};

/** What is told of workloads and how they take a change. */
export const workloadsMessages: Pick<Messages, keyof WorkloadsFindings> = {
  "job-immutable": {
    title: "The template of a Job cannot be changed",
    explain: () =>
      "Kubernetes does not allow changes to a Job's pod template. Delete the Job and create it again from its changed manifest, when a new run does no harm; if it ends soon, let it end and change the manifest for the next run.",
  },
  "pod-not-managed": {
    title: "A pod that nothing recreates",
    explain: () =>
      "No controller made this pod, and its service account cannot be changed while it lives. Delete it and create it again from its changed manifest.",
  },
  "pods-do-not-roll": {
    title: "Pods are not replaced by themselves",
    explain: ({ kind }) =>
      `A changed template of this ${text(kind)} counts for new pods only. Delete the running pods one at a time, and wait for each new one to be ready.`,
  },
  "pods-need-restart": {
    title: "Pods that run keep what they were made with",
    explain: ({ serviceAccount, kind, namespace, name }) =>
      `The webhook changes its new pods already, and ServiceAccount ${text(serviceAccount)} changes: pods that run do not hear of that. Once the account is written restart them: ${restarted.has(kind) ? `kubectl rollout restart ${kind.toLowerCase()}/${shell(name)} -n ${shell(namespace)}` : "delete the pods one at a time"}; verify tells when all are right.`,
  },
  "rollout-paused": {
    title: "The rollout is paused",
    explain: () =>
      "spec.paused is true, so a changed template would not reach any pod. Resume it first: kubectl rollout resume.",
  },
  "rollout-partitioned": {
    title: "A part of the pods keeps the old template",
    explain: ({ partition }) =>
      `spec.updateStrategy.rollingUpdate.partition is ${partition}, so only pods with that ordinal or a higher one get the changed template. Lower it, to 0 in the end, and look at the pods after each step.`,
  },
  "client-id-in-template": {
    title: "The template names another client id",
    explain: ({ clientID, expected }) =>
      `A container of the template sets AZURE_CLIENT_ID to ${text(clientID)}, which the webhook leaves alone, while pod identity gives the pods ${text(expected)}. Take the variable out of the template, or set it to the identity that is meant.`,
  },
  "workload-finished": {
    title: "It has ended and needs no change",
    explain: ({ kind }) =>
      `This ${text(kind)} has run to its end, and no pod is made of it again. Change the manifest or the program that made it, if it is made again, and delete this one before the cleanup: MIC counts its pods as long as they are there.`,
  },
  "workload-terminating": {
    title: "It is being deleted",
    explain: ({ kind }) =>
      `This ${text(kind)} is being deleted, so nothing of it is changed. Look again when it is gone.`,
  },
  "workload-suspended": {
    title: "It is suspended",
    explain: ({ kind }) =>
      `spec.suspend of this ${text(kind)} is true: it makes no pods, so that nothing shows after the switch whether they get tokens. Watch its first run when it is resumed.`,
  },
  "no-replicas": {
    title: "It is scaled to zero",
    explain: ({ kind }) =>
      `This ${text(kind)} has no pods, so the switch disturbs nobody and proves nothing. Watch its first pod when it is scaled up.`,
  },
  "static-pod": {
    title: "A static pod cannot have a service account token",
    explain: () =>
      "The kubelet runs this pod from a file of its node, without a service account, so workload identity cannot reach it. Run it as a DaemonSet or a Deployment, or give it its credentials in another way.",
  },
  "foreign-controller": {
    title: "A controller of another project makes the pods",
    explain: ({ in: object, chain, runsOnce, ...wanted }) =>
      `The pods are made by ${text(chain.join(" > "))}, which the tool does not change. ` +
      toDo(
        wanted as WorkloadsFindings["foreign-controller"],
        runsOnce ? `what makes ${text(object)}, since a run keeps what it was made with` : text(object),
      ),
  },
  "unknown-controller": {
    title: "A controller that the tool does not know makes the pods",
    explain: ({ controller, chain, ...wanted }) =>
      `The pods are made by ${text(chain.join(" > "))}, and how its templates are changed is not known here. ` +
      toDo(
        { controller, chain, ...wanted },
        `${text(controller)}, or what writes it, as its documentation says, until its pods have`,
      ),
  },
  "pods-made-by-program": {
    title: "A program makes these pods",
    explain: ({ program, ...wanted }) =>
      `No object of the cluster owns these pods: ${text(program)} makes each of them through the API. ` +
      toDo({ program, ...wanted }, "what it makes them from"),
  },
  "controller-not-checked": {
    title: "The controller of the pods cannot be read",
    explain: ({ controller, kind }) =>
      `${text(controller)} makes the pods, but ${text(kind)} objects cannot be listed, so what would have to be changed is not known. Plan again with the right to list them.`,
  },
  "label-differs-on-pods": {
    title: "Pods have another aadpodidbinding label than their template",
    explain: args =>
      `Running pods have the label ${listed(args.onPods)}, their template ${args.inTemplate.length === 0 ? "has none" : `has ${listed(args.inTemplate)}`}: pod identity goes by the pods, and the next rollout makes pods of the template. ${since[args.since]} ` +
      "Write into the template what is meant, or take it off the pods, and plan again.",
  },
  "label-missing-on-pods": {
    title: "Pods lack the aadpodidbinding label of their template",
    explain: args =>
      `The template has the label ${listed(args.inTemplate)}, but running pods do not, and get no identity by it. ${since[args.since]} The next rollout, so also the switch, gives every pod the identity: say so if some are not to have it.`,
  },
  "label-in-wrong-place": {
    title: "The aadpodidbinding label is where nobody reads it",
    explain: ({ place, value }) =>
      `aadpodidbinding: ${text(value)} stands in ${text(place)}, but only a label of the pods counts, so pod identity gives these pods nothing by it. Nothing is to be migrated; take it out, or put it into the labels of the pod template if an identity was meant.`,
  },
  "label-misspelt": {
    title: "A label that looks like aadpodidbinding",
    explain: ({ key, place, value }) =>
      `${text(key)}: ${text(value)} in ${text(place)} is not the label aadpodidbinding, which counts in this spelling alone, so pod identity gives these pods nothing by it. Take it out, or correct it if an identity was meant.`,
  },
};
