/** Codes of Node's TLS for a certificate that nobody here trusts. */
const untrusted = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/**
 * What a connection's error code means for `host`, in a sentence that says what to do; undefined for codes that it
 * does not know. The codes are Node's (system and OpenSSL).
 */
export function explainConnectionFailure(code: string | undefined, host: string): string | undefined {
  if (code === undefined) return undefined;
  if (untrusted.has(code)) {
    return (
      `The certificate of ${host} is not trusted here (${code}). Put the certificate of its issuer (PEM) in a file and ` +
      "set NODE_EXTRA_CA_CERTS to that file before this command starts: Node reads it only then."
    );
  }
  switch (code) {
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `The certificate of ${host} is for another name (${code}). Check the address, or a proxy in between.`;
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return `The certificate of ${host} is out of its time (${code}). Check this machine's clock.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The name ${host} cannot be resolved (${code}). Check the cloud (--cloud), DNS and HTTPS_PROXY.`;
    case "ECONNREFUSED":
    case "ECONNRESET":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EPIPE":
    case "ETIMEDOUT":
      return `${host} cannot be reached (${code}). Check the network, a firewall and HTTPS_PROXY.`;
    default:
      return undefined;
  }
}
