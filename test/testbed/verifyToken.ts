import { createPublicKey, type JsonWebKey, verify } from "node:crypto";

/** The claims of a service account token that federated credentials are matched against. */
export interface TokenClaims {
  iss: string;
  sub: string;
  aud: string[];
}

interface JsonWebKeySet {
  keys: (JsonWebKey & { kid: string })[];
}

function decode(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
}

/** The claims of a token that one of the keys has signed with RS256; throws for any other. */
export function verifyToken(token: string, keySet: string): TokenClaims {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const { alg, kid } = decode(header);
  const { keys } = JSON.parse(keySet) as JsonWebKeySet;
  const jwk = keys.find(key => key.kid === kid);
  if (alg !== "RS256" || jwk === undefined) throw new Error(`No key for a token with alg ${alg} and kid ${kid}`);
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const valid = verify("sha256", Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url"));
  if (!valid) throw new Error("The signature does not match");
  const { iss, sub, aud } = decode(payload) as unknown as TokenClaims;
  return { iss, sub, aud };
}
