import { finding } from "../findings/codes.ts";
import { kindKey } from "../kubernetes.ts";
import type { Finding, FoundObject, ObjectRef } from "../model.ts";
import { isVersionAtLeast } from "../versions.ts";
import { type Chart, chartUses, podLabelsChart } from "./charts.ts";
import type { Consumer, ConsumerUse, ConsumerView } from "./consumer.ts";
import { unreadOf } from "./controllers.ts";
import { askedBy, type Operators, operatorsOf } from "./operators.ts";
import { partOf, recordsOf, textOf } from "./read.ts";
import { releaseKinds } from "./releases.ts";

const group = "keda.sh";
const keyOf = (kind: string) => kindKey({ apiVersion: `${group}/v1alpha1`, kind });
const authentications = ["TriggerAuthentication", "ClusterTriggerAuthentication"] as const;
const scaled = ["ScaledObject", "ScaledJob"] as const;

/** Where a TriggerAuthentication says who it is (kedacore/keda v2.14.1, apis/keda/v1alpha1/triggerauthentication_types.go). */
const places = [
  ["spec", "podIdentity"],
  ["spec", "azureKeyVault", "podIdentity"],
] as const;

/** KEDA: its operator asks for the tokens, with its own pods' identity or the one that `identityId` names. */
export const keda: Consumer = {
  name: "keda",
  kinds: [
    { group, kind: "TriggerAuthentication", plural: "triggerauthentications", namespaced: true },
    { group, kind: "ClusterTriggerAuthentication", plural: "clustertriggerauthentications", namespaced: false },
    { group, kind: "ScaledObject", plural: "scaledobjects", namespaced: true },
    { group, kind: "ScaledJob", plural: "scaledjobs", namespaced: true },
    ...releaseKinds,
  ],
  detect(view) {
    const operators = operatorsOf(view, {
      // The AKS add-on has it as oss/kubernetes/keda; the metrics server and the webhooks have images of their own.
      image: /(^|\/)keda(-operator)?$/,
      labels: { "app.kubernetes.io/name": ["keda-operator"] },
    });
    const users = usersOf(view);
    const found = authentications.flatMap(kind => view.facts.objects.ofKind(view.source, keyOf(kind)));
    const uses = found.flatMap(one => usesOf(one, operators, users.get(referenceOf(one.ref)) ?? []));
    const charts = chartUses("keda", view, operators.controllers, chart);
    return {
      uses: [...uses, ...charts.uses],
      findings: [...uses.flatMap(goneFindings), ...charts.findings],
      unread: unreadOf(view, authentications.map(keyOf), operators.controllers),
    };
  },
};

const labels = podLabelsChart(/^keda$/, ["podLabels", "keda"]);

/** kedacore/charts, keda/values.yaml: the chart makes the label of it. */
const chart: Chart = {
  name: labels.name,
  settings: [
    {
      path: ["podIdentity", "activeDirectory", "identity"],
      becomes: [{ path: ["podIdentity", "azureWorkload", "enabled"], value: true }],
    },
  ],
  before: `podIdentity.activeDirectory.identity, or ${labels.before}`,
  after: "podIdentity.azureWorkload with enabled: true, clientId and tenantId",
};

function usesOf(object: FoundObject, operators: Operators, usedBy: readonly ObjectRef[]): ConsumerUse[] {
  return places.flatMap((place): ConsumerUse[] => {
    const provider = textOf(object.object, ...place, "provider");
    if (provider !== "azure" && provider !== "azure-workload") return [];
    const clientID = textOf(object.object, ...place, "identityId");
    const isLegacy = provider === "azure";
    return [
      {
        consumer: "keda",
        object,
        state: isLegacy ? "legacy" : "migrated",
        ...askedBy(operators),
        needsVersion: "2.8.0",
        ...(clientID ? { clientID } : {}),
        usedBy,
        changes: isLegacy ? [{ path: [...place, "provider"], before: provider, after: "azure-workload" }] : [],
      },
    ];
  });
}

function goneFindings({ object, state, version }: ConsumerUse): Finding[] {
  if (state !== "legacy" || version === undefined || isVersionAtLeast(version, "2.15.0") !== true) return [];
  return [finding("keda-provider-gone", { subject: object.ref }, { version })];
}

/** Who goes by each TriggerAuthentication, by `KIND/NAMESPACE/NAME`. */
function usersOf({ facts, source }: ConsumerView): Map<string, ObjectRef[]> {
  const users = new Map<string, ObjectRef[]>();
  for (const { ref, object } of scaled.flatMap(kind => facts.objects.ofKind(source, keyOf(kind)))) {
    const references = recordsOf(object, "spec", "triggers").flatMap(trigger => {
      const reference = partOf(trigger, "authenticationRef");
      const name = textOf(reference, "name");
      const kind = textOf(reference, "kind") ?? "TriggerAuthentication";
      return name === undefined ? [] : [referenceOf({ kind, name, namespace: ref.namespace ?? "default" })];
    });
    for (const reference of new Set(references)) {
      const known = users.get(reference);
      if (known) known.push(ref);
      else users.set(reference, [ref]);
    }
  }
  return users;
}

function referenceOf({ kind, namespace = "", name }: Pick<ObjectRef, "kind" | "name"> & { namespace?: string }) {
  return kind === "ClusterTriggerAuthentication" ? `${kind}//${name}` : `${kind}/${namespace}/${name}`;
}
