import type { AccountsFindings } from "../../core/findings/accounts.ts";
import type { Page } from "./page.ts";

const mapping =
  "https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html";
const ownChoice = "azwi-migrate src/core/accounts/serviceAccounts.ts, chooseServiceAccounts";
const rbac = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/";

export const accountsPages: Record<keyof AccountsFindings, Page> = {
  "service-account-in-cluster": {
    what: "Files and clusters are read together; the workload is in the files alone, and a cluster has the service account that it would run as.",
    why: "Annotating a shared account gives its identity to every pod that runs as it. Who those are is known in the cluster, not in the files.",
    todo: "Deploy the workload and plan it from the cluster, or name an account of its own in the manifests.",
    source: "azwi-migrate: nobody else uses this service account must be true of the whole cluster",
  },
  "service-account-default": {
    what: "The pods run as the namespace's service account default, so the workload gets a dedicated service account.",
    why: "Workload identity goes by the service account. Every pod of the namespace that names no account runs as default: an identity on that would be everybody's.",
    todo: "Nothing. The plan creates the account with the role bindings, imagePullSecrets and automount setting of default. To choose another name, give the workload an account of its own first.",
    source: ownChoice,
  },
  "service-account-shared": {
    what: "Other workloads run as the same service account, and have another identity or none, so this one gets a dedicated service account.",
    why: "A service account names one identity as the default of its pods. With pod identity each pod's label decided; a shared account cannot tell its workloads apart.",
    todo: "Nothing. Each of the workloads gets an account of its own with the role bindings, imagePullSecrets and automount setting of the shared one, which stays as it is.",
    source: mapping,
  },
  "service-account-names-other-identity": {
    what: "The workload's service account already carries a client id or tenant id that is not this workload's, so the workload gets a dedicated service account.",
    why: "Somebody has set that annotation for pods that use workload identity already. Replacing it would make those pods somebody else.",
    todo: "Nothing, unless the annotation is a left-over: then remove it and plan again, and the account is kept.",
    source: mapping,
  },
  "service-account-reused": {
    what: "The workload keeps its service account, which is annotated with its client id.",
    why: "Every workload that uses pod identity as this account has the same identity, so that one annotation is right for all of them.",
    todo: "Nothing. For a service account of its own all the same: --service-account dedicated, or serviceAccount: dedicated for this workload in the config file.",
    source: ownChoice,
  },
  "service-account-dedicated": {
    what: "The workload gets a service account that is made for it, because that was decided: --service-account dedicated, or the config file.",
    why: "With one account a workload, rights and federated credentials of one never reach another. It costs a federated credential each, of 20 that an identity may have.",
    todo: "Nothing. With --service-account auto the workload would keep its own account wherever that is right for all of its users.",
    source: ownChoice,
  },
  "service-account-not-reusable": {
    what: "It was decided that the workload keeps its service account (--service-account reuse, or the config file), but that cannot be given its identity: it is default, is used by workloads with another identity, or names another identity already.",
    why: "Annotating it would give the identity to pods that do not have it today, or take theirs from others.",
    todo: "Let this workload have a dedicated account (serviceAccount: auto or dedicated for it in the config file), or name another account in its pod template and plan again.",
    source: ownChoice,
  },
  "service-account-missing": {
    what: "The pod template names a service account that does not exist. The plan creates it.",
    why: "No pod of the workload can be created today: the API server refuses pods whose account is not there. Role bindings that name the account take effect with it.",
    todo: "Find out whether the account was deleted by mistake, or is to come from a chart or from Git: then let that create it, and plan again.",
    source: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/",
  },
  "service-account-settings-left-behind": {
    what: "The dedicated service account gets the role bindings, imagePullSecrets, automountServiceAccountToken, the token expiration for workload identity and an enforced list of mountable Secrets of the one that it replaces, but not the annotations, labels and Secrets named here.",
    why: "Other tools and clouds trust an account by its name (eks.amazonaws.com/role-arn, iam.gke.io/gcp-service-account, Vault roles) or say with labels and annotations who deploys it (Helm, Argo CD): a copy would be a trust that nobody has given, or have a second owner prune it. Secrets in the account's list are tokens of that account, or a list that nothing enforces.",
    todo: "For each one named: if the workload relies on it, set it up for the dedicated account too, before the stage switch. If not, do nothing.",
    source: "azwi-migrate src/core/accounts/accountSettings.ts, leftBehind",
  },
  "service-account-not-checked": {
    what: "Workloads, pods or service accounts of the namespace could not be listed.",
    why: "Whether the account can be given the identity depends on everybody who runs as it. What is not seen is not guessed, so that the workload is left alone.",
    todo: "Ask for get and list on the kinds named, in the namespace or the whole cluster, and plan again. azwi-migrate scan prints the ClusterRole that reads everything.",
    source: ownChoice,
  },
  "role-bindings-not-checked": {
    what: "RoleBindings or ClusterRoleBindings of the cluster could not be listed, and the workload is to get a dedicated service account.",
    why: "Bindings of any namespace can give rights to the old account. A new one without them would take rights from the workload.",
    todo: "Ask for get and list on rolebindings and clusterrolebindings in the whole cluster, and plan again. Or give the workload an account of its own by hand, with the rights that it needs.",
    source: rbac,
  },
};
