/** One HTTP request as the simulated Azure sees it, whatever transport carried it. */
export interface SandboxRequest {
  method: string;
  /** Absolute: links in answers are built from its origin, as Azure builds them from the Host header. */
  url: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What the simulated Azure answers. */
export interface SandboxResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
}

export type SandboxHandler = (request: SandboxRequest) => Promise<SandboxResponse>;

/** The connection ended without an answer; a transport turns this into what its client sees on the wire. */
export class ConnectionReset extends Error {
  override readonly name = "ConnectionReset";
  readonly code = "ECONNRESET";

  constructor() {
    super("the simulated Azure reset the connection");
  }
}

/** Headers that every recorded answer of Azure Resource Manager carries. */
const commonHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-cache",
  expires: "-1",
  pragma: "no-cache",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
};

/** An answer with a JSON body. */
export function jsonResponse(status: number, body: unknown, headers: Record<string, string> = {}): SandboxResponse {
  return {
    status,
    headers: { ...commonHeaders, "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(body),
  };
}

/** An answer without a body, as to a DELETE. A 200 names a content type all the same (seen in recordings). */
export function emptyResponse(status: 200 | 204): SandboxResponse {
  const headers = status === 200 ? { "content-type": "application/json; charset=utf-8", "content-length": "0" } : {};
  return { status, headers: { ...commonHeaders, ...headers }, body: "" };
}
