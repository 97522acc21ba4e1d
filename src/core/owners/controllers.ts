import { kindKey, type OwnerReference } from "../kubernetes.ts";
import type { FoundObject, Owner } from "../model.ts";
import { type Asked, type Evidence, noted } from "./owner.ts";

/** The controller at the top of the chain of owners, as far as its links were read: it is the one whose resource people wrote. */
export const madeByController: Evidence = asked => {
  const controller = asked.object.metadata.ownerReferences?.find(one => one.controller === true);
  if (!controller) return undefined;
  const chain = [controller];
  // No chain is that long; one that leads back to itself is nobody's mistake to hang on.
  for (let hop = 0; hop < 10; hop++) {
    const next = find(asked, chain.at(-1))?.object.metadata.ownerReferences?.find(one => one.controller === true);
    if (!next || chain.some(one => one.kind === next.kind && one.name === next.name)) break;
    chain.push(next);
  }
  const top = chain.at(-1) ?? controller;
  const links = chain.map(({ kind, name }) => `${kind} ${name}`);
  return { ...operator(asked, top), evidence: `controlled by ${links.join(", which is controlled by ")}` };
};

/** An owner that does not control still makes its objects, as those of OLM and Azure Fleet Manager do. */
export const madeByOwner: Evidence = asked => {
  const [owner] = asked.object.metadata.ownerReferences ?? [];
  return owner && { ...operator(asked, owner), evidence: `owned by ${owner.kind} ${owner.name}` };
};

/** AKS and its add-ons put their objects back; with mode EnsureExists only when they are gone, but an upgrade replaces them. */
export const madeByAddon: Evidence = ({ labels }) => {
  for (const key of ["addonmanager.kubernetes.io/mode", "kubernetes.azure.com/managedby"]) {
    const value = labels[key];
    if (value !== undefined) return { tool: "addon", evidence: noted("label", key, value) };
  }
  return undefined;
};

/** OLM labels what it makes for a ClusterServiceVersion. */
export const madeByOLM: Evidence = ({ labels }) => {
  const name = labels["olm.owner"];
  if (name === undefined) return undefined;
  const namespace = labels["olm.owner.namespace"];
  const kind = labels["olm.owner.kind"] ?? "ClusterServiceVersion";
  const where = namespace === undefined ? {} : { namespace };
  return { tool: "operator", kind, ...where, name, evidence: noted("label", "olm.owner", name) };
};

/**
 * Rancher's controllers note the resource that they make an object for (rancher/wrangler pkg/apply/desiredset.go); Fleet, which
 * deploys from Git, notes a bundle and no owner.
 */
export const appliedByRancher: Evidence = ({ annotations }) => {
  const prefix = "objectset.rio.cattle.io";
  const [id, gvk, name] = ["id", "owner-gvk", "owner-name"].map(key => annotations[`${prefix}/${key}`]);
  if (gvk !== undefined && !gvk.startsWith("fleet.cattle.io/")) {
    const kind = /Kind=(\S+)/.exec(gvk)?.[1];
    const evidence = noted("annotation", `${prefix}/owner-gvk`, gvk);
    return { tool: "operator", ...(kind === undefined || !name ? {} : { kind, name }), evidence };
  }
  return id === undefined ? undefined : { tool: "fleet", evidence: noted("annotation", `${prefix}/id`, id) };
};

function operator({ ref }: Asked, { kind, name }: OwnerReference): Owner {
  // An owner is of the object's namespace, or of none: which of the two a reference does not say.
  const where = ref.namespace === undefined ? {} : { namespace: ref.namespace };
  return { tool: "operator", kind, ...where, name, evidence: "" };
}

function find({ facts, ref }: Asked, owner: OwnerReference | undefined): FoundObject | undefined {
  if (!owner) return undefined;
  const kind = kindKey(owner);
  return (
    facts.objects.find(ref.source, kind, ref.namespace, owner.name) ??
    facts.objects.find(ref.source, kind, undefined, owner.name)
  );
}
