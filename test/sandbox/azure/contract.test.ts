import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { type DocumentedErrors, replayErrors } from "./documentedErrors.ts";
import { type DocumentedExchange, type DocumentedGraph, replayExchange, replayGraph } from "./documentedRequests.ts";
import { type PublishedExample, replayExample } from "./publishedExamples.ts";
import { type Comparison, type Interaction, replay } from "./replay.ts";

/** Recorded traffic and published examples; kept beside the checkout, as they are other people's text. */
const corpus = new URL("../../../../shared/corpus/azure/", import.meta.url);
const fixtures = new URL("../../fixtures/azure/", import.meta.url);

function read<Content>(folder: URL, file: string): Content {
  return JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Content;
}

type Session = { interactions: Interaction[] };

/** What of the corpus no request brings about, and why. */
const notReplayed: Record<string, string> = {
  AADSTS7002381: "a rule that a tenant makes for tokens of GitHub; no cluster's issuer meets it",
  AADSTS501661: "another number for AADSTS90061, which is replayed; when Entra answers which is not known",
};

function filesIn(folder: string): string[] {
  return readdirSync(new URL(folder, corpus)).map(file => `${folder}${file}`);
}

async function replayCorpus(): Promise<Record<string, Comparison[]>> {
  if (!existsSync(corpus)) return {};
  const recordings = filesIn("recordings/").map(file => replay(file, read<Session>(corpus, file).interactions));
  const versions = readdirSync(new URL("examples/", corpus));
  const examples = versions
    .flatMap(version => filesIn(`examples/${version}/`))
    .map(file => replayExample(file, read<PublishedExample>(corpus, file)));
  return {
    "recorded interactions": (await Promise.all(recordings)).flat(),
    "published examples": (await Promise.all(examples)).flat(),
    "documented refusals": await replayErrors(read<DocumentedErrors>(corpus, "errors.json")),
    "documented requests of Entra": await replayExchange(read<DocumentedExchange>(corpus, "entra/token-request.json")),
    "documented requests of Graph": await replayGraph(
      read<DocumentedGraph>(corpus, "graph/federatedIdentityCredential.json"),
    ),
  };
}

const replayed = await replayCorpus();
const all = Object.values(replayed).flat();

describe("the simulated Azure answers as recorded", () => {
  test.each(["federated-credentials.session.json", "managed-cluster.session.json"])("in %s", async file => {
    for (const { given, expected } of await replay(file, read<Session>(fixtures, file).interactions)) {
      expect(given).toEqual(expected);
    }
  });
});

describe.skipIf(!existsSync(corpus))(
  "the simulated Azure keeps to ../shared/corpus (skipped where it is absent)",
  () => {
    test.each(all.map(one => [one.what, one] as const))("%s", (_, { given, expected }) => {
      expect(given).toEqual(expected);
    });

    const counts = Object.entries(replayed).map(([kind, { length }]) => `${length} ${kind}`);
    const differing = all.filter(({ expected, given }) => !isDeepStrictEqual(expected, given)).length;
    test(`replayed ${all.length}, of which ${differing} differ: ${counts.join(", ")}; not replayed: ${Object.keys(notReplayed).length}`, () => {
      const errors = read<DocumentedErrors>(corpus, "errors.json");
      const documented = [
        ...errors.arm.map(one => `ARM: ${one.when}`),
        ...errors.entra.map(one => `Entra: ${one.code}`),
        ...errors.graph.map(one => `Graph: ${one.code}`),
      ];
      const missing = documented.filter(what => !all.some(one => one.what === what));
      expect(missing).toEqual(Object.keys(notReplayed).map(code => `Entra: ${code}`));
    });
  },
);
