import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../core/clock.ts";
import { isRecord } from "../../core/kubernetes.ts";
import type { Api } from "./api.ts";
import type { Failures } from "./failures.ts";
import type { ResourcePath } from "./path.ts";
import { ApiError } from "./status.ts";
import type { Storage } from "./storage.ts";
import type { Timeline } from "./timeline.ts";
import { watch } from "./watch.ts";

/** One line of the request log. */
export interface LoggedRequest {
  method: string;
  /** The path without its query. */
  path: string;
  query: string;
  dryRun: boolean;
  /** The status that was answered; 0 where the connection was closed instead. */
  status: number;
}

interface Parts {
  api: Api;
  storage: Storage;
  failures: Failures;
  timeline: Timeline;
  clock: Clock;
  /** Keeps simulated time from running while a request is being answered. */
  hold: () => () => void;
}

/** The socket of the simulated API server: plain HTTP on 127.0.0.1. */
export class ClusterServer {
  readonly requests: LoggedRequest[] = [];
  readonly #server: Server;
  readonly #stopped = new AbortController();
  readonly #following = new Set<AbortController>();
  #parts: Parts | undefined;

  private constructor() {
    this.#server = createServer((request, response) => {
      const parts = this.#parts;
      if (parts) this.#receive(parts, request, response);
      else response.destroy();
    });
    // Seconds of real time mean nothing here: on a busy machine an idle connection would be closed just when it is used again.
    this.#server.keepAliveTimeout = 0;
  }

  /** Listens on a free port; requests are answered once `serve` was called. */
  static async listen(): Promise<ClusterServer> {
    const server = new ClusterServer();
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject);
      server.#server.listen(0, "127.0.0.1", resolve);
    });
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  serve(parts: Parts): void {
    this.#parts = parts;
  }

  /** Ends every watch and closes every connection. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #receive(parts: Parts, request: IncomingMessage, response: ServerResponse): void {
    const release = parts.hold();
    response.on("close", release);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () =>
      this.#answer(parts, request, response, { body: Buffer.concat(chunks).toString(), release }),
    );
  }

  #answer(
    parts: Parts,
    request: IncomingMessage,
    response: ServerResponse,
    { body, release }: { body: string; release: () => void },
  ): void {
    const url = new URL(request.url ?? "/", this.url);
    const method = request.method ?? "GET";
    const logged: LoggedRequest = {
      method,
      path: url.pathname,
      query: url.search.slice(1),
      dryRun: isDryRun(url, body),
      status: 0,
    };
    this.requests.push(logged);
    parts.timeline.catchUp();
    const failure = parts.failures.ofRequest(method, url.pathname + url.search);
    if (failure?.answer === "hangUp") {
      response.destroy();
      return;
    }
    try {
      if (failure) {
        const { answer, reason, message = "injected failure", retryAfterSeconds } = failure;
        const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
        throw new ApiError(answer, reason, message, details);
      }
      const contentType = request.headers["content-type"] ?? "application/json";
      const accept = request.headers.accept ?? "*/*";
      const answer = parts.api.answer({ method, url, contentType, accept, body });
      if ("watch" in answer) {
        logged.status = 200;
        this.#stream(parts, answer.watch, { url, response, release });
      } else {
        logged.status = answer.code;
        reply(response, answer.code, answer.body, answer.contentType);
      }
    } catch (error) {
      const status = error instanceof ApiError ? error.status : unexpected(error);
      logged.status = status.code;
      const retryAfter = status.details?.retryAfterSeconds;
      if (retryAfter !== undefined) response.setHeader("Retry-After", String(retryAfter));
      reply(response, status.code, status);
    }
  }

  #stream(
    parts: Parts,
    path: ResourcePath,
    { url, response, release }: { url: URL; response: ServerResponse; release: () => void },
  ): void {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.flushHeaders();
    const stop = watch(parts.storage, path, url.searchParams, event => {
      response.write(`${JSON.stringify(event)}\n`);
    });
    release();
    if (!stop) {
      response.end();
      return;
    }
    const closed = new AbortController();
    response.on("close", () => {
      stop();
      closed.abort();
      this.#following.delete(closed);
      this.#follow(parts);
    });
    this.#following.add(closed);
    this.#follow(parts);
    const seconds = Number(url.searchParams.get("timeoutSeconds") ?? 0);
    if (seconds > 0)
      void this.#endAfter(parts, seconds * 1000, response, AbortSignal.any([closed.signal, this.#stopped.signal]));
  }

  #followed: AbortController | undefined;

  /** While there are watches, the cluster follows the clock by itself; without any it waits for the next request. */
  #follow({ timeline }: Parts): void {
    if (this.#following.size === 0) {
      this.#followed?.abort();
      this.#followed = undefined;
    } else if (!this.#followed) {
      this.#followed = new AbortController();
      void timeline.follow(AbortSignal.any([this.#followed.signal, this.#stopped.signal]));
    }
  }

  async #endAfter(
    { clock }: Parts,
    milliseconds: number,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await clock.sleep(milliseconds, signal);
      response.end();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

function reply(response: ServerResponse, code: number, body: object | string, contentType?: string): void {
  const text = typeof body === "string" ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(code, {
    "Content-Type": contentType ?? (typeof body === "string" ? "text/plain; charset=utf-8" : "application/json"),
  });
  response.end(text);
}

function isDryRun(url: URL, body: string): boolean {
  if (url.searchParams.get("dryRun") === "All") return true;
  if (!body.includes('"dryRun"')) return false;
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) && Array.isArray(parsed.dryRun) && parsed.dryRun.includes("All");
  } catch {
    return false; // The API answers bodies that cannot be read; the log need not.
  }
}

/** A fault of the simulation itself is shown to the client, as a server does that panics; it must not pass for the cluster's answer. */
function unexpected(error: unknown) {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new ApiError(500, "InternalError", `the simulated cluster failed: ${text}`).status;
}
