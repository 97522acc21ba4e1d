import { bindingOptions } from "../clientPath/bindingOptions.ts";
import { secretClassOf } from "../consumers/secretClass.ts";
import { isCovered } from "../decisions.ts";
import { nameOf } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import type { PrincipalRef } from "../model.ts";
import { backendOf, clusterOf, isBound } from "../trust/backend.ts";
import { knownImages } from "../workloadIdentity/sdkReadiness.ts";
import { containersOf } from "../workloads/templateContainers.ts";
import type { Check, CheckedUsage, Verdict } from "./check.ts";

/** Whether pods can get their identity through the cluster's identity binding, as decided; elsewhere this has nothing to say. */
export const checkIdentityBinding: Check = checked => {
  const { facts, decisions, usage, changes } = checked;
  if (!isBound(facts, decisions, usage)) return {};
  const differing = backendsDiffer(checked);
  if (changes.length === 0) return { blocks: differing };
  const client = clientVerdict(checked);
  return {
    reasons: client.reasons ?? [],
    blocks: [...differing, ...clusterBlocks(checked), ...(client.blocks ?? []), ...consumerBlocks(checked)],
  };
};

function backendsDiffer({ facts, decisions, usage }: CheckedUsage): Finding[] {
  const named = (backend: string) => {
    const chosen = usage.principals.filter(one => backendOf(facts, decisions, usage, one) === backend);
    return chosen.map(principal => identityName(usage.identities, principal));
  };
  const [bindings, credentials] = [named("identityBinding"), named("federatedCredential")];
  if (credentials.length === 0) return [];
  return [finding("identity-binding-backends-differ", { subject: usage.workload }, { bindings, credentials })];
}

function identityName(identities: CheckedUsage["usage"]["identities"], { clientID }: PrincipalRef): string {
  const identity = identities.find(one => one.clientID === clientID);
  return identity ? `${identity.namespace}/${identity.name}` : clientID;
}

function clusterBlocks({ facts, usage }: CheckedUsage): Finding[] {
  const about = { subject: usage.workload };
  const cluster = clusterOf(facts, usage);
  if (!cluster) return [];
  const { webhook, azure } = cluster;
  const version = webhook.version === undefined ? {} : { version: webhook.version };
  const isSetUp = webhook.installed === false || webhook.identityBinding !== undefined;
  return [
    ...(isSetUp ? [] : [finding("identity-binding-not-in-webhook", about, version)]),
    ...(azure?.apiServerVnetIntegration
      ? [finding("identity-binding-vnet-integration", about, { cluster: azure.resourceID })]
      : []),
  ];
}

/** What in the pods asks for tokens: the proxy, a program whose ways are known, or code that nobody can look into. */
function clientVerdict({ facts, usage, template, decision }: CheckedUsage): Verdict {
  const about = { subject: usage.workload };
  if (decision.clientPath === "proxy") {
    const version = clusterOf(facts, usage)?.webhook.version;
    // AKS builds the proxy of its preview from a branch that has identity bindings.
    if (version?.startsWith("1.6.0-alpha.")) return {};
    return { blocks: [finding("identity-binding-proxy", about, version === undefined ? {} : { version })] };
  }
  const { programs, languages } = knownImages(containersOf(template));
  if (programs.length > 0) return { blocks: [finding("identity-binding-program", about, { programs })] };
  return { reasons: [finding("identity-binding-sdk-option", about, { options: bindingOptions(languages) })] };
}

/** Who requests tokens of the account for itself needs a credential that trusts the account. */
function consumerBlocks({ usage, awaited, decision }: CheckedUsage): Finding[] {
  return awaited.uses
    .filter(({ object }) => !secretClassOf(object.object)?.modes.includes("useAzureTokenProxy"))
    .flatMap(({ consumer, object }) => {
      const name = nameOf(object.ref);
      if (isCovered(decision, name)) return [];
      return [finding("identity-binding-consumer", { subject: usage.workload }, { consumer, object: name })];
    });
}
