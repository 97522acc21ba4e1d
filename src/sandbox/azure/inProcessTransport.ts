import { createHttpHeaders, type HttpClient, type PipelineRequest, RestError } from "@azure/core-rest-pipeline";
import { ConnectionReset, type SandboxHandler } from "./http.ts";

function bodyText(request: PipelineRequest): string {
  const { body } = request;
  if (body === undefined || body === null) return "";
  if (typeof body === "string") return body;
  throw new TypeError(`The simulated Azure takes text bodies only (${request.method} ${request.url}).`);
}

/** Rejects as the real HTTP client does when the caller gives up: with an error named AbortError. */
function aborted(request: PipelineRequest): { promise: Promise<never>; done: () => void } {
  const signal = request.abortSignal;
  let listener = () => {};
  const promise = new Promise<never>((_, reject) => {
    listener = () => reject(Object.assign(new Error("The operation was aborted."), { name: "AbortError" }));
    if (signal?.aborted) listener();
    else signal?.addEventListener("abort", listener);
  });
  return { promise, done: () => signal?.removeEventListener("abort", listener) };
}

/** The HTTP client of `rehearse`: Azure pipelines that use it reach the simulated Azure without any network. */
export function inProcessHttpClient(handle: SandboxHandler): HttpClient {
  return {
    async sendRequest(request) {
      const abort = aborted(request);
      try {
        const answer = await Promise.race([
          abort.promise,
          handle({
            method: request.method,
            url: request.url,
            headers: request.headers.toJSON(),
            body: bodyText(request),
          }),
        ]);
        return {
          request,
          status: answer.status,
          headers: createHttpHeaders(answer.headers),
          bodyAsText: answer.body,
        };
      } catch (error) {
        if (!(error instanceof ConnectionReset)) throw error;
        throw new RestError(error.message, { code: error.code, request });
      } finally {
        abort.done();
      }
    },
  };
}
