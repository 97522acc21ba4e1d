import { type Kubectl, kubectlOrThrow } from "../testbed/kubectl.ts";
import type { KubernetesObject } from "../testbed/objects.ts";

export const rbac = "rbac.authorization.k8s.io";

export interface Rule {
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
  verbs: string[];
}

/** `shop/read` parted; a bare name has no namespace. */
function metadataOf(path: string): { namespace?: string; name: string } {
  const [first = "", second] = path.split("/");
  return second === undefined ? { name: first } : { namespace: first, name: second };
}

export function role(kind: "Role" | "ClusterRole", path: string, rules: Rule[]): KubernetesObject {
  return { apiVersion: `${rbac}/v1`, kind, metadata: metadataOf(path), rules };
}

/** A RoleBinding (`shop/read`) or ClusterRoleBinding (`read`) of a role named `KIND/NAME`. */
export function roleBinding(path: string, roleRef: string, subjects: object[]): KubernetesObject {
  const [kind, name] = roleRef.split("/");
  return {
    apiVersion: `${rbac}/v1`,
    kind: path.includes("/") ? "RoleBinding" : "ClusterRoleBinding",
    metadata: metadataOf(path),
    roleRef: { apiGroup: rbac, kind, name },
    subjects,
  };
}

export function accountSubject(namespace: string, name: string) {
  return { kind: "ServiceAccount", name, namespace };
}

/** The same account as the user that the API server makes of it. */
export function userSubject(namespace: string, name: string) {
  return { apiGroup: rbac, kind: "User", name: `system:serviceaccount:${namespace}:${name}` };
}

const asked = ["get", "list", "create", "update", "patch", "delete"].flatMap(verb =>
  [
    { group: "", resource: "configmaps" },
    { group: "", resource: "secrets" },
    { group: "", resource: "secrets", name: "key" },
    { group: "", resource: "pods" },
    { group: "", resource: "nodes" },
    { group: "apps", resource: "deployments" },
    { group: rbac, resource: "rolebindings" },
  ].flatMap(resource =>
    [undefined, "shop", "bank"].map(namespace => ({ verb, ...resource, ...(namespace ? { namespace } : {}) })),
  ),
);

/** What the API server lets an account do: each question of a set of verbs and kinds, and all the rules that it names. */
export async function permissionsOf(kubectl: Kubectl, namespace: string, name: string): Promise<unknown> {
  const user = `system:serviceaccount:${namespace}:${name}`;
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
  const reviews = [
    ...asked.map(resourceAttributes => ({ user, groups, resourceAttributes })),
    { user, groups, nonResourceAttributes: { path: "/metrics", verb: "get" } },
  ];
  const items = reviews.map(spec => ({ apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec }));
  const answers = await kubectlOrThrow(kubectl, ["create", "-f", "-", "-o", "json"], {
    input: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
  });
  const allowed = answersIn(answers)
    .filter(({ status }) => status.allowed === true)
    .map(({ spec }) => JSON.stringify(spec.resourceAttributes ?? spec.nonResourceAttributes));
  const rules = await Promise.all(["shop", "bank"].map(where => rulesOf(kubectl, user, where)));
  return { allowed, rules };
}

interface Review {
  spec: { resourceAttributes?: object; nonResourceAttributes?: object };
  status: { allowed?: boolean; resourceRules?: object[]; nonResourceRules?: object[] };
}

/** Objects that kubectl prints one behind the other, or as a List. */
function answersIn(text: string): Review[] {
  const parsed = JSON.parse(`[${text.replaceAll(/^\}\s*^\{/gm, "},{")}]`) as (Review & { items?: Review[] })[];
  return parsed.flatMap(one => one.items ?? [one]);
}

async function rulesOf(kubectl: Kubectl, user: string, namespace: string): Promise<string[]> {
  const review = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec: { namespace } };
  const answer = await kubectlOrThrow(kubectl, ["create", "--validate=false", "--as", user, "-f", "-", "-o", "json"], {
    input: JSON.stringify(review),
  });
  const { resourceRules = [], nonResourceRules = [] } = (JSON.parse(answer) as Review).status;
  return [...resourceRules, ...nonResourceRules].map(rule => JSON.stringify(rule)).sort();
}
