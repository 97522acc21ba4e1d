import { CommandError } from "../core/errors.ts";
import { ApiError } from "../core/ports.ts";

/** Why no usable answer came: the `reason` of a `ConnectionError`. */
export type ConnectionFailure =
  | "Unreachable"
  | "UntrustedCertificate"
  | "ConnectionLost"
  | "Timeout"
  | "Unauthorized"
  | "CredentialsUnavailable"
  | "UnexpectedAnswer";

/** A request that got no answer from a Kubernetes API; `message` says what happened, `hint` what to do. */
export class ConnectionError extends ApiError {
  override name = "ConnectionError";
  declare readonly reason: ConnectionFailure;
  readonly hint: string;

  constructor(
    reason: ConnectionFailure,
    message: string,
    hint: string,
    about: { status?: number; cause?: unknown } = {},
  ) {
    super(message, { ...about, reason });
    this.hint = hint;
  }
}

/** What a user gets to see when a request's failure ends the command. Anything but an `ApiError` is passed through. */
export function commandErrorOf(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  return new CommandError(error.message, {
    cause: error,
    ...(error instanceof ConnectionError ? { hint: error.hint } : {}),
  });
}

/** Failures that every other request would meet as well. */
export function endsEverything(error: ApiError): boolean {
  return (
    error instanceof ConnectionError &&
    ["Unauthorized", "Unreachable", "UntrustedCertificate", "CredentialsUnavailable"].includes(error.reason)
  );
}

/** Why a part could not be read, in words that are the same in every run: without addresses, contexts and durations. */
export function reasonOf(error: ApiError): string {
  if (!(error instanceof ConnectionError)) return error.message;
  switch (error.reason) {
    case "Timeout":
      return "the server did not answer in time";
    case "ConnectionLost":
      return "the connection broke";
    case "UnexpectedAnswer":
      return `the server answered ${error.status ?? ""}, not as a Kubernetes API does`;
    default:
      return error.message;
  }
}

/** What to do about a failure that no right would mend. */
export function hintOf(error: ApiError): { hint?: string } {
  if (error.status === 403) return {};
  if (error instanceof ConnectionError) return { hint: error.hint };
  return {
    hint: "Run the command again; where it fails again, the log of the API server, or of what stands before it, says why.",
  };
}

const lost = new Set(["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ECONNABORTED", "Z_BUF_ERROR"]);
const untrusted = /CERT|UNABLE_TO_|SELF_SIGNED|ERR_TLS|ERR_SSL|^EPROTO$|^ERR_OSSL/;

/** Names the failure of a socket by its error code, for the server and the context that the user knows it by. */
export function connectionErrorOf(error: unknown, to: { server: string; context: string }): ConnectionError {
  const code = codeOf(error);
  const words = redact(wordsOf(error));
  const target = `${to.server} (context ${to.context})`;
  if (untrusted.test(code)) {
    return new ConnectionError(
      "UntrustedCertificate",
      `The TLS connection to ${target} failed: ${words}`,
      "Check certificate-authority-data, tls-server-name and client-certificate in the kubeconfig (az aks get-credentials writes them anew), and for a proxy that opens TLS its certificate in NODE_EXTRA_CA_CERTS.",
      { cause: error },
    );
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new ConnectionError(
      "Unreachable",
      `The name of ${target} cannot be resolved: ${words}`,
      "Check the network and the context. A private cluster's name resolves only inside its virtual network, and not while the cluster is stopped.",
      { cause: error },
    );
  }
  if (lost.has(code)) {
    return new ConnectionError("ConnectionLost", `The connection to ${target} broke: ${words}`, "Try again.", {
      cause: error,
    });
  }
  return new ConnectionError(
    "Unreachable",
    `Cannot reach ${target}: ${words}`,
    "Check that the cluster runs and that this machine may reach it (VPN, authorized IP ranges, proxy), or choose another --context.",
    { cause: error },
  );
}

/** Takes out what looks like a token, from words that others wrote. */
export function redact(words: string): string {
  return words
    .replace(/eyJ[\w-]+(?:\.[\w-]*)*/g, "[token]")
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, "$1 [token]")
    .replace(/\/\/[^/\s:@]+:[^/\s@]+@/g, "//[credentials]@");
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function wordsOf(error: unknown): string {
  // Connecting to a name with several addresses fails with an AggregateError, whose own message is empty.
  if (error instanceof AggregateError && error.message === "") return wordsOf(error.errors[0]);
  if (error instanceof Error) return error.message || codeOf(error) || error.name;
  return String(error);
}
