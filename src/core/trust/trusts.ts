import type { Account } from "../accounts/roleBindings.ts";
import { shortHash } from "../documents/hash.ts";
import type { FederatedCredential, Trust } from "../model.ts";

/** What Entra compares with a token: byte for byte. */
export type TrustKey = Pick<FederatedCredential, "issuer" | "subject" | "audience">;

export function serviceAccountSubject(namespace: string, serviceAccount: string): string {
  return `system:serviceaccount:${namespace}:${serviceAccount}`;
}

/** The account of such a subject; undefined for anything else. */
export function accountOfSubject(subject: string): Account | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(subject) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

export function isSameTrust(a: TrustKey, b: TrustKey): boolean {
  return a.issuer === b.issuer && a.subject === b.subject && a.audience === b.audience;
}

/**
 * The credentials that keep a trust from being written: a PUT would replace whatever has the name, in ARM's eyes whatever its case, and
 * Entra takes one credential for an issuer and subject. One with the same content is none: it does.
 */
export function credentialsInTheWay(
  credentials: readonly FederatedCredential[],
  trust: TrustKey & { name: string },
): { sameToken: FederatedCredential[]; sameName: FederatedCredential | undefined } {
  const others = credentials.filter(one => !isSameTrust(one, trust));
  return {
    sameToken: others.filter(one => one.issuer === trust.issuer && one.subject === trust.subject),
    sameName: others.find(one => one.name.toLowerCase() === trust.name.toLowerCase()),
  };
}

/**
 * The name of a new federated credential: `NAMESPACE-ACCOUNT-HASH`, where the hash is over issuer, subject and audience, so that
 * equal names mean equal content. Legal as ARM wants it: 3 to 120 of `[a-zA-Z0-9-_]`, the first a letter or digit.
 */
export function credentialName(namespace: string, serviceAccount: string, key: TrustKey): string {
  const hash = shortHash(`${key.issuer}\n${key.subject}\n${key.audience}`);
  const prefix = `${namespace}-${serviceAccount}`.replace(/[^a-zA-Z0-9-_]/g, "-").slice(0, 100);
  return `${prefix}-${hash}`;
}

/** The trust that lets a service account be this principal; an existing credential with the same content is adopted whatever its name. */
export function trustFor(
  principal: string,
  account: Account,
  { issuer, audience }: { issuer: string; audience: string },
  existing: readonly FederatedCredential[],
): Trust {
  const key = { issuer, subject: serviceAccountSubject(account.namespace, account.name), audience };
  const name = credentialName(account.namespace, account.name, key);
  const adopts = existing.find(credential => isSameTrust(credential, key))?.name;
  return { principal, ...key, backend: "federatedCredential", name, ...(adopts === undefined ? {} : { adopts }) };
}
