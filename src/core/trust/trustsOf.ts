import type { ServiceAccountChoice } from "../accounts/serviceAccounts.ts";
import { joinedVerdicts, type Verdict } from "../checks/check.ts";
import type { Facts } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import { fitted } from "../fitted.ts";
import type { Decisions, PrincipalRef, Trust, Usage } from "../model.ts";
import { applicationFactsOf } from "./applicationFacts.ts";
import { azureFactsOf } from "./azureFacts.ts";
import { backendOf } from "./backend.ts";
import { identityBindingTrust } from "./identityBinding.ts";
import { issuerOf } from "./issuer.ts";
import { credentialsInTheWay, trustFor } from "./trusts.ts";

/** The trusts that let a usage's service account be its principals, with what stands against them. */
export function trustsOf(
  facts: Facts,
  decisions: Decisions,
  { usage, account }: { usage: Usage; account: Pick<ServiceAccountChoice, "name"> },
): Required<Verdict> & { trusts: Trust[] } {
  // An AzureIdentity that names neither resource nor client id leaves nothing to trust.
  const found = usage.principals
    .filter(one => one.id !== "")
    .map(principal => trustOf(facts, decisions, usage, principal, account));
  return { trusts: fitted(found.flatMap(({ trust }) => trust ?? [])), ...joinedVerdicts(...found) };
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
  const { issuer, ...ofIssuer } = issuerOf(facts, decisions, usage);
  const verdict = joinedVerdicts(azure, ofIssuer);
  if (issuer === undefined) return verdict;
  const { audience } = decisions;
  const account = { namespace: usage.workload.namespace ?? "default", name: serviceAccount };
  if (backendOf(facts, decisions, usage, principal) === "identityBinding") {
    const { trust, ...ofBinding } = identityBindingTrust(facts, usage, { principal, account, issuer });
    return { trust, ...joinedVerdicts(verdict, ofBinding) };
  }
  const existing = azure.identity?.credentials ?? [];
  const trust = trustFor(principal.id, account, { issuer, audience }, existing);
  if (trust.adopts !== undefined) {
    const adopted = finding("credential-adopted", about, { name: trust.adopts, principal: principal.id });
    return { trust, ...joinedVerdicts(verdict, { reasons: [adopted] }) };
  }
  const blocks: Finding[] = [];
  const { sameToken, sameName } = credentialsInTheWay(existing, trust);
  if (sameToken[0]) {
    const { name } = sameToken[0];
    const audiences = sameToken.map(one => one.audience);
    blocks.push(finding("credential-audience-differs", about, { name, audiences, expected: audience }));
  }
  if (sameName)
    blocks.push(finding("credential-name-taken", about, { name: sameName.name, subject: sameName.subject }));
  return { trust, ...joinedVerdicts(verdict, { blocks }) };
}
