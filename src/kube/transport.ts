import http from "node:http";
import https, { type RequestOptions } from "node:https";
import { type ApiRequest, type Body, exchange, jsonBody } from "./exchange.ts";
import { ConnectionError } from "./failure.ts";

/** One API server, as one user. */
export interface Connection {
  /** The name the user knows it by. */
  readonly context: string;
  readonly server: string;
  /** The context's default namespace. */
  readonly namespace?: string;
  /**
   * The parsed JSON of a successful answer.
   *
   * @throws ApiError with the server's words for what it refuses; ConnectionError for what never reached it, for 401 and for what is
   *   not JSON; the signal's reason when it aborts
   */
  request(request: ApiRequest): Promise<unknown>;
  /**
   * What a body makes of a successful answer; for each attempt a new one is made. Throws as `request`, and what the body throws but for a
   * SyntaxError.
   */
  read<Answer>(request: ApiRequest, newBody: () => Body<Answer>): Promise<Answer>;
  /** Ends idle connections. */
  close(): void;
}

/** Where a connection's certificates and headers come from, asked before each request since they expire. */
export interface Credentials {
  options(): Promise<RequestOptions>;
  /** True when the agent in the options leads through a proxy and must be used. */
  proxied: boolean;
  /** Forgets credentials that the server refused, where new ones can be had. */
  renew?: () => void;
}

export interface ConnectionOptions {
  context: string;
  /** URL; a path in it is kept, as gateways need. */
  server: string;
  namespace?: string;
  credentials: Credentials;
  /** 0 for none. */
  requestTimeoutMs?: number | undefined;
}

/** A connection to a server without a kubeconfig: the simulated cluster, a server in a test. */
export function connectionTo(to: {
  server: string;
  context: string;
  namespace?: string;
  token?: string;
  requestTimeoutMs?: number;
}): Connection {
  const { token, ...rest } = to;
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return createConnection({ ...rest, credentials: { options: async () => ({ headers }), proxied: false } });
}

/** Opens nothing yet; sockets are kept alive between requests until `close`. */
export function createConnection(options: ConnectionOptions): Connection {
  const { context, credentials, namespace } = options;
  const server = options.server.replace(/\/+$/, "");
  const timeoutMs = options.requestTimeoutMs ?? 60_000;
  const agents = keptAgents(server);
  const attempt = async <Answer>(request: ApiRequest, newBody: () => Body<Answer>): Promise<Answer> => {
    const settings = await credentials.options();
    request.signal?.throwIfAborted();
    const agent = agents.agentFor(settings, credentials.proxied);
    return exchange(request, newBody, { ...settings, agent }, { context, server, timeoutMs });
  };
  const read: Connection["read"] = async (request, newBody) => {
    try {
      return await attempt(request, newBody);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      // The server may close an idle connection just when it is used again; only what changes nothing is sent twice.
      const staleSocket = error.reason === "ConnectionLost" && request.method === "GET";
      const expired = error.reason === "Unauthorized" && credentials.renew !== undefined;
      if (expired) credentials.renew?.();
      if (staleSocket || expired) return await attempt(request, newBody);
      throw error;
    }
  };
  return {
    context,
    server,
    ...(namespace === undefined ? {} : { namespace }),
    request: request => read(request, jsonBody),
    read,
    close: () => agents.close(),
  };
}

/** One agent as long as the certificates stay the same: a plugin may bring new ones. */
function keptAgents(server: string) {
  const agents = new Map<string, http.Agent>();
  const keepAlive = { keepAlive: true, maxSockets: 16 };
  const make = (settings: RequestOptions, proxied: boolean): http.Agent => {
    if (proxied && settings.agent instanceof http.Agent) return Object.assign(settings.agent, keepAlive);
    if (server.startsWith("http:")) return new http.Agent(keepAlive);
    const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = settings;
    return new https.Agent({
      ...keepAlive,
      ...given({ ca, cert, key, pfx, passphrase, servername, rejectUnauthorized }),
    });
  };
  return {
    agentFor(settings: RequestOptions, proxied: boolean): http.Agent {
      const certificates = [settings.ca, settings.cert, settings.key].map(String).join("\n");
      const agent = agents.get(certificates) ?? make(settings, proxied);
      agents.set(certificates, agent);
      return agent;
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

/** Without the fields that are not set: `rejectUnauthorized: undefined` would switch the check of certificates off. */
function given(options: Record<string, unknown>): https.AgentOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null));
}
