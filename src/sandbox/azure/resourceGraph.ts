import { mayDo, maySeeSubscription } from "./accessControl.ts";
import { armError, methodNotAllowed } from "./armErrors.ts";
import type { ArmPath } from "./armPath.ts";
import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import { identityJson, identityType } from "./identities.ts";
import { managedClusterJson, managedClusterType } from "./managedClusters.ts";
import type { AzureState, IssuedToken } from "./state.ts";

export const resourceGraphType = "Microsoft.ResourceGraph/resources";

interface Row {
  id: string;
  location: string;
  properties: Record<string, unknown>;
}

/** The two queries that are understood, with the fields in which values are looked for. */
interface Shape {
  pattern: RegExp;
  fields: readonly string[];
  type: string;
  rows(state: AzureState): (Row & { subscriptionId: string })[];
  project(row: Row): unknown;
}

const list = "\\((?<values>'[\\w.-]+'(?:, '[\\w.-]+')*)\\)";
const clusterFields = ["fqdn", "privateFQDN", "azurePortalFQDN"] as const;

const shapes: readonly Shape[] = [
  {
    pattern: new RegExp(
      `^resources \\| where type =~ 'microsoft\\.managedidentity/userassignedidentities' \\| where tostring\\(properties\\.clientId\\) in~ ${list} \\| project id, location, properties \\| order by id asc$`,
    ),
    fields: ["clientId"],
    type: identityType,
    rows: state => state.identities.map(one => ({ ...identityJson(one), subscriptionId: one.subscriptionId })),
    project: ({ id, location, properties }) => ({ id, location, properties }),
  },
  {
    pattern: new RegExp(
      `^resources \\| where type =~ 'microsoft\\.containerservice/managedclusters' \\| where tostring\\(properties\\.fqdn\\) in~ ${list} or tostring\\(properties\\.privateFQDN\\) in~ \\(\\k<values>\\) or tostring\\(properties\\.azurePortalFQDN\\) in~ \\(\\k<values>\\) \\| project id, properties \\| order by id asc$`,
    ),
    fields: clusterFields,
    type: managedClusterType,
    rows: state =>
      state.managedClusters.map(one => ({ ...managedClusterJson(one), subscriptionId: one.subscriptionId })),
    project: ({ id, properties }) => ({ id, properties }),
  },
];

/** Azure Resource Graph, for the queries that this tool sends: whatever else is asked is refused rather than answered wrongly. */
export function answerResourceGraph(
  state: AzureState,
  _path: ArmPath,
  request: SandboxRequest,
  caller: IssuedToken,
): SandboxResponse {
  if (request.method !== "POST") return methodNotAllowed(request.method);
  const asked = readQuery(request.body);
  if (asked === undefined) return badRequest("The request body is not a query.");
  const query = asked.query.replace(/\s+/g, " ").trim();
  const shape = shapes.find(one => one.pattern.test(query));
  if (shape === undefined) return badRequest("The simulated Resource Graph does not understand this query.");
  const values = (shape.pattern.exec(query)?.groups?.values ?? "").toLowerCase().split(", ");
  const wanted = new Set(values.map(value => value.slice(1, -1)));
  const rows = shape
    .rows(state)
    .filter(
      ({ id, subscriptionId, properties }) =>
        (asked.subscriptions?.has(subscriptionId.toLowerCase()) ?? true) &&
        maySeeSubscription(state, caller, subscriptionId) &&
        mayDo(state, caller, `${shape.type}/read`, id) &&
        shape.fields.some(field => wanted.has(String(properties[field] ?? "").toLowerCase())),
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const size = Math.min(asked.top, state.pageSize);
  const page = rows.slice(asked.skip, asked.skip + size);
  const isLast = asked.skip + size >= rows.length;
  return jsonResponse(200, {
    totalRecords: rows.length,
    count: page.length,
    data: page.map(shape.project),
    facets: [],
    resultTruncated: isLast ? "false" : "true",
    ...(isLast ? {} : { $skipToken: skipToken(asked.skip + size) }),
  });
}

function skipToken(skip: number): string {
  return Buffer.from(JSON.stringify({ skip }), "utf8").toString("base64url");
}

interface Query {
  query: string;
  subscriptions?: ReadonlySet<string>;
  top: number;
  skip: number;
}

function readQuery(body: string): Query | undefined {
  try {
    const { query, subscriptions, options } = JSON.parse(body) as {
      query?: unknown;
      subscriptions?: unknown;
      options?: { resultFormat?: unknown; $top?: unknown; $skipToken?: unknown };
    };
    // Rows as arrays (`table`) are the service's other form, which nobody asks for here.
    if (typeof query !== "string" || options?.resultFormat !== "objectArray") return undefined;
    const token = options.$skipToken;
    const { skip } =
      typeof token === "string"
        ? (JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as { skip: number })
        : { skip: 0 };
    return {
      query,
      ...(Array.isArray(subscriptions)
        ? { subscriptions: new Set(subscriptions.map(one => String(one).toLowerCase())) }
        : {}),
      top: typeof options.$top === "number" ? options.$top : 100,
      skip,
    };
  } catch {
    return undefined; // neither JSON nor one of our tokens
  }
}

function badRequest(message: string): SandboxResponse {
  return armError(400, "BadRequest", message);
}
