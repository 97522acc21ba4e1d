import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";

/**
 * A new RSA private key, read from its PEM. The key that `generateKeyPairSync` itself gives shares a lock with the job that made it:
 * where garbage collection takes the job while the key is being exported as a JWK, Node 20 waits for itself for ever
 * (`ExportJWKInner` holds the lock that `~KeyGenJob` wants).
 */
export function newSigningKey(): KeyObject {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return createPrivateKey(privateKey);
}
