import { fieldNames } from "./fieldNames.ts";
import type { Comparison } from "./replay.ts";
import {
  createSigner,
  exchangeForm,
  graph,
  issuer,
  operatorClientId,
  putCredential,
  requestToken,
  shopAzure,
} from "./world.ts";

/** The corpus's `entra/token-request.json`. */
export interface DocumentedExchange {
  request: { form: Record<string, string> };
  response200: object;
  response400_verbatim: { error: string; error_codes: number[] };
}

/** The exchange that a workload does, as documented and as its refusal was recorded. */
export async function replayExchange(documented: DocumentedExchange): Promise<Comparison[]> {
  const signer = createSigner();
  const azure = shopAzure({ jwks: async () => signer.jwks, mismatchAnswer: "generic" });
  await putCredential(azure, "cart");
  const form = exchangeForm(signer.serviceAccountToken({ now: azure.clock.now() }));
  const accepted = await requestToken(azure, form);
  const refused = await requestToken(
    azure,
    exchangeForm(signer.serviceAccountToken({ now: azure.clock.now(), subject: "other" })),
  );
  const { error, error_codes } = refused.body as DocumentedExchange["response400_verbatim"];
  const verbatim = documented.response400_verbatim;
  return [
    {
      what: "token-request.json: 200",
      expected: { form: Object.keys(documented.request.form), status: 200, fields: fieldNames(documented.response200) },
      given: { form: Object.keys(form), status: accepted.status, fields: fieldNames(accepted.body) },
    },
    {
      what: "token-request.json: 400",
      expected: { status: 400, error: verbatim.error, codes: verbatim.error_codes, fields: fieldNames(verbatim) },
      given: { status: refused.status, error, codes: error_codes, fields: fieldNames(refused.body) },
    },
  ];
}

/** The corpus's `graph/federatedIdentityCredential.json`. */
export interface DocumentedGraph {
  body: Record<string, unknown>;
  limits: { perApplication: number; issuer: number; subject: number; audience: number; description: number };
  filters: string[];
}

/** Federated credentials of applications: both ways to name one, create or update, filters, limits. */
export async function replayGraph({ body, limits, filters }: DocumentedGraph): Promise<Comparison[]> {
  const byAppId = `/v1.0/applications(appId='${operatorClientId}')/federatedIdentityCredentials`;
  const fresh = () => shopAzure();
  const status = async (...request: Parameters<typeof graph>) => (await graph(...request)).status;
  const comparison = (what: string, expected: unknown, given: unknown) => ({
    what: `federatedIdentityCredential.json: ${what}`,
    expected,
    given,
  });

  const azure = fresh();
  const application = await graph(azure, "GET", `/v1.0/applications(appId='${operatorClientId}')`);
  const byId = `/v1.0/applications/${(application.body as { id: string }).id}/federatedIdentityCredentials`;
  const created = await graph(azure, "POST", byId, body);
  const upserting = fresh();
  const upsert = (content: object) =>
    status(upserting, "PATCH", `${byAppId}(name='${body.name}')`, content, { prefer: "create-if-missing" });
  const { name: _, ...content } = body;
  const full = fresh();
  const filling: number[] = [];
  for (let index = 0; index <= limits.perApplication; index++) {
    filling.push(await status(full, "POST", byAppId, { ...body, name: `name-${index}`, subject: `subject-${index}` }));
  }
  const found = await Promise.all(
    filters.map(async filter => {
      const [field = ""] = filter.split(" ");
      const query = `?$filter=${encodeURIComponent(`${field} eq '${body[field]}'`)}`;
      const { body: listed } = await graph(azure, "GET", `${byId}${query}`);
      return (listed as { value: unknown[] }).value.length;
    }),
  );
  const tooLong = await Promise.all(
    (["issuer", "subject", "description"] as const).map(async field => {
      const at = (length: number) => status(fresh(), "POST", byAppId, { ...body, [field]: "x".repeat(length) });
      return [await at(limits[field]), await at(limits[field] + 1)];
    }),
  );
  return [
    comparison(
      "create by object id",
      [201, fieldNames({ ...body, id: "" })],
      [created.status, fieldNames(created.body)],
    ),
    comparison("create by client id", 201, await status(fresh(), "POST", byAppId, { ...body, issuer })),
    comparison(
      "create if missing",
      [201, 204],
      [await upsert(content), await upsert({ ...content, subject: "other" })],
    ),
    comparison(`filters ${filters.join(", ")}`, [1, 1], found),
    comparison(`${limits.perApplication} an application`, [...Array(limits.perApplication).fill(201), 400], filling),
    comparison(
      "longest issuer, subject and description",
      [
        [201, 400],
        [201, 400],
        [201, 400],
      ],
      tooLong,
    ),
  ];
}
