import { accountOf, insteadOfAnnotation } from "./accounts/accountNames.ts";
import { bindingKinds, bindingsOf } from "./accounts/roleBindings.ts";
import { areOfTwoClouds } from "./azure/clouds.ts";
import { isOtherTenant, tenantOf } from "./azure/tenants.ts";
import { blockedFrom } from "./blocked.ts";
import type { Check } from "./documents/verification.ts";
import { identityNameOf } from "./exchange/exchangeSubjects.ts";
import { clusterSource, type Facts, isKnown, nameOf } from "./facts.ts";
import { type KubernetesObject, type PodSpec, podTemplateOf, serviceAccountOf } from "./kubernetes.ts";
import type { Mapping, Stage, Trust, Usage } from "./model.ts";
import type { Judgement } from "./reports.ts";
import { wantedAnnotations } from "./steps/accountStep.ts";
import { wantedToken } from "./trust/backend.ts";
import { roleOfAccount } from "./trust/identityBindingRoles.ts";
import { serviceAccountSubject } from "./trust/trusts.ts";
import {
  isSameClientID,
  missingMutations,
  type PodToken,
  selectsWorkloadIdentity,
  valuesOf,
} from "./workloadIdentity/workloadIdentity.ts";
import { workloadsOf } from "./workloads/workloads.ts";

/**
 * Checks every selected usage of a cluster that gets an identity: does a credential match what its pods will show, and do
 * its pods carry what they must. Reads facts alone; what needs a request of its own (dry-run pods) is judged elsewhere.
 */
export function checksOf(judgement: Judgement, stages: readonly Stage[]): Check[] {
  const { facts, mapped, selected } = judgement;
  const mappings = new Map(mapped.mappings.map(mapping => [mapping.usage, mapping]));
  const pods = new Map(
    facts.sources.flatMap(source => workloadsOf(facts, source.id)).map(workload => [workload.found.ref, workload.pods]),
  );
  return selected.flatMap(usage => {
    const mapping = mappings.get(usage.id);
    if (!mapping || !clusterSource(facts, usage.workload.source)) return [];
    const livePods = (pods.get(usage.workload) ?? []).map(pod => pod.object);
    return [
      ...(stages.includes("prepare")
        ? [
            ...credentialChecks(facts, usage, mapping),
            serviceAccountCheck(facts, usage, mapping),
            ...roleBindingsCheck(facts, usage, mapping),
          ]
        : []),
      ...(stages.includes("switch")
        ? [
            templateCheck(facts, usage, mapping),
            podsCheck(facts, usage, mapping, { pods: livePods, token: wantedToken(facts, judgement.decisions, usage) }),
          ]
        : []),
    ];
  });
}

/** One for each identity of the workload. */
function credentialChecks(facts: Facts, usage: Usage, mapping: Mapping): Check[] {
  const trusts = mapping.trusts.length > 0 ? mapping.trusts : [undefined];
  return trusts.map(trust => credentialCheck(facts, usage, mapping, trust));
}

function credentialCheck(facts: Facts, usage: Usage, mapping: Mapping, trust: Trust | undefined): Check {
  const check = {
    code: "credential-matches",
    stage: "prepare",
    usage: usage.id,
    subject: nameOf(usage.workload),
  } as const;
  if (!trust)
    return { ...check, result: "not-checked", evidence: [...mapping.blockedBy, ...mapping.notChecked].join(", ") };
  if (trust.backend === "identityBinding") return identityBindingCheck(facts, usage, mapping, trust);
  const { principal } = trust;
  const identity = facts.azure.identities.get(principal) ?? facts.azure.applications?.get(principal);
  if (identity === undefined) return { ...check, result: "not-checked", evidence: "Azure was not asked" };
  const what = principal.startsWith("/") ? "identity" : "application";
  if (identity === "notFound") return { ...check, result: "failed", evidence: `there is no ${what} ${principal}` };
  if ("failed" in identity) return { ...check, result: "not-checked", evidence: identity.failed };
  if ("homeTenant" in identity)
    return { ...check, result: "failed", evidence: `${principal} is an application of tenant ${identity.homeTenant}` };
  const identityName = identityNameOf({ trust });
  return trust.adopts === undefined
    ? {
        ...check,
        result: "failed",
        evidence: `none on ${identityName} has issuer ${trust.issuer}, subject ${trust.subject} and audience ${trust.audience}`,
      }
    : {
        ...check,
        result: "passed",
        evidence: `${trust.adopts} on ${identityName} has the cluster's issuer, subject ${trust.subject} and audience ${trust.audience}`,
      };
}

