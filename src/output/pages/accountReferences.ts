import type { AccountReferencesFindings } from "../../core/findings/accountReferences.ts";
import type { Page } from "./page.ts";

export const accountReferencesPages: Record<keyof AccountReferencesFindings, Page> = {
  "account-named-elsewhere": {
    what: "The workload gets a service account of its own, and something names the one that it leaves: a mesh or network policy, an admission policy, a role of Vault, a trust of another cloud, a federated credential of another identity, or whoever takes tokens of the account that its pods project.",
    why: "A service account is also a network and policy identity. Under another name the workload would be kept out, or let in where it was not.",
    todo: "Let the policy mean the new account too, before the switch; who trusts tokens gets system:serviceaccount:NAMESPACE:ACCOUNT as a further subject. Then name the object, and any policy that you wrote for the new account, under covered: of this workload in the config file. Or keep the account: serviceAccount: reuse.",
    source:
      "https://istio.io/latest/docs/reference/config/security/authorization-policy/, https://linkerd.io/2/reference/authorization-policy/, https://docs.tigera.io/calico/latest/network-policy/policy-rules/service-accounts",
  },
  "new-account-named-elsewhere": {
    what: "The workload gets another service account, and a policy means that one and not the one that the workload has.",
    why: "A name may have been given rights before there was an account of that name. With the name the workload would get them. A new account is given a name that no policy means, where there is one.",
    todo: "Look at the policy. Where the workload may have what it gives, as where you wrote it for the new account, name the object under covered: of this workload in the config file. Else let the policy mean somebody else, or keep the account: serviceAccount: reuse.",
    source:
      "https://istio.io/latest/docs/reference/config/security/authorization-policy/, https://linkerd.io/2/reference/authorization-policy/, https://docs.tigera.io/calico/latest/network-policy/policy-rules/service-accounts",
  },
  "account-policies-not-checked": {
    what: "The workload gets another service account, and kinds of policies that can name accounts could not be listed.",
    why: "A policy that is not seen may keep the workload out under its new account.",
    todo: "Ask for the role that the README has, and plan again.",
    source: "azwi-migrate: what could not be read is never guessed",
  },
};
