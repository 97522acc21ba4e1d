import type { CloudsFindings } from "../../core/findings/clouds.ts";
import type { Page } from "./page.ts";

export const cloudsPages: Record<keyof CloudsFindings, Page> = {
  "cloud-mismatch": {
    what: "The host of the cluster's issuer belongs to AKS in one cloud, and identities and credentials were looked for in another one.",
    why: "Identities, tenants and tokens of Azure's clouds (public, US government, China) are apart. Usually the wrong cloud was named, and the identities will not be found there. That the Entra of one cloud trusts a cluster in another one is possible, which is why this blocks nothing.",
    todo: "Give --cloud public, usgovernment, china or a file that describes the cloud, and sign in to that one. The audience stays what the cluster's webhook projects, in every cloud.",
    source: "https://learn.microsoft.com/azure/aks/use-oidc-issuer",
  },
};
