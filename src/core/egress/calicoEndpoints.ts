import { isRecord } from "../kubernetes.ts";
import { all, not } from "../labelSelector.ts";
import { calicoSelector } from "./calicoSelector.ts";
import type { PolicyPod } from "./pod.ts";

type Labels = Readonly<Record<string, string>>;

/** The labels by which Calico knows a pod, its namespace and its account. */
export interface CalicoLabels {
  pod: Labels;
  namespace: Labels;
  account: Labels;
  /** A namespace that could not be read may have any label. */
  isOpen(key: string): boolean;
}

/** Labels of the namespace and of the account are the pod's too, with a prefix. */
export function calicoLabels({ labels, namespace, namespaceLabels, account }: PolicyPod): CalicoLabels {
  const ofNamespace = {
    ...namespaceLabels,
    "kubernetes.io/metadata.name": namespace,
    "projectcalico.org/name": namespace,
  };
  const ofAccount = { ...account.labels, "projectcalico.org/name": account.name };
  return {
    pod: {
      ...prefixed("pcns.", ofNamespace),
      ...prefixed("pcsa.", ofAccount),
      ...labels,
      "projectcalico.org/namespace": namespace,
      "projectcalico.org/orchestrator": "k8s",
      "projectcalico.org/serviceaccount": account.name,
    },
    namespace: ofNamespace,
    account: ofAccount,
    isOpen: key => namespaceLabels === undefined && key.startsWith("pcns."),
  };
}

function prefixed(prefix: string, labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [prefix + key, value]));
}

/**
 * Which pods a policy is about, or one side of its rule: those of which everything holds that it says (projectcalico/calico,
 * libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go). Undefined where a part that decides cannot be judged.
 */
export function calicoEndpoints(side: Record<string, unknown>): (labels: CalicoLabels) => boolean | undefined {
  const { selector, notSelector, namespaceSelector, serviceAccountSelector } = side;
  const { names, selector: ofAccounts } = isRecord(side.serviceAccounts) ? side.serviceAccounts : {};
  const ofPod = calicoSelector(selector);
  const notOfPod = notSelector ? calicoSelector(notSelector) : undefined;
  const ofNamespace = calicoSelector(namespaceSelector);
  const ofAccount = [calicoSelector(serviceAccountSelector), calicoSelector(ofAccounts)];
  const accounts: readonly unknown[] = Array.isArray(names) ? names : [];
  return ({ pod, namespace, account, isOpen }) =>
    all([
      accounts.length === 0 || accounts.includes(account["projectcalico.org/name"]),
      ...ofAccount.map(selects => selects(account)),
      ofNamespace(namespace, key => isOpen(`pcns.${key}`)),
      ofPod(pod, isOpen),
      notOfPod === undefined || not(notOfPod(pod, isOpen)),
    ]);
}
