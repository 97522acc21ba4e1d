import { settingsChanges, settingsOf } from "../accounts/accountSettings.ts";
import { newServiceAccount } from "../accounts/serviceAccounts.ts";
import { tenantOf, tenantToName } from "../azure/tenants.ts";
import { decisionFor } from "../decisions.ts";
import type { Facts } from "../facts.ts";
import type { KubernetesObject } from "../kubernetes.ts";
import type { Change, Decisions, ObjectRef, PrincipalRef, SourceId, Usage } from "../model.ts";
import { clientIDAnnotation, tenantIDAnnotation } from "../workloadIdentity/workloadIdentity.ts";
import type { Needed } from "./needed.ts";
import { changeStep, routeOf, routeOfNew, type StepBase } from "./route.ts";
import { stepId } from "./stepId.ts";

/** Creates or annotates the account of this name for the usage's first identity; a dedicated one gets the settings of the account that it replaces. */
export function serviceAccountStep(facts: Facts, usage: Usage, name: string, decisions: Decisions): Needed {
  const { source, namespace } = usage.workload;
  const [principal] = usage.principals;
  // Of a chosen identity that nobody asked Azure about, the client id is not known.
  if (principal === undefined || principal.clientID === "") return { steps: [], done: [] };
  const { clientID } = principal;
  const found = facts.objects.find(source, "ServiceAccount", namespace, name);
  const target: ObjectRef = {
    source,
    apiVersion: "v1",
    kind: "ServiceAccount",
    namespace: namespace ?? "default",
    name,
    ...(found?.ref.uid === undefined ? {} : { uid: found.ref.uid }),
  };
  const id = stepId(target, "prepare");
  const base = { id, stage: "prepare", dependsOn: [], usages: [usage.id], target } satisfies StepBase;
  const decision = decisionFor(decisions, usage);
  const old = facts.objects.find(source, "ServiceAccount", namespace, usage.serviceAccount)?.object;
  if (!found) {
    const route = routeOfNew(facts, usage.workload, decision);
    const named = { clientID, tenantID: tenantToName(facts, source, principal) };
    const object = newServiceAccount(usage, name, named, old);
    return { steps: [{ ...base, route, op: "create", object }], done: [] };
  }
  const settings = name === usage.serviceAccount ? [] : settingsChanges(found.object, settingsOf(old));
  const changes = [
    ...identityChanges(found.object, wantedAnnotations(facts, source, principal, found.object)),
    ...settings,
  ];
  if (changes.length === 0) return { steps: [], done: [id] };
  const route = routeOf(facts, found.ref, found.object, decision);
  return { steps: [changeStep(base, { route, changes })], done: [] };
}

/** The annotations that make an account this principal's: a tenant that it names already must be the right one, needed or not. */
export function wantedAnnotations(
  facts: Facts,
  source: SourceId,
  principal: PrincipalRef,
  account: KubernetesObject | undefined,
): [key: string, value: string][] {
  const namesTenant = account?.metadata.annotations?.[tenantIDAnnotation] !== undefined;
  const tenantID = tenantToName(facts, source, principal) ?? (namesTenant ? tenantOf(facts, principal) : undefined);
  return [
    [clientIDAnnotation, principal.clientID],
    ...(tenantID === undefined ? [] : [[tenantIDAnnotation, tenantID] as [string, string]]),
  ];
}

/** What an account lacks of these annotations. Neither client ids nor tenants have a case. */
function identityChanges({ metadata }: KubernetesObject, wanted: readonly (readonly [string, string])[]): Change[] {
  return wanted.flatMap(([key, after]) => {
    const before = metadata.annotations?.[key];
    if (before?.toLowerCase() === after.toLowerCase()) return [];
    return [{ path: ["metadata", "annotations", key], ...(before === undefined ? {} : { before }), after }];
  });
}
