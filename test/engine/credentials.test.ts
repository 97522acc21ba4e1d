import { setMaxListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { createAzureAccess } from "../../src/azure/access.ts";
import { keepTokens } from "../../src/azure/keptTokens.ts";
import { estimateAzure } from "../../src/core/azure/azureEstimate.ts";
import type { AzureAccess } from "../../src/core/azure/azurePorts.ts";
import type { StepResult } from "../../src/core/documents/runResult.ts";
import type { FederatedCredential } from "../../src/core/model.ts";
import type { Fault } from "../../src/sandbox/azure/faults.ts";
import { inProcessHttpClient } from "../../src/sandbox/azure/inProcessTransport.ts";
import {
  audience,
  type CredentialWorld,
  type CredentialWorldOptions,
  credentialWorld,
  issuer,
  withoutHash,
} from "./credentialWorld.ts";

/** Whoever asks sooner than the documented rates allow is throttled. */
const strict = { throttle: { burstSeconds: 0 }, writeMilliseconds: 200 };

async function worldOf(options: Partial<CredentialWorldOptions> = {}): Promise<CredentialWorld> {
  const world = await credentialWorld({ subscriptions: 1, identities: 1, credentials: 1, ...options });
  onTestFinished(world.stop);
  return world;
}

const outcomesOf = (results: readonly StepResult[]) => results.map(({ outcome }) => outcome);
const applied = (world: CredentialWorld) => world.steps.map(() => "applied");
const seconds = (world: CredentialWorld, since: number) => (world.clock.now() - since) / 1000;

/** What all steps mean to leave. */
const planned = (world: CredentialWorld) =>
  world.steps.map(({ trust: { name, subject } }) => ({ name, subject })).sort((a, b) => (a.name < b.name ? -1 : 1));
const left = (world: CredentialWorld) =>
  Object.values(world.endState())
    .flat()
    .sort((a, b) => (a.name < b.name ? -1 : 1));

describe("the credentials of an identity", () => {
  it("are listed once, and each is read by its name right before it is written", async () => {
    const world = await worldOf({ credentials: 3 });
    expect(outcomesOf(await world.run())).toEqual(applied(world));
    expect(world.requests()).toEqual([
      "GET identity-0 200",
      "GET identity-0/shop-app-0-0 404",
      "PUT identity-0/shop-app-0-0 201",
      "GET identity-0/shop-app-0-1 404",
      "PUT identity-0/shop-app-0-1 201",
      "GET identity-0/shop-app-0-2 404",
      "PUT identity-0/shop-app-0-2 201",
    ]);
  });

  it("that are there already cost no request but the list", async () => {
    const world = await worldOf({ credentials: 3 });
    await world.run();
    const before = world.requests().length;
    expect(outcomesOf(await world.run())).toEqual(["done", "done", "done"]);
    expect(world.requests().slice(before)).toEqual(["GET identity-0 200"]);
  });

  it("are read by name after a lost answer, and not written twice", async () => {
    const world = await worldOf();
    world.azure.fail({ method: "PUT", path: /./, count: 1, effect: "answerLost" });
    expect(outcomesOf(await world.run())).toEqual(["applied"]);
    expect(world.requests()).toEqual([
      "GET identity-0 200",
      "GET identity-0/shop-app-0-0 404",
      "PUT identity-0/shop-app-0-0 answerLost",
      "GET identity-0/shop-app-0-0 200",
    ]);
    expect(Object.values(world.records())).toEqual(["done"]);
  });

  it("are drifted where Azure stores something else than it was asked for", async () => {
    const world = await worldOf();
    const azure: AzureAccess = {
      ...world.reach,
      putCredential: (id, credential) => world.reach.putCredential(id, { ...credential, issuer: issuer.slice(0, -1) }),
    };
    expect(await world.run({ azure })).toMatchObject([
      { outcome: "drifted", message: expect.stringContaining(`of ${issuer.slice(0, -1)}`) },
    ]);
  });
});

describe("somebody else who writes between the list and the write", () => {
  /** Writes a credential right after the identity was listed for the first time. */
  const meanwhile = (world: CredentialWorld, change: (own: FederatedCredential) => FederatedCredential) => {
    const [step] = world.steps;
    if (!step) throw new Error("no step");
    const { principal, name, subject } = step.trust;
    let isListed = false;
    const azure: AzureAccess = {
      ...world.reach,
      async listCredentials(id) {
        const found = await world.reach.listCredentials(id);
        if (!isListed) await world.reach.putCredential(principal, change({ name, issuer, subject, audience }));
        isListed = true;
        return found;
      },
    };
    return world.run({ azure });
  };
  const subjects = (world: CredentialWorld) => left(world).map(({ subject }) => subject);

  it("is not overwritten where the name is taken for something else", async () => {
    const world = await worldOf();
    const results = await meanwhile(world, own => ({ ...own, subject: "system:serviceaccount:shop:other" }));
    expect(results).toMatchObject([
      {
        outcome: "drifted",
        message: expect.stringMatching(
          /has the planned name for the subject system:serviceaccount:shop:other of https/,
        ),
      },
    ]);
    expect(subjects(world)).toEqual(["system:serviceaccount:shop:other"]);
    expect(world.records()).toEqual({});
  });

  it("is taken for done where the same credential has the same name", async () => {
    const world = await worldOf();
    expect(outcomesOf(await meanwhile(world, own => own))).toEqual(["done"]);
    expect(world.requests().filter(one => one.startsWith("PUT"))).toHaveLength(1);
  });

  it.each(["badRequest", "conflict"] as const)(
    "is adopted where the content is the same (%s), and no undo takes it away",
    async duplicateAnswer => {
      const world = await worldOf({ azure: { duplicateAnswer } });
      expect(outcomesOf(await meanwhile(world, own => ({ ...own, name: "theirs" })))).toEqual(["done"]);
      expect(left(world).map(({ name }) => name)).toEqual(["theirs"]);
      expect(Object.values(world.records())).toEqual(["intent"]);
      // The record of what came to nothing is not taken for a success by the next run either.
      expect(outcomesOf(await world.run())).toEqual(["done"]);
      expect(Object.values(world.records())).toEqual(["intent"]);
    },
  );

  it.each(["badRequest", "conflict"] as const)(
    "is named where it has another audience for the same subject (%s)",
    async duplicateAnswer => {
      const world = await worldOf({ azure: { duplicateAnswer } });
      expect(await meanwhile(world, own => ({ ...own, name: "theirs", audience: "api://other" }))).toMatchObject([
        {
          outcome: "drifted",
          message: expect.stringMatching(
            /credential theirs has the same issuer and subject for the audience api:\/\/other/,
          ),
        },
      ]);
      expect(left(world).map(({ name }) => name)).toEqual(["theirs"]);
    },
  );
});

it("a record that somebody else has touched meanwhile is marked all the same", async () => {
  const world = await worldOf();
  const end = world.cluster.fail({
    request: { method: "PUT", path: /configmaps/ },
    answer: 409,
    reason: "Conflict",
    count: 2,
  });
  expect(outcomesOf(await world.run())).toEqual(["applied"]);
  end();
  expect(Object.values(world.records())).toEqual(["done"]);
  expect(world.requests().filter(one => one.startsWith("PUT"))).toHaveLength(1);
});

describe("many credentials", () => {
  it("keep to the documented rates where Azure enforces them, with hardly a refusal", async () => {
    const world = await worldOf({ subscriptions: 2, identities: 20, credentials: 8, azure: strict });
    const began = world.clock.now();
    expect(outcomesOf(await world.run())).toEqual(applied(world));
    expect(estimateAzure(world.steps)?.seconds).toBe(40);
    expect(seconds(world, began)).toBeLessThanOrEqual(44);
    const ended = (end: string) => world.requests().filter(one => one.endsWith(end));
    expect(ended(" 409")).toEqual([]);
    expect(ended(" 429").length).toBeLessThan(world.steps.length);
    expect(left(world)).toEqual(planned(world));
  });

  it("keep nobody waiting where Azure does not", async () => {
    const world = await worldOf({ subscriptions: 2, identities: 12, credentials: 8 });
    const began = world.clock.now();
    await world.run();
    expect(seconds(world, began)).toBe(0);
  });

  it("do not all ask again at once where a whole subscription is throttled", async () => {
    const world = await worldOf({ identities: 16 });
    const throttled = { effect: "answer", status: 429, code: "TooManyRequests" } as const;
    let isOver = false;
    void world.clock.sleep(60_000).then(() => {
      isOver = true;
    });
    const azure: AzureAccess = {
      ...world.reach,
      async putCredential(id, credential) {
        if (isOver) return world.reach.putCredential(id, credential);
        world.azure.fail({ ...throttled, method: "PUT", path: /./, count: 1, headers: { "retry-after": "20" } });
        return world.reach.putCredential(id, credential);
      },
    };
    expect(outcomesOf(await world.run({ azure }))).toEqual(applied(world));
    const refused = world.azure.requests.filter(one => one.outcome === 429).map(({ at }) => at);
    const rounds = [0, 1, 2].map(round => {
      const since = (refused[0] ?? 0) + round * 20_000;
      return refused.filter(at => at >= since && at < since + 20_000).length;
    });
    // All that are under way at first; later a second one has to be refused before it is known that it is not the first one's own.
    expect(rounds[0]).toBeLessThanOrEqual(16);
    expect(rounds[1]).toBeLessThanOrEqual(3);
    expect(rounds[2]).toBeLessThanOrEqual(3);
  });

  it("end as without failures, whatever fails on the way", async () => {
    const concurrent = "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity";
    const share = { path: /./, share: 0.02 };
    const ways: readonly Fault[] = [
      { ...share, effect: "answer", status: 429, code: "TooManyRequests" },
      { ...share, effect: "answer", status: 429, code: "TooManyRequests", headers: { "retry-after": "7" } },
      { ...share, effect: "answer", status: 409, code: concurrent },
      { ...share, effect: "answer", status: 500, code: "InternalServerError" },
      { ...share, effect: "reset" },
      { ...share, effect: "answerLost" },
    ];
    const foreign = { name: "foreign", issuer, subject: "system:serviceaccount:other:other", audience };
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.boolean(), async (seed, isStrict) => {
        const world = await credentialWorld({
          subscriptions: 2,
          identities: 4,
          credentials: 4,
          existing: [foreign],
          ...(isStrict ? { azure: strict } : {}),
        });
        try {
          for (const [index, way] of ways.entries()) world.azure.fail({ ...way, seed: seed + index });
          expect(outcomesOf(await world.run())).toEqual(applied(world));
          const others = world.identities.map(() => ({ name: foreign.name, subject: foreign.subject }));
          expect(left(world)).toEqual([...others, ...planned(world)]);
          expect(Object.values(world.records())).toEqual(world.steps.map(() => "done"));
          // What Azure answers to a PUT that replaces.
          expect(world.requests().filter(one => /^PUT .* 200$/.test(one))).toEqual([]);
        } finally {
          await world.stop();
        }
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});

describe("an interrupt", () => {
  it("ends the wait for a turn at once, and what was written is marked", async () => {
    const world = await worldOf({ identities: 4, credentials: 10, azure: strict });
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const began = world.clock.now();
    void world.clock.sleep(10_000).then(() => stop.abort(new Error("interrupted")));
    const results = await world.run({ signal: stop.signal });
    expect(seconds(world, began)).toBeLessThanOrEqual(10.2);
    expect(new Set(outcomesOf(results))).toEqual(new Set(["applied", "interrupted"]));
    const written = left(world).length;
    expect(written).toBeGreaterThan(4);
    expect(outcomesOf(results).filter(one => one === "applied")).toHaveLength(written);
    expect(Object.values(world.records()).filter(one => one === "done")).toHaveLength(written);
  });
});

describe("a sign-in that ends in the middle of a run", () => {
  const endpoint = "https://management.azure.com";
  const signedIn = (world: CredentialWorld, isRenewed: () => boolean): AzureAccess => {
    let first: string | undefined;
    const credential = keepTokens(
      async () => {
        const token = isRenewed() || first === undefined ? world.azure.issueAccessToken({}) : first;
        first ??= token;
        return { token, expiresOnTimestamp: world.clock.now() + 3_600_000 };
      },
      { now: () => world.clock.now() },
    );
    return createAzureAccess({
      cloud: {
        name: "simulated",
        authorityHost: "https://login.microsoftonline.com",
        resourceManagerEndpoint: endpoint,
        resourceManagerScope: `${endpoint}/.default`,
        graphEndpoint: "https://graph.microsoft.com",
      },
      credential,
      httpClient: inProcessHttpClient(world.azure.handle),
      clock: world.clock,
    });
  };
  /** Ends every token when the second credential is about to be written. */
  const ending = (world: CredentialWorld, azure: AzureAccess): AzureAccess => ({
    ...azure,
    putCredential(id, credential) {
      if (withoutHash(credential.name) === "shop-app-0-1" && !world.requests().some(one => one.endsWith(" 401")))
        world.azure.expireTokens();
      return azure.putCredential(id, credential);
    },
  });

  it("goes on with a new token", async () => {
    const world = await worldOf({ credentials: 3 });
    const azure = ending(
      world,
      signedIn(world, () => true),
    );
    expect(outcomesOf(await world.run({ azure }))).toEqual(applied(world));
    expect(world.requests().filter(one => one.endsWith(" 401"))).toHaveLength(1);
  });

  it("ends clearly where there is none", async () => {
    const world = await worldOf({ credentials: 3 });
    const results = await world.run({
      azure: ending(
        world,
        signedIn(world, () => false),
      ),
    });
    expect(outcomesOf(results)).toEqual(["applied", "failed", "failed"]);
    expect(results[1]?.message).toMatch(/ExpiredAuthenticationToken.* Sign in again .* goes on from here\.$/);
  });
});
