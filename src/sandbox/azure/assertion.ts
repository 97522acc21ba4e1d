import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import type { EntraRefusal } from "./entraErrors.ts";
import type { SimulatedCredential } from "./state.ts";

/** The public keys of an issuer, as its `jwks_uri` serves them. */
export interface JsonWebKeySet {
  keys: readonly (JsonWebKey & { kid?: string })[];
}

/** Gives the keys of an issuer; undefined, or a rejection, when Entra could not fetch them. */
export type JwksOfIssuer = (issuer: string) => Promise<JsonWebKeySet | undefined>;

interface Assertion {
  algorithm: string;
  keyId: string | undefined;
  issuer: string;
  subject: string;
  audiences: string[];
  notBefore: number;
  expires: number;
  signed: Buffer;
  signature: Buffer;
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // not JSON: the caller answers "malformed"
  }
}

function parse(token: string): Assertion | undefined {
  const [first, second, third, ...more] = token.split(".");
  if (first === undefined || second === undefined || third === undefined || more.length > 0) return undefined;
  const header = decode(first);
  const claims = decode(second);
  if (typeof claims?.iss !== "string" || typeof claims.sub !== "string" || typeof claims.exp !== "number") {
    return undefined;
  }
  const audiences = Array.isArray(claims.aud) ? claims.aud.map(String) : [String(claims.aud)];
  return {
    algorithm: String(header?.alg),
    keyId: typeof header?.kid === "string" ? header.kid : undefined,
    issuer: claims.iss,
    subject: claims.sub,
    audiences,
    notBefore: typeof claims.nbf === "number" ? claims.nbf : 0,
    expires: claims.exp,
    signed: Buffer.from(`${first}.${second}`),
    signature: Buffer.from(third, "base64url"),
  };
}

/**
 * Issuer, then subject, then audience, each compared exactly. In which order Entra names them when two differ is not
 * documented; the number of the first one that no visible credential has is what its users report.
 */
function match(assertion: Assertion, credentials: readonly SimulatedCredential[]): EntraRefusal | undefined {
  const audience = assertion.audiences.join(", ");
  const sameIssuer = credentials.filter(one => one.issuer === assertion.issuer);
  if (sameIssuer.length === 0) return { code: 700211, args: { iss: assertion.issuer } };
  const sameSubject = sameIssuer.filter(one => one.subject === assertion.subject);
  if (sameSubject.length === 0) return { code: 700213, args: { sub: assertion.subject } };
  if (!sameSubject.some(one => one.audience === audience)) return { code: 700212, args: { aud: audience } };
  return undefined;
}

/** The older refusal, which said of every mismatch the same; others stay as they are. */
export function withoutDetail(token: string, refusal: EntraRefusal): EntraRefusal {
  const assertion = parse(token);
  if (assertion === undefined || ![700211, 700212, 700213].includes(refusal.code)) return refusal;
  const { issuer: iss, subject: sub } = assertion;
  return { code: 70021, args: { iss, sub, aud: assertion.audiences.join(", ") } };
}

async function checkSignature(assertion: Assertion, jwks: JwksOfIssuer): Promise<EntraRefusal | undefined> {
  let keySet: JsonWebKeySet | undefined;
  try {
    keySet = await jwks(assertion.issuer);
  } catch {
    // Entra does not say why either.
  }
  if (keySet === undefined) return { code: 90061 };
  const keys = keySet.keys.filter(key => assertion.keyId === undefined || key.kid === assertion.keyId);
  if (keys.length === 0) return { code: 700027, args: { reason: "The key was not found." } };
  const valid = keys.some(key =>
    verify("RSA-SHA256", assertion.signed, createPublicKey({ key, format: "jwk" }), assertion.signature),
  );
  const reason = "The provided signature value did not match the expected signature value.";
  return valid ? undefined : { code: 700027, args: { reason } };
}

/** Checks a client assertion as Entra does; undefined when it stands. `credentials` are the visible ones. */
export async function checkAssertion(
  token: string,
  client: { clientId: string; displayName: string; credentials: readonly SimulatedCredential[] },
  context: { now: number; jwks: JwksOfIssuer },
): Promise<EntraRefusal | undefined> {
  const assertion = parse(token);
  if (assertion === undefined) return { code: 50027 };
  if (assertion.algorithm !== "RS256") return { code: 5002738, args: { alg: assertion.algorithm } };
  if (client.credentials.length === 0) {
    return { code: 70025, args: { appId: client.clientId, name: client.displayName } };
  }
  const refusal = match(assertion, client.credentials) ?? (await checkSignature(assertion, context.jwks));
  if (refusal) return refusal;
  if (context.now < assertion.notBefore * 1000 || context.now >= assertion.expires * 1000) {
    const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
    return {
      code: 700024,
      args: { now: iso(context.now / 1000), nbf: iso(assertion.notBefore), exp: iso(assertion.expires) },
    };
  }
  return undefined;
}
