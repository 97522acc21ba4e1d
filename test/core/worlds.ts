import fc from "fast-check";
import { withChanges } from "../../src/core/change.ts";
import { type Facts, ObjectIndex } from "../../src/core/facts.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import type { FoundObject, Step } from "../../src/core/model.ts";
import { clientIDAnnotation } from "../../src/core/workloadIdentity.ts";
import {
  azureIdentity,
  binding,
  clientIDOf,
  credential,
  factsOf,
  found,
  roleBinding,
  serviceAccount,
  workload,
} from "./factories.ts";

const namespaces = ["shop", "bank"];
const identities = ["red", "green", "blue"];
/** Some are names of workloads too, so that dedicated accounts have to step aside. */
const accounts = ["default", "shared", "cart", "cart-deployment", "gone"];
const workloads = ["cart", "cart-deployment", "orders", "shared"];
const kinds = ["Deployment", "StatefulSet", "DaemonSet", "CronJob", "ReplicaSet", "Job", "Pod"];

const anyWorkload = fc
  .record({
    namespace: fc.constantFrom(...namespaces),
    kind: fc.constantFrom(...kinds),
    name: fc.constantFrom(...workloads),
    label: fc.option(fc.constantFrom(...identities), { nil: undefined, freq: 6 }),
    account: fc.constantFrom(...accounts),
    isLabelled: fc.boolean(),
  })
  .map(({ namespace, kind, name, label, account, isLabelled }) =>
    workload(`${namespace}/${name}`, {
      kind,
      account,
      ...(label === undefined ? {} : { label }),
      labels: { app: name, ...(isLabelled ? { "azure.workload.identity/use": "true" } : {}) },
      metadata: { labels: { app: name } },
    }),
  );

const anyAccount = fc
  .record({
    namespace: fc.constantFrom(...namespaces),
    name: fc.constantFrom(...accounts.filter(name => name !== "gone")),
    names: fc.option(fc.constantFrom(...identities), { nil: undefined }),
  })
  .map(({ namespace, name, names }) =>
    serviceAccount(`${namespace}/${name}`, names ? { [clientIDAnnotation]: clientIDOf(names) } : undefined),
  );

const anyBinding = fc
  .record({ namespace: fc.constantFrom(...namespaces), name: fc.constantFrom(...accounts, ...workloads) })
  .map(({ namespace, name }) =>
    roleBinding(`${namespace}/${name}-rights`, [{ kind: "ServiceAccount", name, namespace }]),
  );

const anyCredential = fc
  .record({ namespace: fc.constantFrom(...namespaces), name: fc.constantFrom(...accounts, ...workloads) })
  .map(({ namespace, name }) => credential(`by-hand-${namespace}-${name}`, `${namespace}:${name}`));

/** Clusters with few names and many clashes: shared, missing, annotated and bound accounts, and credentials that exist. */
export const anyWorld: fc.Arbitrary<Facts> = fc
  .record({
    workloads: fc.array(anyWorkload, { minLength: 1, maxLength: 8 }),
    accounts: fc.uniqueArray(anyAccount, {
      maxLength: 6,
      selector: ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
    }),
    bindings: fc.array(anyBinding, { maxLength: 2 }),
    credentials: fc.uniqueArray(anyCredential, { maxLength: 3, selector: one => one.name }),
  })
  .map(({ workloads, accounts, bindings, credentials }) => {
    const podIdentity: KubernetesObject[] = identities.flatMap(name => [
      azureIdentity(`shop/${name}`),
      binding(`shop/${name}`),
    ]);
    return factsOf([...podIdentity, ...workloads, ...accounts, ...bindings], { azure: { red: { credentials } } });
  });

/** The facts after a step was carried out, or (a manual one) done by people. */
export function applied(facts: Facts, step: Step): Facts {
  const objects = facts.sources.flatMap(source =>
    [...new Set(everything.flatMap(kind => facts.objects.ofKind(source.id, kind)))].map(one =>
      "changes" in step && one.ref.kind === step.target.kind && isTarget(one, step)
        ? { ...one, object: withChanges(one.object, step.changes) }
        : one,
    ),
  );
  if (step.op === "create") {
    const made = found([step.object as unknown as KubernetesObject], step.target.source);
    return { ...facts, objects: new ObjectIndex([...objects, ...made]) };
  }
  if (step.op !== "trust") return { ...facts, objects: new ObjectIndex(objects) };
  const { name, issuer, subject, audience, principal } = step.trust;
  const identity = facts.azure.identities.get(principal);
  if (identity === undefined || identity === "notFound" || "failed" in identity)
    throw new Error(`no identity ${principal}`);
  const credentials = [...identity.credentials, { name, issuer, subject, audience }];
  return {
    ...facts,
    azure: { identities: new Map([...facts.azure.identities, [principal, { ...identity, credentials }]]) },
  };
}

const everything = [
  ...kinds,
  "ReplicationController",
  "ServiceAccount",
  "RoleBinding",
  "ClusterRoleBinding",
  "AzureIdentity",
  "AzureIdentityBinding",
  "AzurePodIdentityException",
];

function isTarget({ ref }: FoundObject, { target }: Step): boolean {
  return (
    "namespace" in target &&
    ref.source === target.source &&
    ref.namespace === target.namespace &&
    ref.name === target.name
  );
}
