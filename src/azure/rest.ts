import type { TokenCredential } from "@azure/core-auth";
import {
  createDefaultHttpClient,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpClient,
  type PipelineResponse,
} from "@azure/core-rest-pipeline";
import type { Clock } from "../core/clock.ts";
import { isRecord } from "../core/kubernetes.ts";
import { armGuardPolicy, type ExpectedBody } from "./armGuardPolicy.ts";
import { authenticationPolicy } from "./authenticationPolicy.ts";
import { AzureError, toAzureError } from "./azureError.ts";

export interface RestOptions {
  /** Without a trailing slash; nothing is ever sent to another origin. */
  endpoint: string;
  scope: string;
  credential: TokenCredential;
  /** Carries the requests instead of Node's own HTTPS, as in `rehearse`. */
  httpClient?: HttpClient | undefined;
  clock?: Pick<Clock, "now"> | undefined;
  signal?: AbortSignal | undefined;
}

export interface RestRequest {
  /** Begins the error: "Reading the AKS cluster X". */
  doing: string;
  method?: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** With its query. Whatever in it comes from outside is encoded by the caller. */
  path: string;
  body?: unknown;
}

/** JSON over HTTPS for those parts of Azure that no client library of this project covers. Throws `AzureError` or `AzureSignInError`. */
export interface Rest {
  /** The body of the answer; undefined where it has none. */
  send(request: RestRequest & { expect?: ExpectedBody }): Promise<unknown>;
  /** Begins what goes on after the answer: the URL that tells how it goes, where one is named. */
  begin(request: RestRequest): Promise<{ operation?: string }>;
  /** The body at such a URL. */
  follow(url: string, doing: string): Promise<unknown>;
  /** The items of all pages: of `value`, following `nextLink` and `@odata.nextLink`. */
  list(request: RestRequest): Promise<unknown[]>;
}

/** More pages than any real list has: a link that leads in a circle must end. */
export const mostPages = 1000;

export function createRest(options: RestOptions): Rest {
  const { endpoint, scope, credential, httpClient = createDefaultHttpClient(), clock = Date, signal } = options;
  const now = () => clock.now();
  const { origin } = new URL(endpoint);
  const pipelines = new Map<ExpectedBody, ReturnType<typeof createPipelineFromOptions>>();

  function pipelineFor(expect: ExpectedBody) {
    const known = pipelines.get(expect);
    if (known) return known;
    const pipeline = createPipelineFromOptions({
      retryOptions: { maxRetries: 0 },
      userAgentOptions: { userAgentPrefix: "azwi-migrate" },
    });
    pipeline.addPolicy(armGuardPolicy({ endpoint, now, expect }));
    pipeline.addPolicy(authenticationPolicy({ credential, scope }));
    pipelines.set(expect, pipeline);
    return pipeline;
  }

  async function fetchResponse(
    url: string,
    { doing, method = "GET", body }: Omit<RestRequest, "path">,
    expect: ExpectedBody,
  ): Promise<PipelineResponse> {
    const request = createPipelineRequest({
      url,
      method,
      ...(signal === undefined ? {} : { abortSignal: signal }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (body !== undefined) request.headers.set("content-type", "application/json");
    try {
      return await pipelineFor(expect).sendRequest(httpClient, request);
    } catch (error) {
      throw toAzureError(error, doing, now);
    }
  }

  async function fetchBody(url: string, request: Omit<RestRequest, "path">, expect: ExpectedBody): Promise<unknown> {
    const { bodyAsText } = await fetchResponse(url, request, expect);
    return bodyAsText ? (JSON.parse(bodyAsText) as unknown) : undefined;
  }

  return {
    send: ({ expect = "resource", ...request }) => fetchBody(`${endpoint}${request.path}`, request, expect),
    async begin(request) {
      const { headers } = await fetchResponse(`${endpoint}${request.path}`, request, "none");
      const operation = headers.get("azure-asyncoperation");
      return operation === undefined ? {} : { operation };
    },
    follow: (url, doing) => fetchBody(url, { doing }, "object"),
    async list(request) {
      const items: unknown[] = [];
      let url = `${endpoint}${request.path}`;
      for (let page = 1; page <= mostPages; page++) {
        const body = await fetchBody(url, request, "list");
        if (!isRecord(body)) break;
        if (Array.isArray(body.value)) items.push(...body.value);
        const next = body.nextLink ?? body["@odata.nextLink"];
        if (typeof next !== "string" || next === "") return items;
        if (!URL.canParse(next)) break;
        url = next;
      }
      throw new AzureError(`${request.doing}: the list does not come to an end at ${origin}.`, { kind: "other" });
    },
  };
}
