import type { SearchScope } from "../core/azure/azurePorts.ts";
import { isRecord } from "../core/kubernetes.ts";
import { AzureError } from "./azureError.ts";
import { mostPages, type Rest } from "./rest.ts";

const path = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01";
/** The most rows that the service gives in one page. */
const pageSize = 1000;

/**
 * The rows of a query to Azure Resource Graph, all pages. The query must keep `id` and order by it, without which the service has
 * no pages. Throws `AzureError` or `AzureSignInError`.
 */
export async function queryResources(
  arm: Rest,
  { doing, query, subscriptions }: SearchScope & { doing: string; query: string },
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  let skipToken: string | undefined;
  for (let page = 1; page <= mostPages; page++) {
    const options = { resultFormat: "objectArray", $top: pageSize, ...(skipToken ? { $skipToken: skipToken } : {}) };
    const answer = await arm.send({
      doing,
      method: "POST",
      path,
      expect: "object",
      body: { query, ...(subscriptions ? { subscriptions } : {}), options },
    });
    if (!isRecord(answer) || !Array.isArray(answer.data)) {
      throw new AzureError(`${doing}: Azure Resource Graph answered with something else than rows.`, { kind: "other" });
    }
    const data: readonly unknown[] = answer.data;
    rows.push(...data.filter(isRecord));
    const next = answer.$skipToken;
    if (typeof next !== "string" || next === "") {
      if (answer.resultTruncated !== "true") return rows;
      break;
    }
    if (next === skipToken) break;
    skipToken = next;
  }
  throw new AzureError(`${doing}: Azure Resource Graph does not come to an end.`, { kind: "other" });
}

/** Values as a list of KQL strings. Only of letters, digits, dots and hyphens: whatever could end the string is no value here. */
export function kqlList(values: readonly string[]): string {
  const odd = values.find(value => !/^[\w.-]+$/.test(value));
  if (odd !== undefined) throw new AzureError(`"${odd}" cannot be searched for.`, { kind: "badRequest" });
  return `(${values.map(value => `'${value}'`).join(", ")})`;
}

/** So many values go into one query, whose text has a limit. */
const valuesPerQuery = 200;

/** The answers for all values, asked for in portions that fit into a query. */
export async function inPortions<Row>(
  values: readonly string[],
  ask: (portion: readonly string[]) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let from = 0; from < values.length; from += valuesPerQuery) {
    rows.push(...(await ask(values.slice(from, from + valuesPerQuery))));
  }
  return rows;
}
