import type { SandboxRequest } from "./http.ts";

/** One request that reached the simulated Azure, without its credentials. */
export interface LoggedRequest {
  /** Milliseconds since the epoch, on the sandbox's clock. */
  at: number;
  method: string;
  path: string;
  query: Record<string, string>;
  userAgent: string;
  /** A JSON body parsed, a form as an object; secrets and assertions are left out of forms. */
  body?: unknown;
  /** The status that was sent; `reset` and `answerLost` when none was; undefined while the answer is under way. */
  outcome?: number | "reset" | "answerLost";
}

const secretFields = new Set(["client_secret", "client_assertion", "refresh_token", "password"]);

function readBody(request: SandboxRequest): { body?: unknown } {
  if (request.body === "") return {};
  if (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    const fields = [...new URLSearchParams(request.body)].filter(([name]) => !secretFields.has(name));
    return { body: Object.fromEntries(fields) };
  }
  try {
    return { body: JSON.parse(request.body) as unknown };
  } catch {
    return { body: request.body }; // kept as it came: the handler refuses it
  }
}

/** What the log keeps of a request. */
export function logEntry(request: SandboxRequest, at: number): LoggedRequest {
  const url = new URL(request.url);
  return {
    at,
    method: request.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    userAgent: request.headers["user-agent"] ?? "",
    ...readBody(request),
  };
}
