import { finding } from "../findings/codes.ts";
import { type Json, kindKey } from "../kubernetes.ts";
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
 * External Secrets Operator with Azure Key Vault (external-secrets/external-secrets v0.10.7,
 * pkg/provider/azure/keyvault/keyvault.go): `authType` ManagedIdentity asks IMDS from the controller's pods.
 */
export const externalSecrets: Consumer = {
  name: "external-secrets",
  kinds: [
    { group, kind: "SecretStore", plural: "secretstores", namespaced: true },
    { group, kind: "ClusterSecretStore", plural: "clustersecretstores", namespaced: false },
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
    const uses = found.flatMap(store => useOf(store, operators) ?? []);
    const chart = podLabelsChart(/^external-secrets$/, ["podLabels"]);
    const charts = chartUses("external-secrets", view, operators.controllers, chart);
    return {
      uses: [...uses, ...charts.uses],
      findings: [...uses.flatMap(use => accountFindings(view, use)), ...charts.findings],
      unread: unreadOf(view, stores, operators.controllers),
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

/** The controller's own account names one identity; others come from accounts of their own. */
function accountFindings(view: ConsumerView, { object, state, clientID, askedBy: pods }: ConsumerUse): Finding[] {
  if (state !== "legacy" || clientID === undefined) return [];
  const own = pods.flatMap(ref => view.usageOf(ref)?.identities ?? []);
  if (own.length === 0 || own.every(identity => isSameClientID(identity.clientID, clientID))) return [];
  return [finding("secret-store-account-needed", { subject: object.ref }, { clientID })];
}
