import type { NamedOwner, OwnedFields, OwnershipFindings } from "../../core/findings/ownership.ts";
import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** What is told of who writes an object. */
export const ownershipMessages: Pick<Messages, keyof OwnershipFindings> = {
  "object-owned": {
    title: "Another tool writes this object: change it in its source",
    explain: args =>
      `It belongs to ${withEvidence(args)}. Make this change in its source once the live steps before it are applied; apply leaves it alone, and goes on when it has got into the cluster.${fate(args, "A change made in the cluster (--live)")}`,
  },
  "object-controlled": {
    title: "A controller makes this object: change what it makes it from",
    explain: args =>
      `It is made by ${withEvidence(args)}, which would make it anew or put it back. Change it where that reads its settings from, so that it comes out as shown; then plan again.${fate(args, "A change made in the cluster (--live)")}`,
  },
  "owned-object-patched": {
    title: "Patched in the cluster although another tool writes it",
    explain: args =>
      `It belongs to ${withEvidence(args)}, and is patched in the cluster because that was decided (--live).${fate(args, "The change")}${whenPutBack(args)} Make it in the source too.`,
  },
  "owner-suspended": {
    title: "The owner is suspended",
    explain: args =>
      `${withEvidence(args)} is suspended: what changes in its source does not reach the cluster until it is resumed${command(args, "resume")}.`,
  },
  "owner-leaves-object-alone": {
    title: "Its owner leaves this object alone",
    explain: ({ tool, annotation }) =>
      `${toolName(tool)} does not write it while it has the ${text(annotation)}, so a change of its source would not get here: it is patched in the cluster. Make the change in the source too, before the annotation goes.`,
  },
  "field-set-by-hand": {
    title: "Set by hand or by a script",
    explain: ({ fields, manager }) =>
      `${listed(fields)} ${fields.length === 1 ? "was" : "were"} last set by ${text(manager)}. Where a manifest or a script is behind it, the old value comes back when that is applied again: change it there too.`,
  },
  "owner-not-checked": {
    title: "Whether Argo CD writes this object is unknown",
    explain: ({ label }) =>
      `It has the label ${text(label)}, by which Argo CD may track it and which Helm charts set too, but neither Applications nor the object's managedFields could be read. Plan again with the right to list applications.argoproj.io, or with --live if nothing puts it back.`,
  },
};

const toolNames: Readonly<Record<string, string>> = {
  argocd: "Argo CD",
  flux: "Flux",
  helm: "Helm",
  kustomize: "kustomize",
  terraform: "Terraform",
  pulumi: "Pulumi",
  kapp: "kapp",
  fleet: "Rancher Fleet",
  configsync: "Config Sync",
  octopus: "Octopus Deploy",
  addon: "AKS or one of its add-ons",
  operator: "a controller",
};

function toolName(tool: string): string {
  return Object.hasOwn(toolNames, tool) ? (toolNames[tool] ?? "") : text(tool);
}

/** `Flux (Kustomization flux-system/shop; label ...)`. */
function withEvidence({ tool, kind, namespace, name, evidence }: NamedOwner): string {
  const object = kind !== undefined && name !== undefined ? `${kind} ${namespace ? `${namespace}/` : ""}${name}` : "";
  if (tool === "operator" && object !== "") return `${text(object)} (${text(evidence)})`;
  return `${toolName(tool)} (${object === "" ? "" : `${text(object)}; `}${text(evidence)})`;
}

/** What becomes of each field, as far as one can tell. */
function fate({ sets, adds, unclear }: OwnedFields, what: string): string {
  const parts = [
    sets.length > 0 ? `is put back at ${listed(sets)}, which the owner sets` : "",
    adds.length > 0 ? `stays at ${listed(adds)}, which the owner does not set` : "",
    unclear.length > 0 ? `may be put back at ${listed(unclear)}` : "",
  ].filter(part => part !== "");
  return parts.length === 0 ? "" : ` ${what} ${parts.join("; it ")}.`;
}

function whenPutBack(args: OwnershipFindings["owned-object-patched"]): string {
  const { sets, unclear, when } = args;
  if (sets.length + unclear.length === 0) return "";
  const times = {
    atOnce: "within seconds or minutes",
    nextChange: "when its source changes the next time",
    nextSync: "when somebody syncs it the next time",
    nextRun: "when somebody runs it the next time",
    resumed: "as soon as it is resumed",
    unknown: "at a time that cannot be told from here",
  };
  const time = Object.hasOwn(times, when) ? times[when] : times.unknown;
  return ` That happens ${time}${when === "nextRun" || when === "resumed" ? "" : command(args, "pause")}.`;
}

/** The command that pauses or resumes an owner. A name that a shell might read as more than a name gives none. */
function command({ tool, kind, namespace, name }: NamedOwner, what: "pause" | "resume"): string {
  if (![namespace ?? "x", name ?? ""].every(one => /^[A-Za-z0-9][-A-Za-z0-9.]*$/.test(one))) return "";
  if (tool === "argocd" && what === "pause") {
    const app = namespace === undefined || namespace === "argocd" ? name : `${namespace}/${name}`;
    return `; pause it with: argocd app set ${app} --sync-policy none`;
  }
  const flux = new Map([
    ["Kustomization", "kustomization"],
    ["HelmRelease", "helmrelease"],
  ]).get(kind ?? "");
  if (tool !== "flux" || flux === undefined) return "";
  const where = namespace === undefined ? "" : ` -n ${namespace}`;
  return what === "pause"
    ? `; pause it with: flux suspend ${flux} ${name}${where}`
    : ` (flux resume ${flux} ${name}${where})`;
}
