import { describe, expect, it } from "vitest";
import type { JsonObject, KubernetesObject } from "../../../src/core/kubernetes.ts";
import { matchingModes } from "../../../src/core/podIdentity/installation.ts";
import { find } from "../../../src/core/usages.ts";
import { azureIdentity, binding, bound, clientIDOf, decisions, factsOf, owned, workload } from "../factories.ts";

const noon = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 12, minutes)).toISOString().replace(".000", "");

interface PodOptions {
  owner?: [kind: string, name: string];
  label?: string;
  node?: string;
  phase?: string;
  created?: string;
  conditions?: JsonObject[];
  deleted?: string;
}

function pod(name: string, about: PodOptions = {}): KubernetesObject {
  const { owner = ["Deployment", "cart"], label = "cart", node = "node-1", phase = "Running", conditions } = about;
  const times = {
    ...(about.created === undefined ? { creationTimestamp: noon(0) } : { creationTimestamp: about.created }),
    ...(about.deleted === undefined ? {} : { deletionTimestamp: about.deleted }),
  };
  return {
    ...workload(`shop/${name}`, {
      kind: "Pod",
      label,
      podSpec: node === "" ? {} : { nodeName: node },
      metadata: { ...owned(...owner), ...times },
    }),
    status: { phase, ...(conditions ? { conditions } : {}) },
  };
}

/** As MIC v1.8.17 writes it. */
function assigned(
  podName: string,
  identity: string,
  { state = "Assigned", spec = {}, namespace = "shop" }: { state?: string; spec?: JsonObject; namespace?: string } = {},
): KubernetesObject {
  const embedded = azureIdentity(`${namespace}/${identity}`, spec);
  return {
    apiVersion: "aadpodidentity.k8s.io/v1",
    kind: "AzureAssignedIdentity",
    metadata: { name: `${podName}-shop-${identity}`, namespace: "default", creationTimestamp: noon(30) },
    spec: {
      pod: podName,
      podNamespace: "shop",
      nodename: "node-1",
      azureIdentityRef: embedded as unknown as JsonObject,
    },
    ...(state === "" ? {} : { status: { status: state } }),
  };
}

const cart = workload("shop/cart", { label: "cart" });
const codes = ["assignment-differs", "finished-pods-hold-identity"];
const told = (objects: readonly KubernetesObject[], options: Parameters<typeof factsOf>[1] = {}) =>
  find(factsOf([...bound("shop/cart"), cart, ...objects], options), decisions)
    .findings.filter(one => codes.includes(one.code))
    .map(one => [one.code, `${one.subject?.kind} ${one.subject?.name}`, one.args]);
const named = (name: string) => `shop/${name} (${clientIDOf(name)})`;
const differs = (args: object) => [["assignment-differs", "Deployment cart", args]];

