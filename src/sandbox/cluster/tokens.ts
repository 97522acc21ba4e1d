import { createHash, createPublicKey, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import { isRecord } from "../../core/kubernetes.ts";
import { newSigningKey } from "../signingKey.ts";
import { uidOf } from "./identifiers.ts";
import { type KubernetesObject, timestamp } from "./object.ts";
import { cause, invalid } from "./status.ts";

/** The cluster as an OpenID Connect issuer: its documents, and the tokens of service accounts. */
export class ServiceAccountIssuer {
  readonly issuer: string;
  readonly #defaultAudience: string;
  #key: KeyObject | undefined;
  #issued = 0;

  /** `signingKey`: an RSA private key; made when first needed where none is given. */
  constructor(options: { issuer: string; defaultAudience: string; signingKey?: KeyObject }) {
    this.issuer = options.issuer;
    this.#defaultAudience = options.defaultAudience;
    this.#key = options.signingKey;
  }

  /** `/.well-known/openid-configuration`. */
  configuration(): object {
    return {
      issuer: this.issuer,
      jwks_uri: `${this.issuer.replace(/\/$/, "")}/openid/v1/jwks`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
    };
  }

  /** `/openid/v1/jwks`. */
  jwks(): { keys: JsonWebKey[] } {
    const key = createPublicKey(this.#signingKey()).export({ format: "jwk" });
    return { keys: [{ ...key, use: "sig", kid: this.#keyId(), alg: "RS256" }] };
  }

  /** Answers a TokenRequest for a service account at `now` (milliseconds). Throws an ApiError for durations below ten minutes. */
  answer(request: unknown, serviceAccount: KubernetesObject, now: number): object {
    const spec = isRecord(request) && isRecord(request.spec) ? request.spec : {};
    const audiences = Array.isArray(spec.audiences) && spec.audiences.length > 0 ? spec.audiences : undefined;
    const expirationSeconds = typeof spec.expirationSeconds === "number" ? spec.expirationSeconds : 3600;
    if (expirationSeconds < 600) {
      const refused = cause.invalid(
        "spec.expirationSeconds",
        expirationSeconds,
        "may not specify a duration less than 10 minutes",
      );
      throw invalid({ group: "authentication.k8s.io", resource: "TokenRequest" }, "", [refused]);
    }
    const { name, namespace, uid } = serviceAccount.metadata;
    const claims = {
      aud: audiences ?? [this.#defaultAudience],
      exp: Math.floor(now / 1000) + expirationSeconds,
      iat: Math.floor(now / 1000),
      iss: this.issuer,
      jti: uidOf(`token/${uid}/${this.#issued++}`),
      "kubernetes.io": { namespace, serviceaccount: { name, uid } },
      nbf: Math.floor(now / 1000),
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    return {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { name, namespace, uid, creationTimestamp: timestamp(now) },
      spec: { ...spec, audiences: claims.aud, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
      status: { token: this.#signed(claims), expirationTimestamp: timestamp(claims.exp * 1000) },
    };
  }

  #signed(claims: object): string {
    const header = { alg: "RS256", kid: this.#keyId() };
    const content = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    return `${content}.${sign("sha256", Buffer.from(content), this.#signingKey()).toString("base64url")}`;
  }

  /** The id of a key is the hash of its public part (kubernetes pkg/serviceaccount/jwt.go keyIDFromPublicKey). */
  #keyId(): string {
    const spki = createPublicKey(this.#signingKey()).export({ type: "spki", format: "der" });
    return createHash("sha256").update(spki).digest("base64url");
  }

  #signingKey(): KeyObject {
    this.#key ??= newSigningKey();
    return this.#key;
  }
}
