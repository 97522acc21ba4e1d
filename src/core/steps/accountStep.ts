import type { Facts } from "../facts.ts";
import type { Mapping, ObjectRef, Step, Usage } from "../model.ts";
import { newServiceAccount } from "../serviceAccounts.ts";
import { clientIDAnnotation, isSameClientID } from "../workloadIdentity.ts";
import { routeOf } from "./route.ts";
import { stepId } from "./stepId.ts";

/** Creates or annotates the account that the mapping names. */
export function serviceAccountStep(
  facts: Facts,
  usage: Usage,
  mapping: Mapping,
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
  const base = {
    id: stepId(target, "prepare"),
    stage: "prepare",
    dependsOn: [],
    usages: [usage.id],
    route: routeOf(facts, usage),
    target,
  } as const;
  if (!found) {
    return {
      step: {
        ...base,
        dependsOn: [],
        usages: [usage.id],
        op: "create",
        object: newServiceAccount(usage, name, clientID),
      },
    };
  }
  const before = found.object.metadata.annotations?.[clientIDAnnotation];
  if (isSameClientID(before, clientID)) return { done: base.id };
  const path = ["metadata", "annotations", clientIDAnnotation];
  const change = { path, ...(before === undefined ? {} : { before }), after: clientID };
  return { step: { ...base, dependsOn: [], usages: [usage.id], op: "patch", changes: [change] } };
}
