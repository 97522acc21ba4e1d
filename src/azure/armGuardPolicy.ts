import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { AzureError, errorOfResponse } from "./azureError.ts";

/**
 * Stands before authentication and lets nothing through that the clients themselves would let pass (all seen with
 * @azure/arm-msi 2.2.0 and core-rest-pipeline 1.24):
 * - a `nextLink` to any host is followed with the token: requests to another origin are refused;
 * - a 401 whose claims challenge cannot be decoded becomes an empty result: it becomes an error;
 * - a success without the JSON that it should have becomes an empty list or object: it becomes an error, since
 *   "no federated credentials" decides what is written.
 */
export function armGuardPolicy(options: {
  endpoint: string;
  now: () => number;
  /** What successes hold; absent: as arm-msi's paths say. */
  expect?: ExpectedBody;
}): PipelinePolicy {
  const { origin } = new URL(options.endpoint);
  return {
    name: "azwiMigrateArmGuard",
    async sendRequest(request, next) {
      const url = new URL(request.url);
      if (url.origin !== origin) {
        throw new AzureError(
          `${origin} answered with a link to ${url.origin}; it is not followed, as the token would go there.`,
          { kind: "other" },
        );
      }
      const response = await next(request);
      const doing = `${request.method} ${url.pathname}`;
      if (response.status >= 400) throw errorOfResponse(response, doing, options.now);
      if (request.method === "DELETE") return response;
      const expected = options.expect ?? bodyOfPath(request.method, url.pathname);
      if (!hasExpectedBody(response.bodyAsText, expected)) {
        throw new AzureError(`${doing}: the answer (${response.status}) is not the ${expected} that it should be.`, {
          kind: "other",
          status: response.status,
        });
      }
      return response;
    },
  };
}

/** A page of a list, one resource, or some other JSON object; `none` where nothing in the answer is read. */
export type ExpectedBody = "list" | "resource" | "object" | "none";

function bodyOfPath(method: string, pathname: string): ExpectedBody {
  const last = pathname.split("/").at(-1)?.toLowerCase();
  return method === "GET" && last === "federatedidentitycredentials" ? "list" : "resource";
}

function hasExpectedBody(text: string | null | undefined, expected: ExpectedBody): boolean {
  if (expected === "none") return true;
  let body: unknown;
  try {
    body = JSON.parse(text ?? "");
  } catch {
    return false; // an empty body, or a proxy's page
  }
  if (typeof body !== "object" || body === null) return false;
  if (expected === "object") return true;
  if (expected === "list") return "value" in body && Array.isArray(body.value);
  return "id" in body && typeof body.id === "string";
}
