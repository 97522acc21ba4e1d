import http, { type IncomingMessage } from "node:http";
import https, { type RequestOptions } from "node:https";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { isRecord } from "../core/kubernetes.ts";
import { ApiError } from "../core/ports.ts";
import { ConnectionError, connectionErrorOf, redact } from "./failure.ts";

export interface ApiRequest {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Percent-encoded, from the API's root. */
  path: string;
  query?: Record<string, string | undefined>;
  body?: unknown;
  contentType?: string;
  /** What to ask for; JSON where it is absent. */
  accept?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface Target {
  context: string;
  server: string;
  timeoutMs: number;
}

/** Takes the body of one answer as it arrives. A SyntaxError says that Kubernetes did not write it. */
export interface Body<Answer> {
  write(piece: Buffer): void;
  /** What the answer is, once it is whole. */
  end(): Answer;
}

/** Sends one request over the given agent; a successful answer goes to the body made for it. Throws as `Connection.request` says. */
export async function exchange<Answer>(
  request: ApiRequest,
  newBody: () => Body<Answer>,
  settings: RequestOptions,
  target: Target,
): Promise<Answer> {
  let body: Body<Answer> | undefined;
  const words = textBody();
  const answer = await send(request, settings, target, status => {
    if (status < 200 || status > 299) return words;
    body = newBody();
    return body;
  });
  if (!body) throw refusal(answer, words.end(), target);
  try {
    if (answer.thrown) throw answer.thrown.error;
    return body.end();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The parser's own words would quote the answer.
    throw notKubernetes(answer, target);
  }
}

export function jsonBody(): Body<unknown> {
  const text = textBody();
  return { write: text.write, end: () => JSON.parse(text.end()) };
}

function textBody(): Body<string> {
  const pieces: Buffer[] = [];
  return { write: piece => void pieces.push(piece), end: () => Buffer.concat(pieces).toString() };
}

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  /** What the body did not take. */
  thrown: { error: unknown } | undefined;
}

async function send(
  request: ApiRequest,
  settings: RequestOptions,
  target: Target,
  bodyOf: (status: number) => Body<unknown>,
): Promise<Answer> {
  const url = new URL(target.server);
  const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
  const outgoing = (url.protocol === "http:" ? http : https).request({
    agent: settings.agent,
    auth: settings.auth,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port || undefined,
    method: request.method,
    path: (url.pathname === "/" ? "" : url.pathname) + request.path + queryString(request.query ?? {}),
    headers: {
      ...settings.headers,
      Accept: request.accept ?? "application/json",
      "Accept-Encoding": "gzip",
      "User-Agent": "azwi-migrate",
      ...(body ? { "Content-Type": request.contentType ?? "application/json", "Content-Length": body.length } : {}),
    },
  });
  let timedOut = false;
  const timer =
    target.timeoutMs > 0
      ? setTimeout(() => {
          timedOut = true;
          outgoing.destroy(new Error("timeout"));
        }, target.timeoutMs)
      : undefined;
  const abort = () => outgoing.destroy(new Error("aborted"));
  request.signal?.addEventListener("abort", abort, { once: true });
  try {
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on("error", reject);
      outgoing.on("response", resolve);
      outgoing.end(body);
    });
    const { statusCode: status = 0, headers } = incoming;
    return { status, headers, thrown: await deliver(incoming, bodyOf(status)) };
  } catch (error) {
    request.signal?.throwIfAborted();
    if (timedOut) {
      throw new ConnectionError(
        "Timeout",
        `${target.server} (context ${target.context}) did not answer ${request.method} ${request.path} within ${target.timeoutMs / 1000} s`,
        "Check the network to the cluster, or give it more time with --request-timeout.",
        { cause: error },
      );
    }
    throw connectionErrorOf(error, target);
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener("abort", abort);
  }
}

/** Lists unpack to megabytes: in pieces of Node's default size, 16 KiB, handing them over would cost more than unpacking. */
const unpackedPiece = 128 * 1024;

/** Gives the body what arrives. What it throws is returned: it is no failure of the connection. */
async function deliver(incoming: IncomingMessage, body: Body<unknown>): Promise<Answer["thrown"]> {
  let thrown: Answer["thrown"];
  const give = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of pieces) {
      try {
        body.write(piece);
      } catch (error) {
        thrown = { error };
        throw error;
      }
    }
  };
  try {
    if (incoming.headers["content-encoding"] === "gzip") {
      await pipeline(incoming, createGunzip({ chunkSize: unpackedPiece }), give);
    } else await pipeline(incoming, give);
  } catch (error) {
    if (!thrown) throw error;
  }
  return thrown;
}

function queryString(query: Record<string, string | undefined>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value);
  return parameters.size > 0 ? `?${parameters}` : "";
}

function refusal(answer: Answer, text: string, target: Target): ApiError {
  const status = statusOf(text);
  const words = typeof status?.message === "string" && status.message !== "" ? redact(status.message) : undefined;
  if (answer.status === 401) {
    return new ConnectionError(
      "Unauthorized",
      `${target.server} (context ${target.context}) does not accept the credentials${words ? `: ${words}` : ""}`,
      "They may have expired: sign in again (az login; for kubelogin also kubelogin remove-tokens) or write them anew with az aks get-credentials.",
      { status: 401 },
    );
  }
  const plain = answer.headers["content-type"]?.startsWith("text/plain") ? redact(text.slice(0, 300)).trim() : "";
  if (!words && !plain) return notKubernetes(answer, target);
  const retryAfter = Number(answer.headers["retry-after"]);
  return new ApiError(words ?? `The server answers ${answer.status}: ${plain}`, {
    status: answer.status,
    reason: typeof status?.reason === "string" && status.reason !== "" ? status.reason : undefined,
    retryAfterSeconds: answer.headers["retry-after"] !== undefined && retryAfter >= 0 ? retryAfter : undefined,
  });
}

/** Most refusals are a Status; unknown paths and too many requests are answered in plain text, by gateways in HTML. */
function statusOf(body: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) && parsed.kind === "Status" ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function notKubernetes(answer: Answer, target: Target): ConnectionError {
  const type = answer.headers["content-type"] ?? "no content type";
  return new ConnectionError(
    "UnexpectedAnswer",
    `${target.server} (context ${target.context}) answered ${answer.status} with ${type}, not as a Kubernetes API does`,
    "Something between here and the cluster (proxy, gateway, sign-in page) may have answered: check the server and proxy-url in the kubeconfig.",
    { status: answer.status },
  );
}