/** Whether the cluster has the identity's binding, and a role that lets the account use it. */
function identityBindingCheck(facts: Facts, usage: Usage, mapping: Mapping, trust: Trust): Check {
  const check = {
    code: "identity-binding-matches",
    stage: "prepare",
    usage: usage.id,
    subject: nameOf(usage.workload),
  } as const;
  const unchecked = mapping.notChecked.filter(code => code.startsWith("identity-binding-"));
  if (unchecked.length > 0) return { ...check, result: "not-checked", evidence: unchecked.join(", ") };
  const identityName = identityNameOf({ trust });
  if (trust.adopts === undefined)
    return { ...check, result: "failed", evidence: `the cluster has no working identity binding of ${identityName}` };
  const clientID = usage.principals.find(one => one.id === trust.principal)?.clientID ?? "";
  const { name } = mapping.serviceAccount;
  const role = roleOfAccount(facts, usage.workload.source, clientID, accountOf(usage, name));
  return role === undefined
    ? { ...check, result: "failed", evidence: `no ClusterRole lets ${name} use the identity binding ${trust.adopts}` }
    : {
        ...check,
        result: "passed",
        evidence: `identity binding ${trust.adopts} is for ${identityName}, and ClusterRole ${role} lets ${name} use it`,
      };
}

function serviceAccountCheck(facts: Facts, usage: Usage, mapping: Mapping): Check {
  const { source, namespace } = usage.workload;
  const { name } = mapping.serviceAccount;
  const subject = nameOf({ kind: "ServiceAccount", namespace: namespace ?? "default", name });
  const check = { code: "service-account-annotated", stage: "prepare", usage: usage.id, subject } as const;
  if (!isKnown(facts, source, "ServiceAccount", namespace))
    return { ...check, result: "not-checked", evidence: "service accounts could not be read" };
  const account = facts.objects.find(source, "ServiceAccount", namespace, name)?.object;
  const [principal] = usage.principals;
  const wanted = principal ? wantedAnnotations(facts, source, principal, account) : [];
  const has = (key: string) => account?.metadata.annotations?.[key];
  const wrong = wanted.find(([key, value]) => has(key)?.toLowerCase() !== value.toLowerCase());
  if (!wrong)
    return { ...check, result: "passed", evidence: `${name} has ${wanted.map(one => one.join("=")).join(" and ")}` };
  const [key, value] = wrong;
  const found = has(key);
  const evidence =
    found === undefined ? `${name} has no annotation ${key}` : `${name} has ${key}=${found}, wanted ${value}`;
  return { ...check, result: "failed", evidence };
}

/** Whether a dedicated account has the role bindings of the account that it replaces, before and after the workload runs as it. */
function roleBindingsCheck(facts: Facts, usage: Usage, mapping: Mapping): Check[] {
  const { source, namespace } = usage.workload;
  const { name } = mapping.serviceAccount;
  const account = facts.objects.find(source, "ServiceAccount", namespace, name)?.object;
  const old =
    name === usage.serviceAccount ? account?.metadata.annotations?.[insteadOfAnnotation] : usage.serviceAccount;
  if (old === undefined || old === name) return [];
  const subject = nameOf({ kind: "ServiceAccount", namespace: namespace ?? "default", name });
  const check = { code: "role-bindings-carried-over", stage: "prepare", usage: usage.id, subject } as const;
  const unknown = bindingKinds.filter(kind => !isKnown(facts, source, kind));
  if (unknown.length > 0)
    return [{ ...check, result: "not-checked", evidence: `${unknown.join(" and ")} objects could not be read` }];
  const has = new Set(bindingsOf(facts, source, accountOf(usage, name)));
  const wanted = bindingsOf(facts, source, accountOf(usage, old));
  const missing = wanted.filter(binding => !has.has(binding)).map(({ ref }) => nameOf(ref));
  if (missing.length > 0)
    return [{ ...check, result: "failed", evidence: `${old} is in ${missing.join(", ")}, but ${name} is not` }];
  const evidence =
    wanted.length === 0
      ? `${old}, which it replaces, is in none`
      : `${name} is in ${wanted.map(({ ref }) => nameOf(ref)).join(", ")}, as ${old} is`;
  return [{ ...check, result: "passed", evidence }];
}

