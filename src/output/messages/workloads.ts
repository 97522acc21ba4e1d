import type { WorkloadsFindings } from "../../core/findings/workloads.ts";
import { text } from "../escape.ts";
import type { Messages } from "./message.ts";

/** What is told of workloads and how they take a change. */
export const workloadsMessages: Pick<Messages, keyof WorkloadsFindings> = {
  "job-immutable": {
    title: "The template of a Job cannot be changed",
    explain: () =>
      "Kubernetes does not allow changes to a Job's pod template. Delete the Job and create it again from its changed manifest, when a new run does no harm.",
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
  "rollout-paused": {
    title: "The rollout is paused",
    explain: () =>
      "spec.paused is true, so a changed template would not reach any pod. Resume it first: kubectl rollout resume.",
  },
  "client-id-in-template": {
    title: "The template names another client id",
    explain: ({ clientID, expected }) =>
      `A container of the template sets AZURE_CLIENT_ID to ${text(clientID)}, which the webhook leaves alone, while pod identity gives the pods ${text(expected)}. Take the variable out of the template, or set it to the identity that is meant.`,
  },
};
