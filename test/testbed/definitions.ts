import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { isMap, parseAllDocuments } from "yaml";
import { cacheFolder } from "./cacheFolder.ts";
import { go } from "./go.ts";
import { kubectlOrThrow } from "./kubectl.ts";
import type { KubernetesObject } from "./objects.ts";
import { poll } from "./poll.ts";
import { runsInContinuousIntegration } from "./require.ts";
import type { Testbed } from "./start.ts";

/** The CustomResourceDefinitions that a Go module publishes: read from the zip of a pinned version, never copied into the project. */
export interface DefinitionSource {
  /** `github.com/argoproj/argo-rollouts@v1.8.3` */
  module: string;
  /** The module's checksum, as go.sum has it. */
  sum: string;
  /** Folders and files of the module, `FILE.tgz#MEMBER` of archives; what is no CustomResourceDefinition in them is left out. */
  paths: readonly string[];
}

/** The controllers beside Kubernetes' own whose definitions can be had as Go modules. */
export const controllerDefinitions: readonly DefinitionSource[] = [
  {
    module: "github.com/argoproj/argo-rollouts@v1.8.3",
    sum: "h1:blbtQva4IK9r6gFh+dWkCrLnFdPOWiv9ubQYu36qeaA=",
    paths: ["manifests/crds"],
  },
  {
    module: "github.com/openkruise/kruise@v1.8.0",
    sum: "h1:cU5XG9tur17j/CuY+iCTlxOtJ0GNTtJjMLurhh+25YQ=",
    paths: ["config/crd/bases"],
  },
  {
    module: "knative.dev/serving@v0.45.0",
    sum: "h1:+eOEwSE5+NmhQUUfARHGdSI1gwavddiPMKjl4+sHCjE=",
    paths: ["config/core/300-resources"],
  },
  {
    module: "github.com/tektoncd/pipeline@v1.0.0",
    sum: "h1:qq/BtjwtvZV7qhd6BnL5sGoBM4vVqpCtz/+hMbs6p94=",
    paths: ["config/300-crds"],
  },
];

/**
 * The definitions of these modules, from the cache or through the Go module proxy; undefined, after a loud line, where they
 * cannot be had (no Go, no network), for tests to skip. Throws where `CI` is set.
 */
export async function definitionsOrSkip(
  sources: readonly DefinitionSource[],
): Promise<readonly KubernetesObject[] | undefined> {
  try {
    return (await Promise.all(sources.map(definitionsOf))).flat();
  } catch (error) {
    if (runsInContinuousIntegration()) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\nSKIPPED: definitions of foreign kinds cannot be had: ${reason}\n\n`);
    return undefined;
  }
}

/** Installs definitions, and waits until the API server's discovery tells of every kind in them. */
export async function installDefinitions(
  { kubectl, apply }: Pick<Testbed, "kubectl" | "apply">,
  definitions: readonly KubernetesObject[],
): Promise<void> {
  await apply(definitions);
  const names = definitions.map(({ metadata }) => (metadata as { name: string }).name);
  await kubectlOrThrow(kubectl, [
    "wait",
    "--for=condition=Established",
    "--timeout=60s",
    ...names.map(name => `crd/${name}`),
  ]);
  const listed = async () => {
    const answer = await kubectlOrThrow(kubectl, ["api-resources", "--cached=false", "-o", "name"]);
    const known = new Set(answer.split("\n"));
    return names.every(name => known.has(name)) ? true : undefined;
  };
  await poll(listed, { what: "discovery tells of the installed definitions", timeoutMilliseconds: 60_000 });
}

async function definitionsOf(source: DefinitionSource): Promise<KubernetesObject[]> {
  const folder = join(cacheFolder(), "definitions");
  const path = join(folder, `${source.module.replaceAll("/", "_")}.json`);
  if (existsSync(path)) return JSON.parse(await readFile(path, "utf8"));
  const definitions = await publishedDefinitions(source);
  await mkdir(folder, { recursive: true });
  // Test files run in processes of their own: whoever comes second finds a whole file.
  const temporary = `${path}.${process.pid}.part`;
  try {
    await writeFile(temporary, JSON.stringify(definitions));
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return definitions;
}

async function publishedDefinitions({ module, sum, paths }: DefinitionSource): Promise<KubernetesObject[]> {
  const answer = JSON.parse(await go(["mod", "download", "-json", module], tmpdir())) as { Dir: string; Sum: string };
  if (answer.Sum !== sum) throw new Error(`${module} has the checksum ${answer.Sum}, not ${sum}`);
  const texts = await Promise.all(paths.map(path => textsIn(join(answer.Dir, path))));
  const definitions = texts.flat().flatMap(definitionsIn);
  if (definitions.length === 0) throw new Error(`${module} has no CustomResourceDefinition in ${paths.join(", ")}`);
  return definitions;
}

async function textsIn(path: string): Promise<string[]> {
  const [archive, member] = path.split(".tgz#");
  if (archive !== undefined && member !== undefined) {
    const unpack = await promisify(execFile)("tar", ["-xzOf", `${archive}.tgz`, member], { maxBuffer: 16 << 20 });
    return [unpack.stdout];
  }
  if (/\.ya?ml$/.test(path)) return [await readFile(path, "utf8")];
  const names = (await readdir(path)).filter(name => /\.ya?ml$/.test(name)).sort();
  return Promise.all(names.map(name => readFile(join(path, name), "utf8")));
}

/**
 * What the API server needs of them: some charts have templates in their labels, and conversion between versions asks a
 * webhook that nobody serves here.
 */
function definitionsIn(text: string): KubernetesObject[] {
  const plain = text
    .split("\n")
    .filter(line => !line.includes("{{"))
    .join("\n");
  return parseAllDocuments(plain).flatMap(document => {
    if (!isMap(document.contents)) return [];
    const { apiVersion, kind, metadata, spec } = document.toJS() as {
      metadata: { name: string; annotations?: Record<string, string> };
      spec: Record<string, unknown>;
    } & KubernetesObject;
    if (kind !== "CustomResourceDefinition") return [];
    const { name, annotations } = metadata;
    const { conversion: _webhook, ...rest } = spec;
    // Groups below k8s.io need the approval that their annotations carry.
    return [{ apiVersion, kind, metadata: { name, ...(annotations ? { annotations } : {}) }, spec: rest }];
  });
}
