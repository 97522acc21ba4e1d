import { shell } from "./escape.ts";

/**
 * The command that turns on the issuer and workload identity of an AKS cluster, for a POSIX shell; with words for its names where
 * the cluster is not known. The tool never does this itself: it is a PUT of the whole cluster, which a client that does not know
 * all of its fields may reset.
 */
export function enablingCommand(resourceID: string | undefined): string {
  const [, , subscription = "SUBSCRIPTION", , resourceGroup = "GROUP", , , , name = "NAME"] =
    resourceID?.split("/") ?? [];
  const flags = "--enable-oidc-issuer --enable-workload-identity";
  return `az aks update --resource-group ${shell(resourceGroup)} --name ${shell(name)} --subscription ${shell(subscription)} ${flags}`;
}

export const enablingWarning =
  "The API server restarts, and it cannot be undone. Where the issuer was off before, new tokens name another one than old ones: tell whoever checks it.";