describe("what MIC has assigned", () => {
  it("is as expected where each pod has what its bindings give", () => {
    expect(told([pod("a"), pod("b"), assigned("a", "cart"), assigned("b", "cart")])).toEqual([]);
    expect(told([pod("a"), assigned("a", "cart", { state: "" })])).toEqual([]);
  });

  it("is as expected across namespaces where NMI alone keeps to the pod's: it drops that, and MIC has done its part", () => {
    const elsewhere = [azureIdentity("bank/till"), binding("bank/till", { selector: "cart" })];
    const objects = [...elsewhere, pod("a"), assigned("a", "cart"), assigned("a", "till", { namespace: "bank" })];
    const installed = (mode: keyof typeof matchingModes) => ({
      cluster: { podIdentity: [{ ...matchingModes[mode], addon: false, namespace: "kube-system" }] },
    });
    expect(told(objects, installed("filtered"))).toEqual([]);
    expect(told(objects, installed("namespaced"))).toHaveLength(1);
  });

  it("differs where a pod lacks its identity: once a workload, with a pod to look at", () => {
    expect(told([pod("a"), pod("c"), pod("b"), assigned("a", "cart")])).toEqual(
      differs({ pod: "b", pods: 2, expected: [named("cart")], assigned: [] }),
    );
  });

  it("differs where a pod has an identity that no binding gives", () => {
    expect(told([pod("a"), assigned("a", "cart"), assigned("a", "other")])).toEqual(
      differs({ pod: "a", pods: 1, expected: [named("cart")], assigned: [named("cart"), named("other")] }),
    );
  });

  it("differs where MIC still holds another client id, which is what NMI uses", () => {
    expect(told([pod("a"), assigned("a", "cart", { spec: { clientID: "old" } })])).toEqual(
      differs({ pod: "a", pods: 1, expected: [named("cart")], assigned: ["shop/cart (old)"] }),
    );
  });

  it("differs where it is another namespace's identity of the same name", () => {
    expect(told([pod("a"), assigned("a", "cart", { namespace: "bank" })])).toMatchObject(
      differs({ assigned: [`bank/cart (${clientIDOf("cart")})`] }),
    );
  });

  it("is a code of the usage too", () => {
    const facts = factsOf([...bound("shop/cart"), cart, pod("a"), assigned("b", "cart")]);
    expect(find(facts, decisions).usages.map(one => one.findings)).toEqual([["assignment-differs"]]);
  });

  it("may be on its way: neither Created nor Unassigned is a difference", () => {
    expect(told([pod("a"), assigned("a", "cart", { state: "Created" })])).toEqual([]);
    expect(told([pod("a"), assigned("a", "cart", { state: "Unassigned", spec: { clientID: "old" } })])).toEqual([]);
    expect(told([pod("a"), assigned("a", "cart"), assigned("a", "gone", { state: "Unassigned" })])).toEqual([]);
  });

  it("may be an identity of a type that NMI refuses", () => {
    expect(told([pod("a"), assigned("a", "cart"), assigned("a", "odd", { spec: { type: 9 } })])).toEqual([]);
  });

  it.each<[string, PodOptions]>([
    ["younger than MIC's sync", { created: noon(29) }],
    ["without a node", { node: "" }],
    ["that does not run yet", { phase: "Pending" }],
    ["that is ending", { deleted: noon(1) }],
    ["that is not its", { label: "nobody" }],
  ])("says nothing of a pod %s", (_, about) => {
    expect(told([pod("a", about), assigned("b", "cart")])).toEqual([]);
  });

  it("goes by readiness where no age is known", () => {
    const ready = (status: string) => {
      const one = pod("a", { conditions: [{ type: "Ready", status }] });
      delete one.metadata.creationTimestamp;
      return told([one, assigned("b", "cart")]);
    };
    expect(ready("False")).toEqual([]);
    expect(ready("True")).toHaveLength(1);
  });

  it("says nothing where nothing is assigned at all, not all could be read, or no MIC assigns", () => {
    const [alone, other] = [pod("a"), assigned("b", "cart")];
    const mode = { mode: "standard" as const, namespaced: false, addon: false, namespace: "kube-system" };
    expect(told([alone])).toEqual([]);
    expect(told([alone, other], { unknown: [{ kind: "AzureAssignedIdentity", except: ["shop"] }] })).toEqual([]);
    expect(told([alone, other], { cluster: { podIdentity: [{ ...mode, micReplicas: 0 }] } })).toEqual([]);
    expect(told([alone, other], { cluster: { podIdentity: [{ ...mode, missing: "mic" }] } })).toEqual([]);
    expect(told([alone, other], { cluster: { podIdentity: [{ ...mode, mode: "managed" }] } })).toEqual([]);
    expect(told([alone, other])).toHaveLength(1);
  });

  it("does not count what only another installation gives", () => {
    const mode = { namespaced: true, addon: false, namespace: "kube-system" };
    const both = {
      podIdentity: [
        { ...mode, mode: "standard" as const },
        { ...mode, mode: "managed" as const },
      ],
    };
    const unlisted = [azureIdentity("shop/bad", { resourceID: "" }), binding("shop/bad", { selector: "cart" })];
    expect(told([pod("a"), assigned("a", "cart"), ...unlisted], { cluster: both })).toEqual([]);
  });
});

describe("finished pods", () => {
  const job = workload("shop/nightly", { kind: "Job", label: "cart" });
  const ended = (name: string, phase: string) => pod(name, { owner: ["Job", "nightly"], phase });

  it("hold their identity until they are deleted", () => {
    expect(
      told([job, ended("n-1", "Succeeded"), ended("n-2", "Failed"), assigned("n-1", "cart"), assigned("n-2", "cart")]),
    ).toEqual([["finished-pods-hold-identity", "Job nightly", { pods: 2, identities: [named("cart")] }]]);
  });

  it("hold none where MIC says so", () => {
    expect(told([job, ended("n-1", "Succeeded"), assigned("other", "cart")])).toEqual([]);
    expect(told([job, ended("n-1", "Succeeded"), assigned("n-1", "cart", { state: "Unassigned" })])).toEqual([]);
  });
});
