import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";

/** The query of a request; names in lower case, as Azure takes them in any. */
export function queryOf({ url }: SandboxRequest): Map<string, string> {
  return new Map([...new URL(url).searchParams].map(([name, value]) => [name.toLowerCase(), value]));
}

/** The api-version that a request names; "" when it names none. */
export function apiVersionOf(request: SandboxRequest): string {
  return queryOf(request).get("api-version") ?? "";
}

/**
 * One page of a list in ARM's form `{value, nextLink?}`. The last page carries no `nextLink` (seen in recordings).
 * The `$skiptoken` names the last item given, so that a page stays right when earlier items are deleted meanwhile;
 * when that item itself is gone, the list starts again, and its reader sees some items twice rather than none.
 */
export function pageResponse<Item>(
  request: SandboxRequest,
  items: readonly Item[],
  options: {
    pageSize: number;
    nameOf: (item: Item) => string;
    toJson: (item: Item) => unknown;
    /** Graph's links have another name than ARM's. */
    link?: "nextLink" | "@odata.nextLink";
  },
): SandboxResponse {
  const url = new URL(request.url);
  const query = queryOf(request);
  const top = Number(query.get("$top") ?? options.pageSize);
  const size = Number.isInteger(top) && top > 0 ? Math.min(top, options.pageSize) : options.pageSize;
  const token = query.get("$skiptoken");
  const after = token === undefined ? undefined : Buffer.from(token, "base64url").toString("utf8");
  const start = after === undefined ? 0 : items.findIndex(item => options.nameOf(item) === after) + 1;
  const page = items.slice(start, start + size);
  const last = page.at(-1);
  const value = page.map(options.toJson);
  if (last === undefined || start + size >= items.length) return jsonResponse(200, { value });
  const next = new URL(url);
  for (const name of [...next.searchParams.keys()]) {
    if (name.toLowerCase() === "$skiptoken") next.searchParams.delete(name);
  }
  next.searchParams.set("$skiptoken", Buffer.from(options.nameOf(last), "utf8").toString("base64url"));
  return jsonResponse(200, { value, [options.link ?? "nextLink"]: next.href });
}
