import type { ManagedClustersFindings } from "../../core/findings/managedClusters.ts";
import type { Page } from "./page.ts";

const issuerPage = "https://learn.microsoft.com/azure/aks/use-oidc-issuer";

export const managedClustersPages: Record<keyof ManagedClustersFindings, Page> = {
  "cluster-not-in-azure": {
    what: "The cluster's nodes have no provider id of Azure: a cluster of another kind, such as kind, or one that runs elsewhere.",
    why: "What AKS says of its issuer and of workload identity is then not asked for; the cluster's own discovery document is enough.",
    todo: "Nothing. Where it is an AKS cluster after all, name it: --cluster-resource-id.",
    source: "kubernetes-sigs/cloud-provider-azure, pkg/provider: provider ids begin with azure:///subscriptions/",
  },
  "cluster-resource-not-found": {
    what: "The cluster's own resource in Azure was not found: neither through who manages the resource group of its nodes, nor through the host of its API server.",
    why: "Without it the tool cannot compare the issuer of the cluster with Azure's, nor see whether workload identity is on before pods restart. Nothing is blocked by that.",
    todo: "Give the id: --cluster-resource-id /subscriptions/S/resourceGroups/G/providers/Microsoft.ContainerService/managedClusters/NAME; for several contexts CONTEXT=ID, once each. It needs Microsoft.ContainerService/managedClusters/read.",
    source: "azwi-migrate: never found by the name of a context, which people make up",
  },
  "issuer-differs": {
    what: "The cluster's discovery document and Azure name two different issuers.",
    why: "Entra compares the issuer of a token with that of the credential byte for byte, the trailing slash included, and says AADSTS700211 where they differ. Which of the two the tokens will carry cannot be known, so nothing is built on either.",
    todo: "Check the resource id (another cluster's?) and the context. Where the issuer has just been enabled, wait for the API server and plan again. A proxy in front of the API server that rewrites the document shows up here too.",
    source: issuerPage,
  },
  "workload-identity-not-enabled": {
    what: "The AKS cluster has workload identity switched off, and no webhook of your own was seen.",
    why: "Without the webhook pods with the label get neither token nor environment: they would start and fail. Service accounts and federated credentials do not need it: stage prepare goes on, the switch waits (with identity bindings all of it does). An issuer that is off (issuer-not-enabled) blocks all of it.",
    todo: "Run the command that the finding prints (az 2.47 or later). The API server restarts, the issuer of new tokens changes for everybody who checks it where it was off before, and it cannot be undone. Then plan and apply again for the switch.",
    source: "https://learn.microsoft.com/azure/aks/workload-identity-deploy-cluster",
  },
  "credential-issuer-nearly-matches": {
    what: "A federated credential on one of the identities has the cluster's issuer but for a slash at the end or the case of letters.",
    why: "Entra compares byte for byte; AKS issuers end in a slash. A credential like this was accepted when it was made, and matches no token: AADSTS700211.",
    todo: "Find out whether it was meant for this cluster. The tool leaves it alone and writes its own; delete it with az identity federated-credential delete, since each identity has room for 20.",
    source: "https://azure.github.io/azure-workload-identity/docs/troubleshooting.html",
  },
};