function templateCheck(facts: Facts, usage: Usage, mapping: Mapping): Check {
  const workload = facts.objects.get(usage.workload);
  const passed = workload !== undefined && selectsWorkloadIdentity(podTemplateOf(workload));
  const codes = blockedFrom(mapping, "switch");
  const why = codes.length > 0 ? `; it is not switched because of ${codes.join(", ")}: plan says what to do` : "";
  return {
    code: "template-selects-webhook",
    stage: "switch",
    usage: usage.id,
    subject: nameOf(usage.workload),
    result: passed ? "passed" : "failed",
    evidence: passed
      ? 'has the label azure.workload.identity/use="true"'
      : `lacks the label azure.workload.identity/use="true"${why}`,
  };
}

function podsCheck(
  facts: Facts,
  usage: Usage,
  mapping: Mapping,
  { pods, token }: { pods: NonNullable<ReturnType<typeof facts.objects.get>>[]; token: PodToken },
): Check {
  const { source, namespace } = usage.workload;
  const check = { code: "pods-mutated", stage: "switch", usage: usage.id, subject: nameOf(usage.workload) } as const;
  if (!isKnown(facts, source, "Pod", namespace))
    return { ...check, result: "not-checked", evidence: "pods could not be read" };
  if (pods.length === 0) return { ...check, result: "not-checked", evidence: "none runs now" };
  for (const pod of pods) {
    const missing = missingMutations(pod, token);
    if (missing.length > 0)
      return { ...check, result: "failed", evidence: `${pod.metadata.name} lacks ${missing.join(", ")}` };
    const different = otherThanMapped(facts, pod, usage, mapping);
    if (different) return { ...check, result: "failed", evidence: `${pod.metadata.name} ${different}` };
  }
  const accounts = [...new Set(pods.map(pod => serviceAccountOf(pod.spec as PodSpec | undefined)))];
  const subjects = accounts.map(account => serviceAccountSubject(namespace ?? "default", account)).join(", ");
  return {
    ...check,
    result: "passed",
    evidence: `${pods.length} of ${pods.length} have the variables and the token volume, as ${subjects}`,
  };
}

/** What a pod that carries everything is all the same: somebody else than the credential is for, or somebody who asks elsewhere. */
export function otherThanMapped(
  facts: Facts,
  pod: KubernetesObject,
  usage: Usage,
  mapping: Mapping,
): string | undefined {
  const account = serviceAccountOf(pod.spec as PodSpec | undefined);
  const { name } = mapping.serviceAccount;
  if (account !== name) return `runs as the service account ${account}, wanted ${name}`;
  const [principal, ...others] = usage.principals;
  if (!principal || others.length > 0) return undefined;
  const { authorityHost } = facts.azure;
  const wanted = [
    ["AZURE_CLIENT_ID", principal.clientID, isOtherClientID],
    ["AZURE_TENANT_ID", tenantOf(facts, principal), isOtherTenant],
    ["AZURE_AUTHORITY_HOST", authorityHost, areOfTwoClouds],
  ] as const;
  for (const [variable, value, isOther] of wanted) {
    const has = valuesOf(pod, variable);
    if (value === undefined || has.length === 0 || has.some(one => !isOther(one, value))) continue;
    return `has ${variable}=${has.join(", ")}, wanted ${value}; a restart takes what account and webhook say now`;
  }
  return undefined;
}

function isOtherClientID(a: string, b: string): boolean {
  return !isSameClientID(a, b);
}
