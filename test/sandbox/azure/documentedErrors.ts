import type { Comparison } from "./replay.ts";
import {
  type ArmAnswer,
  apiVersion,
  arm,
  createSigner,
  exchangeForm,
  graph,
  identityPath,
  issuer,
  operatorClientId,
  putCredential,
  requestToken,
  shopAzure,
  subscriptionId,
  tenantId,
} from "./world.ts";

/** The corpus's `errors.json`: what is known of each refusal. */
export interface DocumentedErrors {
  arm: { when: string; http: number | string; code: string; message: string }[];
  entra: { code: string; message: string; http?: number; error?: string }[];
  graph: { code: string; message?: string }[];
}

/** The words around the placeholders of a documented message, which a given message must hold in that order. */
function wordsOf(message: string): RegExp {
  const quoted = message.replace(" (reported, wording not verified)", "");
  const literal = quoted.split(/\{\w+\}|\.\.\./).map(part => part.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(literal.join("[\\s\\S]*"));
}

/** The documented words where the given ones hold them, so that they can be compared. */
function asDocumented(given: string, documented: string): string {
  return wordsOf(documented).test(given) ? documented : given;
}

const duplicate = async (duplicateAnswer: "badRequest" | "conflict") => {
  const azure = shopAzure({ duplicateAnswer });
  await putCredential(azure, "first", { subject: "same" });
  return putCredential(azure, "second", { subject: "same" });
};

/** How each refusal of ARM is brought about. */
export const armCases: Record<string, () => Promise<ArmAnswer>> = {
  "two FIC writes at once under one identity": async () => {
    const azure = shopAzure({ writeMilliseconds: 100 });
    const [, second] = await Promise.all([putCredential(azure, "first"), putCredential(azure, "second")]);
    return second;
  },
  "issuer+subject pair already on this identity under another FIC name": () => duplicate("badRequest"),
  "21st FIC": async () => {
    const azure = shopAzure();
    for (let index = 0; index < 20; index++) await putCredential(azure, `credential-${index}`);
    return putCredential(azure, "one-more");
  },
  "region without FIC support": () => {
    const azure = shopAzure();
    const place = { subscriptionId, tenantId, resourceGroup: "Shop-RG", location: "newzealandnorth" };
    azure.addIdentity({ ...place, name: "far", clientId: "far", principalId: "far" });
    const properties = { issuer, subject: "far", audiences: ["far"] };
    const path = `${identityPath.replace(/cart$/, "far")}/federatedIdentityCredentials/far?${apiVersion}`;
    return arm(azure, "PUT", path, { properties });
  },
  "audiences != 1": () => putCredential(shopAzure(), "cart", { audiences: [] }),
  "missing property": () =>
    arm(shopAzure(), "PUT", `${identityPath}/federatedIdentityCredentials/cart?${apiVersion}`, {}),
  "bad name": () => putCredential(shopAzure(), "no.dots"),
  "parent identity missing": () =>
    arm(shopAzure(), "GET", `${identityPath}-gone/federatedIdentityCredentials/cart?${apiVersion}`),
  throttled: async () => {
    const azure = shopAzure({ throttle: { burstSeconds: 0 } });
    await putCredential(azure, "first");
    return putCredential(azure, "second");
  },
};

const signer = createSigner();

async function exchange(
  claims: { issuer?: string; subject?: string; audience?: string; now?: number },
  mismatchAnswer: "precise" | "generic" = "precise",
) {
  const azure = shopAzure({ jwks: async () => signer.jwks, mismatchAnswer });
  await putCredential(azure, "cart");
  return requestToken(azure, exchangeForm(signer.serviceAccountToken({ now: azure.clock.now(), ...claims })));
}

const operator = { grant_type: "client_credentials", client_id: operatorClientId, scope: "https://x/.default" };

/** How each refusal of Entra is brought about. */
export const entraCases: Record<string, () => Promise<ArmAnswer>> = {
  AADSTS70021: () => exchange({ subject: "other" }, "generic"),
  AADSTS700211: () => exchange({ issuer: issuer.slice(0, -1) }),
  AADSTS700212: () => exchange({ audience: "api://other" }),
  AADSTS700213: () => exchange({ subject: "system:serviceaccount:shop:other" }),
  AADSTS70025: () => requestToken(shopAzure(), exchangeForm(signer.serviceAccountToken({ now: 0 }))),
  AADSTS700024: () => exchange({ now: 0 }),
  AADSTS700016: () => requestToken(shopAzure(), { ...operator, client_id: "nobody" }),
  AADSTS90061: async () => {
    const azure = shopAzure();
    await putCredential(azure, "cart");
    return requestToken(azure, exchangeForm(signer.serviceAccountToken({ now: azure.clock.now() })));
  },
  AADSTS7000216: () => requestToken(shopAzure(), operator),
  AADSTS70011: () => requestToken(shopAzure(), { ...operator, scope: "https://vault.azure.net" }),
};

const application = `/v1.0/applications(appId='${operatorClientId}')/federatedIdentityCredentials`;

/** How each refusal of Graph is brought about. */
export const graphCases: Record<string, () => Promise<ArmAnswer>> = {
  Request_MultipleObjectsWithSameKeyValue: async () => {
    const azure = shopAzure();
    const body = { name: "cart", issuer, subject: "cart", audiences: ["a"] };
    await graph(azure, "POST", application, body);
    return graph(azure, "POST", application, { ...body, subject: "other" });
  },
  Request_ResourceNotFound: () => graph(shopAzure(), "GET", `${application}/cart`),
};

function isOneOf(given: unknown, documented: string): boolean {
  return documented.split(/[ /']+/).includes(String(given));
}

/** Every documented refusal that can be brought about, held against what the simulated Azure answers. */
export async function replayErrors(documented: DocumentedErrors): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const { when, http, code, message } of documented.arm) {
    const answer = await armCases[when]?.();
    if (answer === undefined) continue;
    const { error } = answer.body as { error: { code: string; message: string } };
    // What is not documented is not compared: the code of most, and the parent's words, which ARM says in its own.
    const known = !/^(unknown|n\/d)/.test(code);
    const words = when === "parent identity missing" ? "" : message;
    comparisons.push({
      what: `ARM: ${when}`,
      expected: { status: true, code: true, message: words },
      given: {
        status: isOneOf(answer.status, String(http)),
        code: !known || isOneOf(error.code, code),
        message: words === "" ? "" : asDocumented(error.message, words),
      },
    });
  }
  for (const { code, message, http, error } of documented.entra) {
    const answer = await entraCases[code]?.();
    if (answer === undefined) continue;
    const body = answer.body as { error: string; error_description: string; error_codes: number[] };
    comparisons.push({
      what: `Entra: ${code}`,
      expected: { status: http, error, codes: [Number(code.slice("AADSTS".length))], message: `${code}: ${message}` },
      given: {
        status: http === undefined ? undefined : answer.status,
        error: error === undefined ? undefined : body.error,
        codes: body.error_codes,
        message: asDocumented(body.error_description, `${code}: ${message}`),
      },
    });
  }
  for (const { code, message = "" } of documented.graph) {
    const answer = await graphCases[code]?.();
    if (answer === undefined) continue;
    const { error } = answer.body as { error: { code: string; message: string } };
    comparisons.push({
      what: `Graph: ${code}`,
      expected: { code, message },
      given: { code: error.code, message: message === "" ? "" : asDocumented(error.message, message) },
    });
  }
  return comparisons;
}
