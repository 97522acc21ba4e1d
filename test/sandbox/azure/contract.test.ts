import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Interaction, replay } from "./replay.ts";
import {
  apiVersion,
  arm,
  createSigner,
  exchangeForm,
  identityPath,
  issuer,
  operatorClientId,
  putCredential,
  requestToken,
  shopAzure,
} from "./world.ts";

/** Recorded traffic and published examples; kept beside the checkout, as they are other people's text. */
const corpus = new URL("../../../../shared/corpus/azure/", import.meta.url);
const fixtures = new URL("../../fixtures/azure/", import.meta.url);
const withCorpus = describe.skipIf(!existsSync(corpus));

function read<Content>(folder: URL, file: string): Content {
  return JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Content;
}

type Session = { interactions: Interaction[] };

describe("the simulated Azure answers as recorded", () => {
  test.each(["federated-credentials.session.json", "managed-cluster.session.json"])("in %s", async file => {
    const { recorded, given } = await replay(read<Session>(fixtures, file).interactions);
    expect(given).toEqual(recorded);
  });
});

withCorpus("the simulated Azure answers as in real traffic (skipped where ../shared/corpus is absent)", () => {
  const recordings = new URL("recordings/", corpus);
  // listAssociatedResources is in no stable api-version and not simulated.
  const files = existsSync(recordings) ? readdirSync(recordings).filter(file => !file.includes("listAssociated")) : [];

  test.each(files)("in %s", async file => {
    const { recorded, given } = await replay(read<Session>(recordings, file).interactions);
    expect(recorded).not.toEqual([]);
    expect(given).toEqual(recorded);
  });
});

/** The names of all fields, so that bodies with other values can be compared. */
function fieldNames(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap(item => fieldNames(item, `${path}[]`)))];
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value)
    .flatMap(([key, inner]) => fieldNames(inner, `${path}.${key}`))
    .sort();
}

withCorpus(
  "the simulated Azure has the fields of the published examples (skipped where ../shared/corpus is absent)",
  () => {
    type Example = { responses: Record<string, { body?: unknown }> };
    const example = (name: string) => read<Example>(corpus, `examples/2026-05-31/${name}.json`).responses;
    const list = `${identityPath}/federatedIdentityCredentials?api-version=2026-05-31`;

    test("of federated credentials", async () => {
      const azure = shopAzure({ pageSize: 1 });
      const created = await putCredential(azure, "first");
      const replaced = await putCredential(azure, "first");
      await putCredential(azure, "second");
      const read = await arm(azure, "GET", `${identityPath}/federatedIdentityCredentials/first?api-version=2026-05-31`);
      const listed = await arm(azure, "GET", `${list}&$top=20`);
      const expected = example("FederatedIdentityCredentialCreate");
      expect([created.status, replaced.status].map(String).sort()).toEqual(Object.keys(expected).sort());
      expect(fieldNames(created.body)).toEqual(fieldNames(expected["201"]?.body));
      expect(fieldNames(replaced.body)).toEqual(fieldNames(expected["200"]?.body));
      expect(fieldNames(read.body)).toEqual(fieldNames(example("FederatedIdentityCredentialGet")["200"]?.body));
      expect(fieldNames(listed.body)).toEqual(fieldNames(example("FederatedIdentityCredentialList")["200"]?.body));
    });

    test("of identities", async () => {
      const azure = shopAzure();
      const tagged = `${identityPath}?api-version=2026-05-31`;
      await arm(azure, "PATCH", tagged, { tags: { key1: "value1", key2: "value2" } });
      const { body } = await arm(azure, "GET", tagged);
      expect(fieldNames(body)).toEqual(fieldNames(example("IdentityGet")["200"]?.body));
    });
  },
);

/** The words around the placeholders of a documented message, which a given message must hold in that order. */
function wordsOf(message: string): RegExp {
  const quoted = message.replace(" (reported, wording not verified)", "");
  const literal = quoted.split(/\{\w+\}|\.\.\./).map(part => part.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(literal.join("[\\s\\S]*"));
}

withCorpus("the simulated Azure fails with the documented words (skipped where ../shared/corpus is absent)", () => {
  type ArmError = { when: string; message: string };
  type EntraError = { codes?: number[]; code: string; message: string; http?: number; error?: string };
  const errors = existsSync(corpus)
    ? read<{ arm: ArmError[]; entra: EntraError[] }>(corpus, "errors.json")
    : { arm: [], entra: [] };

  const armCases: Record<string, () => Promise<{ body: unknown }>> = {
    "two FIC writes at once under one identity": async () => {
      const azure = shopAzure({ writeMilliseconds: 100 });
      const [, second] = await Promise.all([putCredential(azure, "first"), putCredential(azure, "second")]);
      return second;
    },
    "issuer+subject pair already on this identity under another FIC name": async () => {
      const azure = shopAzure();
      await putCredential(azure, "first", { subject: "same" });
      return putCredential(azure, "second", { subject: "same" });
    },
    "21st FIC": async () => {
      const azure = shopAzure();
      for (let index = 0; index < 20; index++) await putCredential(azure, `credential-${index}`);
      return putCredential(azure, "one-more");
    },
    "audiences != 1": () => putCredential(shopAzure(), "cart", { audiences: [] }),
    "missing property": () =>
      arm(shopAzure(), "PUT", `${identityPath}/federatedIdentityCredentials/cart?${apiVersion}`, {}),
    "bad name": () => putCredential(shopAzure(), "no.dots"),
  };

  test.each(Object.keys(armCases))("of ARM for: %s", async when => {
    const message = errors.arm.find(one => one.when === when)?.message ?? "";
    expect(message).not.toBe("");
    const { body } = await (armCases[when]?.() ?? Promise.reject(new Error(`no case for ${when}`)));
    expect((body as { error: { message: string } }).error.message).toMatch(wordsOf(message));
  });

  const signer = createSigner();
  async function exchange(claims: { issuer?: string; subject?: string; audience?: string; now?: number }) {
    const azure = shopAzure({ jwks: async () => signer.jwks });
    await putCredential(azure, "cart");
    return requestToken(azure, exchangeForm(signer.serviceAccountToken({ now: azure.clock.now(), ...claims })));
  }
  const operator = { grant_type: "client_credentials", client_id: operatorClientId, scope: "https://x/.default" };

  const entraCases: Record<string, () => Promise<{ status: number; body: unknown }>> = {
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

  test.each(Object.keys(entraCases))("of Entra for %s", async code => {
    const documented = errors.entra.find(one => one.code === code);
    expect(documented).toBeDefined();
    const { status, body } = await (entraCases[code]?.() ?? Promise.reject(new Error(`no case for ${code}`)));
    const { error, error_description } = body as { error: string; error_description: string };
    expect(error_description).toMatch(wordsOf(`${code}: ${documented?.message}`));
    expect(error).toBe(documented?.error ?? error);
    expect(status).toBe(documented?.http ?? status);
  });

  test("and with exactly the fields of a recorded refusal", async () => {
    const { response400_verbatim } = read<{ response400_verbatim: object }>(corpus, "entra/token-request.json");
    const { body } = await exchange({ subject: "other" });
    expect(Object.keys(body as object)).toEqual(Object.keys(response400_verbatim));
  });
});
