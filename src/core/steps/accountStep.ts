import { settingsChanges, settingsOf } from "../accountSettings.ts";
import { decisionFor } from "../decisions.ts";
import type { Facts } from "../facts.ts";
import type { KubernetesObject } from "../kubernetes.ts";
import type { Change, Decisions, Mapping, ObjectRef, Step, Usage } from "../model.ts";
import { newServiceAccount } from "../serviceAccounts.ts";
import { clientIDAnnotation, isSameClientID } from "../workloadIdentity.ts";
import { changeStep, routeOf, routeOfNew, type StepBase } from "./route.ts";
import { stepId } from "./stepId.ts";

/** Creates or annotates the account that the mapping names; a dedicated one gets the settings of the account that it replaces. */
export function serviceAccountStep(
  facts: Facts,
  usage: Usage,
  mapping: Pick<Mapping, "serviceAccount" | "defaultPrincipal">,
  decisions: Decisions,
): { step: Step } | { done: string | undefined } {
  const { source, namespace } = usage.workload;
  const { name } = mapping.serviceAccount;
  const clientID = mapping.defaultPrincipal?.clientID ?? usage.principals[0]?.clientID;
  if (clientID === undefined) return { done: undefined };
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
    return { step: { ...base, route, op: "create", object: newServiceAccount(usage, name, clientID, old) } };
  }
  const change = accountChange(found.object, clientID);
  const settings = name === usage.serviceAccount ? [] : settingsChanges(found.object, settingsOf(old));
  const changes = [...(change ? [change] : []), ...settings];
  if (changes.length === 0) return { done: id };
  const route = routeOf(facts, found.ref, found.object, decision);
  return { step: changeStep(base, { route, changes }) };
}

/** What an account lacks to name this identity; undefined where it names it already, or there is none to name. */
function accountChange({ metadata }: KubernetesObject, clientID: string | undefined): Change | undefined {
  const before = metadata.annotations?.[clientIDAnnotation];
  if (clientID === undefined || isSameClientID(before, clientID)) return undefined;
  const path = ["metadata", "annotations", clientIDAnnotation];
  return { path, ...(before === undefined ? {} : { before }), after: clientID };
}
