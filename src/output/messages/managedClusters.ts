import type { ManagedClustersFindings } from "../../core/findings/managedClusters.ts";
import { enablingCommand, enablingWarning } from "../enablingCommand.ts";
import { text } from "../escape.ts";
import type { Messages } from "./message.ts";

/** What is told of the AKS cluster itself. */
export const managedClustersMessages: Pick<Messages, keyof ManagedClustersFindings> = {
  "cluster-not-in-azure": {
    title: "Not an AKS cluster",
    explain: ({ context }) =>
      `No node of the cluster of context ${text(context)} is Azure's, so that nothing is asked of AKS. If it is one, give --cluster-resource-id.`,
  },
  "cluster-resource-not-found": {
    title: "The AKS cluster was not found in Azure",
    explain: ({ context, reason }) =>
      `Which AKS cluster context ${text(context)} leads to is not known: ${text(reason)}. Whether its issuer and workload identity are enabled was not compared. Give its resource id (--cluster-resource-id), with Reader on it.`,
  },
  "issuer-differs": {
    title: "Azure and the cluster name two issuers",
    explain: ({ cluster, azure, resourceID, slashOnly }) =>
      `The cluster's discovery document says ${text(cluster)}, Azure says ${text(azure)} for ${text(resourceID)}${slashOnly ? "; only the slash at the end differs, but Entra compares that too" : ""}. A credential with the wrong one matches no token, so none is written. Either that is another cluster's resource id, or the issuer has just been enabled: then plan again when the API server has restarted.`,
  },
  "workload-identity-not-enabled": {
    title: "Workload identity is off in the cluster",
    explain: ({ resourceID }) =>
      `Workload identity is off for ${text(resourceID)}, so that no webhook gives pods a token, and they are not switched before it is on. Turn it on: \`${enablingCommand(resourceID)}\`. ${enablingWarning}`,
  },
  "credential-issuer-nearly-matches": {
    title: "A federated credential that nearly has the cluster's issuer",
    explain: ({ principal, name, issuer, expected }) =>
      `Federated credential ${text(name)} of ${text(principal)} has the issuer ${text(issuer)}, the cluster ${text(expected)}. Entra compares every character, so that it never matches (AADSTS700211). If it was meant for this cluster, create it anew with the cluster's issuer and delete it.`,
  },
};
