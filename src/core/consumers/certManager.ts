import { normalResourceID } from "../azure/resourceId.ts";
import { identityFacts } from "../facts.ts";
import { finding } from "../findings/codes.ts";
import { goFlags, programContainerOf } from "../goFlags.ts";
import { isRecord, type Json, kindKey } from "../kubernetes.ts";
import type { Change, Finding, FoundObject } from "../model.ts";
import { azureIdentityOf } from "../podIdentity/azureIdentities.ts";
import { chartUses, podLabelsChart } from "./charts.ts";
import type { Consumer, ConsumerUse, ConsumerView } from "./consumer.ts";
import { unreadOf } from "./controllers.ts";
import { askedBy, type Operators, operatorsOf, stateOf } from "./operators.ts";
import { partOf, recordsOf, textOf } from "./read.ts";
import { releaseKinds } from "./releases.ts";

const group = "cert-manager.io";
const issuers = ["Issuer", "ClusterIssuer"].map(kind => kindKey({ apiVersion: `${group}/v1`, kind }));

/**
 * cert-manager's DNS-01 solver for Azure DNS (cert-manager/cert-manager, pkg/issuer/acme/dns/azuredns/azuredns.go:getAuthorization):
 * without `clientID` it takes what its controller's pods have, workload identity first and IMDS else. So issuers go over with
 * the pods, but for `managedIdentity.resourceID`, which only IMDS understands.
 */
export const certManager: Consumer = {
  name: "cert-manager",
  kinds: [
    { group, kind: "Issuer", plural: "issuers", namespaced: true },
    { group, kind: "ClusterIssuer", plural: "clusterissuers", namespaced: false },
    ...releaseKinds,
  ],
  detect(view) {
    const operators = operatorsOf(view, {
      image: /(^|\/)cert-manager-controller$/,
      labels: { "app.kubernetes.io/name": ["cert-manager"] },
    });
    const found = issuers
      .flatMap(kind => view.facts.objects.ofKind(view.source, kind))
      .filter(issuer => ambientSolvers(issuer).length > 0 && isAmbientAllowed(issuer, operators));
    const charts = chartUses(
      "cert-manager",
      view,
      operators.controllers,
      podLabelsChart(/^cert-manager$/, ["podLabels"]),
    );
    const uses = operators.seen === "controllers" ? found.flatMap(issuer => usesOf(view, issuer, operators)) : [];
    const unseen = operators.seen === "nowhere" ? found.map(notSeen) : [];
    return {
      uses: [...uses, ...charts.uses],
      findings: [...unseen, ...charts.findings],
      unread: unreadOf(view, issuers, operators.controllers),
    };
  },
};

function ambientSolvers({ object }: FoundObject): unknown[] {
  return recordsOf(object, "spec", "acme", "solvers")
    .map(solver => partOf(solver, "dns01", "azureDNS"))
    .filter(azureDNS => isRecord(azureDNS) && !textOf(azureDNS, "clientID"));
}

/** `--issuer-ambient-credentials` is off by default, `--cluster-issuer-ambient-credentials` on. */
function isAmbientAllowed({ ref }: FoundObject, { controllers }: Operators): boolean {
  if (controllers.length === 0) return true;
  return controllers.some(({ container }) => {
    const flags = goFlags(programContainerOf(container), () => false);
    return ref.kind === "ClusterIssuer"
      ? flags.get("cluster-issuer-ambient-credentials") !== "false"
      : flags.get("issuer-ambient-credentials") === "true";
  });
}

/** One use for each identity that its solvers name. */
function usesOf(view: ConsumerView, object: FoundObject, operators: Operators): ConsumerUse[] {
  const state = stateOf(operators);
  const changes = state === "legacy" ? changesOf(view, object) : [];
  const uses = new Map<string, ConsumerUse>();
  for (const azureDNS of ambientSolvers(object)) {
    const clientID = textOf(azureDNS, "managedIdentity", "clientID");
    const resourceID = textOf(azureDNS, "managedIdentity", "resourceID");
    uses.set(`${clientID?.toLowerCase()}\n${resourceID?.toLowerCase()}`, {
      consumer: "cert-manager",
      object,
      state,
      ...askedBy(operators),
      needsVersion: "1.11.0",
      ...(clientID ? { clientID } : {}),
      ...(resourceID ? { resourceID } : {}),
      ...(resourceID ? {} : { follows: "pods" as const }),
      changes: resourceID ? changes : [],
    });
  }
  return [...uses.values()];
}

/** Client ids in place of resource ids; the list as a whole, since its items have no keys. */
function changesOf(view: ConsumerView, { object }: FoundObject): Change[] {
  const before = partOf(object, "spec", "acme", "solvers");
  if (!Array.isArray(before)) return [];
  const after = before.map((solver: unknown) => {
    const managedIdentity = partOf(solver, "dns01", "azureDNS", "managedIdentity");
    const resourceID = textOf(managedIdentity, "resourceID");
    const azureDNS = partOf(solver, "dns01", "azureDNS");
    if (!resourceID || !isRecord(managedIdentity) || !isRecord(azureDNS) || textOf(azureDNS, "clientID")) return solver;
    const { resourceID: _gone, ...rest } = managedIdentity;
    const clientID = clientIDOf(view, resourceID);
    const changed = { ...azureDNS, managedIdentity: { ...rest, ...(clientID === undefined ? {} : { clientID }) } };
    return withAzureDNS(solver, changed);
  });
  return [{ path: ["spec", "acme", "solvers"], before: before as Json, after: after as Json }];
}

function withAzureDNS(solver: unknown, azureDNS: Record<string, unknown>): unknown {
  const dns01 = partOf(solver, "dns01");
  return isRecord(solver) && isRecord(dns01) ? { ...solver, dns01: { ...dns01, azureDNS } } : solver;
}

/** As Azure says it, or an AzureIdentity. */
function clientIDOf({ facts, source }: ConsumerView, resourceID: string): string | undefined {
  const id = normalResourceID(resourceID);
  const seen = id === undefined ? undefined : identityFacts(facts, id)?.clientID;
  return seen ?? (azureIdentityOf(facts, source, { resourceID })?.clientID || undefined);
}

function notSeen({ ref, location }: FoundObject): Finding {
  const about = { subject: ref, ...(location ? { at: location } : {}) };
  return finding("consumer-pods-not-seen", about, { consumer: "cert-manager" });
}
