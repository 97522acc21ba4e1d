import fc from "fast-check";
import { withChanges } from "../../src/core/changes/change.ts";
import { type Facts, identityFacts, ObjectIndex, principalFacts } from "../../src/core/facts.ts";
import type { KubernetesObject, ObjectMeta } from "../../src/core/kubernetes.ts";
import type { AzureFacts, FoundObject, Step } from "../../src/core/model.ts";
import { clientIDAnnotation, tenantIDAnnotation } from "../../src/core/workloadIdentity/workloadIdentity.ts";
import {
  azureIdentity,
  binding,
  boundApplication,
  clientIDOf,
  credential,
  factsOf,
  found,
  roleBinding,
  serviceAccount,
  tenant,
  workload,
} from "./factories.ts";

const namespaces = ["shop", "bank"];
/** One application in two tenants. */
const applications = { gold: tenant, gilt: "cccccccc-0000-0000-0000-00000000000c" };
const identities = ["red", "green", "blue"];
const labels = [...identities, ...Object.keys(applications)];
/** Some are names of workloads too, so that dedicated accounts have to step aside. */
const accounts = ["default", "shared", "cart", "cart-deployment", "gone"];
const workloads = ["cart", "cart-deployment", "orders", "shared"];
const kinds = ["Deployment", "StatefulSet", "DaemonSet", "CronJob", "ReplicaSet", "Job", "Pod"];

/** What decides the route of a step; mostly nobody. */
const anyOwner = fc.constantFrom<Partial<ObjectMeta>[]>({}, {}, {}, { managers: ["helm"] });

const anyWorkload = fc
  .record({
    namespace: fc.constantFrom(...namespaces),
    kind: fc.constantFrom(...kinds),
    name: fc.constantFrom(...workloads),
    label: fc.option(fc.constantFrom(...labels), { nil: undefined, freq: 6 }),
    account: fc.constantFrom(...accounts),
    isLabelled: fc.boolean(),
    owner: anyOwner,
  })
  .map(({ namespace, kind, name, label, account, isLabelled, owner }) =>
    workload(`${namespace}/${name}`, {
      kind,
      account,
      ...(label === undefined ? {} : { label }),
      labels: { app: name, ...(isLabelled ? { "azure.workload.identity/use": "true" } : {}) },
      metadata: { labels: { app: name }, ...owner },
    }),
  );

const anyAccount = fc
  .record({
    namespace: fc.constantFrom(...namespaces),
    name: fc.constantFrom(...accounts.filter(name => name !== "gone")),
    names: fc.option(fc.constantFrom(...identities, "gold"), { nil: undefined }),
    tenantID: fc.option(fc.constantFrom(...Object.values(applications)), { nil: undefined, freq: 1 }),
    automount: fc.option(fc.boolean(), { nil: undefined }),
    imagePullSecrets: fc.subarray(["acr", "hub"]),
  })
  .map(({ namespace, name, names, tenantID, automount, imagePullSecrets }) => {
    const annotations = {
      ...(names ? { [clientIDAnnotation]: clientIDOf(names) } : {}),
      ...(tenantID ? { [tenantIDAnnotation]: tenantID } : {}),
    };
    return serviceAccount(`${namespace}/${name}`, names || tenantID ? annotations : undefined, {
      ...(automount === undefined ? {} : { automountServiceAccountToken: automount }),
      ...(imagePullSecrets.length === 0
        ? {}
        : { imagePullSecrets: imagePullSecrets.map(secret => ({ name: secret })) }),
    });
  });

const anySubject = fc
  .record({
    namespace: fc.constantFrom(...namespaces),
    name: fc.constantFrom(...accounts, ...workloads),
    isUser: fc.boolean(),
  })
  .map(({ namespace, name, isUser }) =>
    isUser
      ? { kind: "User", name: `system:serviceaccount:${namespace}:${name}` }
      : { kind: "ServiceAccount", name, namespace },
  );

/** Of one namespace or of the cluster, for accounts of any. */
const anyBinding = fc
  .record({
    path: fc.constantFrom("shop/read", "bank/read", "read", "watch"),
    subjects: fc.array(anySubject, { maxLength: 3 }),
  })
  .map(({ path, subjects }) => roleBinding(path, subjects));

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
    bindings: fc.uniqueArray(anyBinding, {
      maxLength: 3,
      selector: ({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`,
    }),
    credentials: fc.uniqueArray(anyCredential, { maxLength: 3, selector: one => one.name }),
  })
  .map(({ workloads, accounts, bindings, credentials }) => {
    const podIdentity: KubernetesObject[] = identities.flatMap(name => [
      azureIdentity(`shop/${name}`),
      binding(`shop/${name}`),
    ]);
    for (const [name, tenantID] of Object.entries(applications))
      podIdentity.push(...boundApplication(`shop/${name}`, { clientID: clientIDOf("gold"), tenantID }));
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
  const { identities: known, applications: registered = new Map() } = facts.azure;
  const seen = principalFacts(facts, principal);
  if (!seen) throw new Error(`no principal ${principal}`);
  const credentials = [...seen.credentials, { name, issuer, subject, audience }];
  const identity = identityFacts(facts, principal);
  const azure: AzureFacts = identity
    ? { ...facts.azure, identities: new Map([...known, [principal, { ...identity, credentials }]]) }
    : { ...facts.azure, applications: new Map([...registered, [principal, { credentials }]]) };
  return { ...facts, azure };
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
    "apiVersion" in target &&
    ref.source === target.source &&
    ref.namespace === target.namespace &&
    ref.name === target.name
  );
}
