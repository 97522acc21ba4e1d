import { expect, it } from "vitest";
import { tenantToName } from "../../../src/core/azure/tenants.ts";
import type { ClusterSource, PrincipalRef } from "../../../src/core/model.ts";
import { clientIDOf, factsOf, tenant, west } from "../factories.ts";

const other = "bbbbbbbb-0000-0000-0000-00000000000b";
const id = "/subscriptions/sub/resourcegroups/shop/providers/microsoft.managedidentity/userassignedidentities/cart";
const identity: PrincipalRef = { type: "userAssigned", id, clientID: clientIDOf("cart") };
const application: PrincipalRef = {
  type: "application",
  id: clientIDOf("till"),
  clientID: clientIDOf("till"),
  tenantID: tenant,
};
const issuerOf = (name: string) =>
  `https://westeurope.oic.prod-aks.azure.com/${name}/11110000-0000-4000-8000-000000000001/`;

/** What an account names whose principal is in `tenant`. */
function named(principal: PrincipalRef, webhook: Partial<ClusterSource["webhook"]>, issuer = issuerOf(tenant)) {
  const facts = factsOf([], { cluster: { issuer, webhook: { installed: true, ...webhook } } });
  const seen = { clientID: identity.clientID, tenantID: tenant, credentials: [] };
  facts.azure = { ...facts.azure, identities: new Map([[id, seen]]) };
  return tenantToName(facts, west, principal);
}

it.each<[string, PrincipalRef, Partial<ClusterSource["webhook"]>, string | undefined]>([
  ["an identity is left to a webhook of its tenant", identity, { tenantID: tenant.toUpperCase() }, undefined],
  ["an identity names its tenant where the webhook has another", identity, { tenantID: other }, tenant],
  ["an identity names it to an add-on that has another", identity, { tenantID: other, addon: true }, tenant],
  ["an identity is left to a webhook of which nothing is known", identity, {}, undefined],
  [
    "an identity names its tenant to a webhook of which only the Deployment was seen",
    identity,
    { namespace: "a" },
    tenant,
  ],
  [
    "an identity names its tenant where the webhook's goes by a domain name",
    identity,
    { namespace: "a", tenantID: "contoso.example" },
    tenant,
  ],
  ["an application names its tenant to any webhook of one's own", application, { tenantID: tenant }, tenant],
  ["an application names its tenant where the webhook's is not known", application, {}, tenant],
  ["an application is left to the add-on", application, { addon: true }, undefined],
])("%s", (_, principal, webhook, expected) => {
  expect(named(principal, webhook)).toBe(expected);
});

it("an identity names its tenant where the cluster is in another and the webhook's is not known", () => {
  expect(named(identity, { addon: true }, issuerOf(other))).toBe(tenant);
});
