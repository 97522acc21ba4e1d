import { isRecord, type KubernetesObject } from "../kubernetes.ts";
import type { Change } from "../model.ts";
import {
  clientIDAnnotation,
  isTokenExpiration,
  tenantIDAnnotation,
  tokenExpirationAnnotation,
} from "../workloadIdentity/workloadIdentity.ts";
import { createdForAnnotation, insteadOfAnnotation } from "./accountNames.ts";

/** Restricts which Secrets an account's pods may name to those in `secrets` (ServiceAccount admission of Kubernetes). */
export const mountableSecretsAnnotation = "kubernetes.io/enforce-mountable-secrets";

/** What of an account works through its pods, and has to be the same on an account that takes its place. */
export interface AccountSettings {
  annotations: Record<string, string>;
  imagePullSecrets: { name: string }[];
  automountServiceAccountToken?: boolean;
  /** Only where an annotation makes them count. */
  secrets: { name: string }[];
}

export function settingsOf(account: KubernetesObject | undefined): AccountSettings {
  const { annotations: all = {} } = account?.metadata ?? {};
  const annotations: Record<string, string> = {};
  const enforced = all[mountableSecretsAnnotation];
  if (enforced !== undefined) annotations[mountableSecretsAnnotation] = enforced;
  const expiration = all[tokenExpirationAnnotation];
  // With any other value no pod would be admitted; who is not on workload identity yet never noticed.
  if (expiration !== undefined && isTokenExpiration(expiration)) annotations[tokenExpirationAnnotation] = expiration;
  const automount = account?.automountServiceAccountToken;
  return {
    annotations,
    imagePullSecrets: namesIn(account?.imagePullSecrets),
    ...(typeof automount === "boolean" ? { automountServiceAccountToken: automount } : {}),
    secrets: annotations[mountableSecretsAnnotation] === undefined ? [] : namesIn(account?.secrets),
  };
}

/** The changes that give an account what it lacks of these settings. What it has itself, people have given it: that stays. */
export function settingsChanges(account: KubernetesObject, wanted: AccountSettings): Change[] {
  const has = settingsOf(account);
  const lacking = (field: "imagePullSecrets" | "secrets") =>
    wanted[field]
      .filter(({ name }) => !namesIn(account[field]).some(one => one.name === name))
      .map(item => ({ path: [field, { match: item }], after: item }));
  return [
    ...Object.entries(wanted.annotations)
      .filter(([key]) => has.annotations[key] === undefined)
      .map(([key, after]) => ({ path: ["metadata", "annotations", key], after })),
    ...lacking("imagePullSecrets"),
    ...lacking("secrets"),
    ...(wanted.automountServiceAccountToken === undefined || has.automountServiceAccountToken !== undefined
      ? []
      : [{ path: ["automountServiceAccountToken"], after: wanted.automountServiceAccountToken }]),
  ];
}

/** What an account that takes another's place does not get from it, by name. */
export interface LeftBehind {
  annotations: string[];
  labels: string[];
  secrets: string[];
}

/**
 * Annotations and labels of other tools and clouds are settings for the account by its name, or say who deploys it: copied, they
 * would make a second owner, or a trust that nobody has given. `secrets` are tokens of the account itself, or a list that
 * nothing enforces. Undefined where there is none of that.
 */
export function leftBehind(account: KubernetesObject | undefined): LeftBehind | undefined {
  const { annotations = {}, labels = {} } = account?.metadata ?? {};
  const kept = settingsOf(account);
  const left = {
    annotations: Object.keys(annotations)
      .filter(key => !known.has(key) && !isDeployers(key) && kept.annotations[key] === undefined)
      .sort(),
    labels: Object.keys(labels)
      .filter(key => !isDeployers(key))
      .sort(),
    secrets: kept.secrets.length > 0 ? [] : namesIn(account?.secrets).map(({ name }) => name),
  };
  return Object.values(left).every(list => list.length === 0) ? undefined : left;
}

const known: ReadonlySet<string> = new Set([
  clientIDAnnotation,
  tenantIDAnnotation,
  createdForAnnotation,
  insteadOfAnnotation,
]);

/** Keys that say who deploys an object, and nothing else: nobody would look for them on the new account. */
function isDeployers(key: string): boolean {
  const domain = key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
  return deployers.has(domain) || domain.endsWith(".toolkit.fluxcd.io");
}

const deployers: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io",
  "app.kubernetes.io",
  "helm.sh",
  "meta.helm.sh",
  "argocd.argoproj.io",
  "config.kubernetes.io",
  "addonmanager.kubernetes.io",
  "objectset.rio.cattle.io",
]);

function namesIn(list: unknown): { name: string }[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  const names = items.map(item => (isRecord(item) ? item.name : undefined));
  return [...new Set(names.filter(name => typeof name === "string" && name !== ""))].map(name => ({
    name: String(name),
  }));
}
