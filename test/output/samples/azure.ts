import type { AzureFindings } from "../../../src/core/findings/azure.ts";
import { hostile } from "./hostile.ts";

export const azureSamples: AzureFindings = {
  "credential-adopted": { name: hostile, principal: hostile },
  "several-identities": { candidates: [hostile], key: hostile },
  "default-identity-of-node": { candidates: [hostile], key: hostile },
  "default-identity-unknown": { defaultIdentity: hostile, candidates: [hostile] },
  "client-ids-needed-in-code": { defaultIdentity: hostile, others: [hostile] },
  "client-id-mismatch": { resourceID: hostile, azureIdentity: hostile, azure: hostile, place: hostile },
  "identity-not-found": { resourceID: hostile, clientID: hostile, unsearched: [hostile] },
  "credential-audience-differs": { name: hostile, audiences: [hostile, hostile], expected: hostile },
  "credential-name-taken": { name: hostile, subject: hostile },
  "issuer-mismatch": { flag: hostile, cluster: hostile },
  "issuer-not-enabled": { issuer: hostile, resourceID: hostile },
  "issuer-not-usable": { issuer: hostile, problem: "notURL" },
  "azure-not-checked": { reason: hostile, application: hostile, filesAlone: true },
  "issuer-unknown": {},
};
