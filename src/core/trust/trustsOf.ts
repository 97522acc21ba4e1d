import type { Verdict } from "../checks/check.ts";
import type { Facts } from "../facts.ts";
import { finding } from "../findings/codes.ts";
import type { Decisions, PrincipalRef, Trust, Usage } from "../model.ts";
import type { ServiceAccountChoice } from "../serviceAccounts.ts";
import { trustFor } from "../trusts.ts";
import { applicationFactsOf } from "./applicationFacts.ts";
import { azureFactsOf } from "./azureFacts.ts";
import { backendOf } from "./backend.ts";
import { identityBindingTrust } from "./identityBinding.ts";
import { issuerOf } from "./issuer.ts";

/** The trusts that let a usage's service account be its principals, with what stands against them. */
export function trustsOf(
  facts: Facts,
  decisions: Decisions,
  { usage, account }: { usage: Usage; account: Pick<ServiceAccountChoice, "name"> },
): Required<Verdict> & { trusts: Trust[] } {
  const all: Required<Verdict> & { trusts: Trust[] } = { trusts: [], reasons: [], blocks: [], notChecked: [] };
  // An AzureIdentity that names neither resource nor client id leaves nothing to trust.
  for (const principal of usage.principals.filter(one => one.id !== "")) {
    const { trust, reasons = [], blocks = [], notChecked = [] } = trustOf(facts, decisions, usage, principal, account);
    if (trust) all.trusts.push(trust);
    all.reasons.push(...reasons);
    all.blocks.push(...blocks);
    all.notChecked.push(...notChecked);
  }
  return all;
}

function trustOf(
  facts: Facts,
  decisions: Decisions,
  usage: Usage,
  principal: PrincipalRef,
  { name: serviceAccount }: Pick<ServiceAccountChoice, "name">,
): Verdict & { trust?: Trust } {
  const about = { subject: usage.workload };
  const factsOf = principal.type === "application" ? applicationFactsOf : azureFactsOf;
  const azure = factsOf(facts, usage, principal);
  const { reasons = [] } = azure;
  const { issuer, ...ofIssuer } = issuerOf(facts, decisions, usage);
  const blocks = [...(azure.blocks ?? []), ...(ofIssuer.blocks ?? [])];
  const notChecked = [...(azure.notChecked ?? []), ...(ofIssuer.notChecked ?? [])];
  if (issuer === undefined) return { reasons, blocks, notChecked };
  const { audience } = decisions;
  const account = { namespace: usage.workload.namespace ?? "default", name: serviceAccount };
  if (backendOf(facts, decisions, usage, principal) === "identityBinding") {
    const bound = identityBindingTrust(facts, usage, { principal, account, issuer });
    return {
      trust: bound.trust,
      reasons: [...reasons, ...(bound.reasons ?? [])],
      blocks: [...blocks, ...(bound.blocks ?? [])],
      notChecked: [...notChecked, ...(bound.notChecked ?? [])],
    };
  }
  const existing = azure.identity?.credentials ?? [];
  const trust = trustFor(principal.id, account, { issuer, audience }, existing);
  if (trust.adopts !== undefined) {
    const adopted = finding("credential-adopted", about, { name: trust.adopts, principal: principal.id });
    return { trust, reasons: [...reasons, adopted], blocks, notChecked };
  }
  const other = existing.filter(one => one.issuer === trust.issuer && one.subject === trust.subject);
  if (other[0]) {
    const audiences = other.map(one => one.audience);
    blocks.push(finding("credential-audience-differs", about, { name: other[0].name, audiences, expected: audience }));
  }
  // ARM keeps the case of names and does not heed it.
  const taken = existing.find(one => one.name.toLowerCase() === trust.name.toLowerCase());
  if (taken) blocks.push(finding("credential-name-taken", about, { name: taken.name, subject: taken.subject }));
  return { trust, reasons, blocks, notChecked };
}
