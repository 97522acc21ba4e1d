import { accountOf } from "../accounts/accountNames.ts";
import type { Facts } from "../facts.ts";
import type { Mapping, Step, Trust, Usage } from "../model.ts";
import { clusterOf } from "../trust/backend.ts";
import { bindingOfRole, bindingRole, roleOfAccount } from "../trust/identityBindingRoles.ts";
import type { Needed } from "./needed.ts";
import { stepId } from "./stepId.ts";

/**
 * What lets a usage's account use identity bindings: each binding in ARM, one for a cluster and identity; and in the cluster the role
 * of that identity, bound to the account once the account is there.
 */
export function identityBindingSteps(
  facts: Facts,
  usage: Usage,
  mapping: Pick<Mapping, "trusts" | "serviceAccount">,
  dependsOn: readonly string[],
): Needed {
  const steps: Step[] = [];
  const done: string[] = [];
  const cluster = clusterOf(facts, usage);
  for (const trust of mapping.trusts.filter(one => one.backend === "identityBinding")) {
    const clientID = usage.principals.find(one => one.id === trust.principal)?.clientID;
    if (!cluster || clientID === undefined) continue;
    const bind = cluster.azure && bindStep(usage, trust, cluster.azure.resourceID.toLowerCase());
    if (bind && trust.adopts === undefined) steps.push(bind);
    else if (bind) done.push(bind.id);
    const account = accountOf(usage, mapping.serviceAccount.name);
    const role = bindingRole(cluster.id, clientID);
    const ofAccount = bindingOfRole(cluster.id, clientID, account);
    const ids = [role, ofAccount].map(({ ref }) => stepId(ref, "prepare"));
    if (roleOfAccount(facts, cluster.id, clientID, account) !== undefined) {
      done.push(...ids);
      continue;
    }
    const create = ({ ref, object }: typeof role, after: string[]): Step => ({
      id: stepId(ref, "prepare"),
      stage: "prepare",
      dependsOn: after,
      usages: [usage.id],
      route: "live",
      target: ref,
      op: "create",
      object,
    });
    const [roleStep] = facts.objects.get(role.ref) ? [] : [create(role, [])];
    if (roleStep) steps.push(roleStep);
    else done.push(...ids.slice(0, 1));
    steps.push(create(ofAccount, [...(roleStep ? [roleStep.id] : []), ...dependsOn]));
  }
  return { steps, done };
}

/** The same for whoever needs it: which accounts may use the binding, the cluster's roles say. */
function bindStep(usage: Usage, { principal, name }: Trust, cluster: string): Step {
  const { source } = usage.workload;
  return {
    id: `${source}${cluster}/identitybindings/${name}#prepare`,
    stage: "prepare",
    dependsOn: [],
    usages: [usage.id],
    route: "live",
    target: { source, kind: "IdentityBinding", cluster, principal, name },
    op: "bind",
  };
}
