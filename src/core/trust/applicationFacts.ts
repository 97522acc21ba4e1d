import { isClientID } from "../azure/servicePrincipal.ts";
import type { Verdict } from "../checks/check.ts";
import type { Facts } from "../facts.ts";
import { finding } from "../findings/codes.ts";
import type { ApplicationFacts, PrincipalRef, Usage } from "../model.ts";
import { notAsked } from "./azureFacts.ts";

/** What Microsoft Graph says of an application; where it has none that a federated credential could be put on, the usage is blocked. */
export function applicationFactsOf(
  facts: Facts,
  usage: Usage,
  { id, clientID, tenantID }: PrincipalRef,
): Verdict & { identity?: ApplicationFacts } {
  const about = { subject: usage.workload };
  if (!isClientID(id)) return {};
  const seen = facts.azure.applications?.get(id);
  if (seen === undefined || (seen !== "notFound" && "failed" in seen)) {
    const why = seen ? { reason: seen.failed } : notAsked(facts);
    return { notChecked: [finding("azure-not-checked", about, { ...why, application: clientID })] };
  }
  if (seen === "notFound") {
    const args = { clientID, ...(tenantID === undefined ? {} : { tenantID }) };
    return { blocks: [finding("application-not-found", about, args)] };
  }
  if ("homeTenant" in seen)
    return { blocks: [finding("application-of-other-tenant", about, { clientID, homeTenant: seen.homeTenant })] };
  return { identity: seen };
}
