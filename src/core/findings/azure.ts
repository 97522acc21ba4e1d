import type { IssuerProblem } from "../trust/issuerProblem.ts";
import type { Severity } from "./severity.ts";

/** What is told of identities, trusts and issuers. */
export interface AzureFindings {
  "credential-adopted": { name: string; principal: string };
  "several-identities": { candidates: string[]; key: string };
  "default-identity-of-node": { candidates: string[]; key: string };
  "default-identity-unknown": { defaultIdentity: string; candidates: string[] };
  "client-ids-needed-in-code": { defaultIdentity: string; others: string[] };
  /** `place`: where the client id of the AzureIdentity is found. */
  "client-id-mismatch": { resourceID: string; azureIdentity: string; azure: string; place?: string };
  /** `unsearched`: subscriptions in which the client id could not be looked for. */
  "identity-not-found": { resourceID: string; clientID: string; unsearched: string[] };
  "credential-audience-differs": { name: string; audiences: string[]; expected: string };
  "credential-name-taken": { name: string; subject: string };
  "issuer-mismatch": { flag: string; cluster: string };
  /** `issuer` as the cluster has it, where that could be read; `resourceID` where the AKS cluster is known. */
  "issuer-not-enabled": { issuer?: string; resourceID?: string };
  "issuer-not-usable": { issuer: string; problem: IssuerProblem };
  /** `application`: the client id of an application, which Microsoft Graph was to be asked about. `filesAlone`: no sign-in would help. */
  "azure-not-checked": { reason: string; application?: string; filesAlone?: true };
  "issuer-unknown": Record<string, never>;
}

export const azureSeverities: Readonly<Record<keyof AzureFindings, Severity>> = {
  "credential-adopted": "info",
  "several-identities": "error",
  "default-identity-of-node": "error",
  "default-identity-unknown": "error",
  "client-ids-needed-in-code": "warning",
  "client-id-mismatch": "error",
  "identity-not-found": "error",
  "credential-audience-differs": "error",
  "credential-name-taken": "error",
  "issuer-mismatch": "error",
  "issuer-not-enabled": "error",
  "issuer-not-usable": "error",
  "azure-not-checked": "warning",
  "issuer-unknown": "warning",
};
