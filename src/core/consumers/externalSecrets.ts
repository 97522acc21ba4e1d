import { finding } from "../findings/codes.ts";
import { isRecord, type Json, kindKey } from "../kubernetes.ts";
import type { Change, Finding, FoundObject } from "../model.ts";
import { isSameClientID } from "../workloadIdentity/workloadIdentity.ts";
import { chartUses, podLabelsChart } from "./charts.ts";
import type { Consumer, ConsumerUse, ConsumerView } from "./consumer.ts";
import { unreadOf } from "./controllers.ts";
import { askedBy, type Operators, operatorsOf } from "./operators.ts";
import { partOf, textOf } from "./read.ts";
import { releaseKinds } from "./releases.ts";

const group = "external-secrets.io";
const stores = ["SecretStore", "ClusterSecretStore"].map(kind => kindKey({ apiVersion: `${group}/v1`, kind }));
const azurekv = ["spec", "provider", "azurekv"] as const;

/**
 * Generators of tokens for a registry, by where their `auth` stands (generators/v1alpha1, ACRAccessToken and ClusterGenerator): it
 * names what it signs in with as a map of its own.
 */
const generatorGroup = "generators.external-secrets.io";
const generators: Readonly<Record<string, readonly string[]>> = {
  [`ACRAccessToken.${generatorGroup}`]: ["spec", "auth"],
  [`ClusterGenerator.${generatorGroup}`]: ["spec", "generator", "acrAccessTokenSpec", "auth"],
};

/**
 * External Secrets Operator with Azure Key Vault (external-secrets/external-secrets v0.10.7,
 * pkg/provider/azure/keyvault/keyvault.go): `authType` ManagedIdentity asks IMDS from the controller's pods.
 */
export const externalSecrets: Consumer = {
  name: "external-secrets",
  kinds: [
    { group, kind: "SecretStore", plural: "secretstores", namespaced: true },
    { group, kind: "ClusterSecretStore", plural: "clustersecretstores", namespaced: false },
    { group: generatorGroup, kind: "ACRAccessToken", plural: "acraccesstokens", namespaced: true },
    { group: generatorGroup, kind: "ClusterGenerator", plural: "clustergenerators", namespaced: false },
    ...releaseKinds,
  ],
  detect(view) {
    const operators = controllerOnly(
      operatorsOf(view, {
        image: /(^|\/)external-secrets$/,
        labels: { "app.kubernetes.io/name": ["external-secrets"] },
      }),
    );
    const found = stores.flatMap(kind => view.facts.objects.ofKind(view.source, kind));
    const generating = Object.entries(generators).flatMap(([kind, auth]) =>
      view.facts.objects.ofKind(view.source, kind).flatMap(one => generatorUse(one, auth, operators) ?? []),
    );
    const uses = [...found.flatMap(store => useOf(store, operators) ?? []), ...generating];
    const chart = podLabelsChart(/^external-secrets$/, ["podLabels"]);
    const charts = chartUses("external-secrets", view, operators.controllers, chart);
    return {
      uses: [...uses, ...charts.uses],
      findings: [...uses.flatMap(use => accountFindings(view, use)), ...charts.findings],
      unread: unreadOf(view, [...stores, ...Object.keys(generators)], operators.controllers),
    };
  },
};

/** Its webhook and its certificate controller run the same image. */
function controllerOnly({ controllers, ...rest }: Operators): Operators {
  const others = ["webhook", "certcontroller"];
  return { ...rest, controllers: controllers.filter(one => !one.container.args?.some(arg => others.includes(arg))) };
}

function useOf(object: FoundObject, operators: Operators): ConsumerUse | undefined {
  const provider = partOf(object.object, ...azurekv);
  const authType = textOf(provider, "authType");
  if (authType === "WorkloadIdentity") {
    const isOwn = textOf(provider, "serviceAccountRef", "name") === undefined;
    const asked = isOwn ? askedBy(operators) : { askedBy: [] };
    return { consumer: "external-secrets", object, state: "migrated", ...asked, changes: [] };
  }
  // Pods on neither have the node's identity: NMI has no part in that.
  if (authType !== "ManagedIdentity" || operators.seen === "others") return undefined;
  const clientID = textOf(provider, "identityId");
  const changes: Change[] = [{ path: [...azurekv, "authType"], before: authType, after: "WorkloadIdentity" }];
  const identityId = partOf(provider, "identityId");
  if (identityId !== undefined) changes.push({ path: [...azurekv, "identityId"], before: identityId as Json });
  const named = clientID ? { clientID } : {};
  return { consumer: "external-secrets", object, state: "legacy", ...askedBy(operators), ...named, changes };
}

function generatorUse(object: FoundObject, auth: readonly string[], operators: Operators): ConsumerUse | undefined {
  const before = partOf(object.object, ...auth, "managedIdentity");
  const workloadIdentity = partOf(object.object, ...auth, "workloadIdentity");
  if (isRecord(workloadIdentity)) {
    const isOwn = textOf(workloadIdentity, "serviceAccountRef", "name") === undefined;
    const asked = isOwn ? askedBy(operators) : { askedBy: [] };
    return { consumer: "external-secrets", object, state: "migrated", ...asked, changes: [] };
  }
  if (!isRecord(before) || operators.seen === "others") return undefined;
  const clientID = textOf(before, "identityId");
  const changes: Change[] = [
    { path: [...auth, "managedIdentity"], before: before as Json },
    { path: [...auth, "workloadIdentity"], after: {} },
  ];
  const named = clientID ? { clientID } : {};
  return { consumer: "external-secrets", object, state: "legacy", ...askedBy(operators), ...named, changes };
}

/** The controller's own account names one identity; others come from accounts of their own. */
function accountFindings(view: ConsumerView, { object, state, clientID, askedBy: pods }: ConsumerUse): Finding[] {
  if (state !== "legacy" || clientID === undefined) return [];
  const own = pods.flatMap(ref => view.usageOf(ref)?.identities ?? []);
  if (own.length === 0 || own.every(identity => isSameClientID(identity.clientID, clientID))) return [];
  return [finding("secret-store-account-needed", { subject: object.ref }, { clientID })];
}
