import { decisionFor, decisionForIdentity } from "../decisions.ts";
import type { Facts } from "../facts.ts";
import { type KubernetesObject, podTemplateOf } from "../kubernetes.ts";
import type { ClusterSource, Decisions, PrincipalRef, Trust, Usage, Webhook } from "../model.ts";
import { onlyClusterOf } from "../podIdentity/worlds.ts";
import { bindingAnnotation, type PodToken } from "../workloadIdentity/workloadIdentity.ts";

export type TrustBackend = Trust["backend"];
type DecidedUsage = Pick<Usage, "workload" | "principals">;

/** What the webhook does for pods that ask for an identity binding. */
export type BindingWebhook = NonNullable<Webhook["identityBinding"]>;

/**
 * By what a workload becomes this principal: as decided for the workload, for the identity, or for all; where nobody decided, an
 * identity binding if its template asks for one already. AKS binds managed identities alone.
 */
export function backendOf(
  facts: Facts,
  decisions: Decisions,
  usage: DecidedUsage,
  { type, clientID }: Pick<PrincipalRef, "type" | "clientID">,
): TrustBackend {
  if (type === "application") return "federatedCredential";
  const { trust: ofIdentity } = decisionForIdentity(decisions, clientID);
  const decided = decisionFor(decisions, usage).trust ?? ofIdentity ?? decisions.trust;
  return decided ?? (asksForBinding(facts, usage) ? "identityBinding" : "federatedCredential");
}

/** Whether the workload's pods get a token for an identity binding: a pod's token has one audience, whoever it is for. */
export function isBound(facts: Facts, decisions: Decisions, usage: DecidedUsage): boolean {
  return usage.principals.some(principal => backendOf(facts, decisions, usage, principal) === "identityBinding");
}

/** The cluster that a workload runs in, or is about to. */
export function clusterOf(facts: Facts, { workload }: Pick<Usage, "workload">): ClusterSource | undefined {
  return onlyClusterOf(facts, workload.source);
}

/** The audience that AKS's webhook projects for identity bindings: Microsoft Learn, aks/identity-bindings.md. */
export const defaultBindingAudience = "api://AKSIdentityBinding";

/** What has to change of a template's annotation, so that its pods get the token that their trust takes; undefined for nothing. */
export function bindingChange(
  facts: Facts,
  decisions: Decisions,
  usage: DecidedUsage,
): { key: string; after: "true" | "false" } | undefined {
  const isWanted = isBound(facts, decisions, usage);
  if (isWanted === asksForBinding(facts, usage)) return undefined;
  const key = clusterOf(facts, usage)?.webhook.identityBinding?.annotation ?? bindingAnnotation;
  return { key, after: isWanted ? "true" : "false" };
}

/** Whether a pod or a template asks this webhook for a token of an identity binding: the value's case does not count (pkg/webhook/webhook.go). */
function asksForBindingToken(
  annotations: Record<string, string> | undefined,
  webhook: BindingWebhook | undefined,
): boolean {
  return webhook !== undefined && annotations?.[webhook.annotation]?.toLowerCase() === "true";
}

function asksForBinding(facts: Facts, usage: DecidedUsage): boolean {
  const webhook = clusterOf(facts, usage)?.webhook.identityBinding;
  const workload = webhook && facts.objects.get(usage.workload);
  return asksForBindingToken(workload && podTemplateOf(workload)?.metadata?.annotations, webhook);
}

/** The token that the pods of a workload are to have. */
export function wantedToken(facts: Facts, decisions: Decisions, usage: DecidedUsage): PodToken {
  if (!isBound(facts, decisions, usage)) return { audience: decisions.audience };
  return bindingToken(clusterOf(facts, usage)?.webhook.identityBinding?.audience ?? defaultBindingAudience);
}

/** The token that this pod asks the webhook for. */
export function tokenAskedFor(
  { metadata: { annotations } }: KubernetesObject,
  { audience, webhook }: { audience: string; webhook: BindingWebhook | undefined },
): PodToken {
  return webhook && asksForBindingToken(annotations, webhook) ? bindingToken(webhook.audience) : { audience };
}

/** What every pod with such a token has beside it: pkg/webhook/webhook.go, addEnvironmentVariables; more depends on settings. */
function bindingToken(audience: string): PodToken {
  return { audience, variables: ["AZURE_KUBERNETES_TOKEN_PROXY", "AZURE_KUBERNETES_CA_FILE"] };
}
