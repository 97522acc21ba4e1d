import { CommandError } from "../core/errors.ts";
import { finding } from "../core/findings/codes.ts";
import { kindKey } from "../core/kubernetes.ts";
import type { FilesSource, FoundObject } from "../core/model.ts";
import type { CollectedFiles } from "../core/ports.ts";
import { decode } from "./decode.ts";
import { readManifest } from "./documents.ts";
import { type InputOptions, inputsOf, notReadable } from "./inputs.ts";
import { readObject } from "./readObject.ts";
import { unreadableFindings } from "./unreadable.ts";

export interface CollectFilesOptions extends InputOptions {
  /** For objects that name no namespace; default `default`, as in kubectl. */
  defaultNamespace?: string;
}

/**
 * Reads the manifests that `-f` names: files, folders with all below them, `-` for standard input. Bad documents become findings. Throws a
 * `CommandError` for an argument that is not there, cannot be read, or holds no manifest.
 */
export async function collectFiles(paths: string[], options: CollectFilesOptions): Promise<CollectedFiles> {
  const path = paths.join(",");
  const source: FilesSource = { id: `files:${path}`, type: "files", path, files: 0, documents: 0 };
  const collected: CollectedFiles = { source, objects: [], findings: [] };
  const { inputs, findings } = await inputsOf(paths, options);
  collected.findings.push(...findings);
  const first = new Map<string, FoundObject["location"]>();
  // Read ahead a little: the parser, not the disk, is what takes the time, and not all texts should be in memory at once.
  for (let next = 0; next < inputs.length; next += 16) {
    const batch = inputs.slice(next, next + 16);
    const texts = await Promise.allSettled(batch.map(input => input.read()));
    for (const [index, { file }] of batch.entries()) {
      const text = texts[index];
      if (text?.status === "fulfilled")
        readText(text.value, file, collected, first, options.defaultNamespace ?? "default");
      else if (text?.reason instanceof CommandError) throw text.reason;
      else if (text) collected.findings.push(notReadable(file, text.reason));
    }
  }
  return collected;
}

function readText(
  bytes: Uint8Array,
  file: string,
  collected: CollectedFiles,
  first: Map<string, FoundObject["location"]>,
  defaultNamespace: string,
): void {
  const { source, objects, findings } = collected;
  source.files += 1;
  const text = decode(bytes);
  if (text === undefined) {
    findings.push(finding("yaml-invalid", { at: { file, line: 1 } }, { reason: "the file is not UTF-8 text" }));
    return;
  }
  if (isForeignJson(file, text)) {
    source.documents += 1;
    return;
  }
  const about = { source: source.id, file, defaultNamespace };
  const manifest = readManifest(text);
  source.documents += manifest.documents;
  let namespaceAssumed = false;
  for (const value of manifest.objects) {
    const read = readObject(value, about);
    findings.push(...read.findings);
    if (!read.found) continue;
    const { ref, object, location } = read.found;
    if (ref.namespace !== undefined && !object.metadata.namespace && !namespaceAssumed) {
      namespaceAssumed = true;
      findings.push(finding("namespace-assumed", { at: location }, { namespace: ref.namespace }));
    }
    const key = JSON.stringify([kindKey(ref), ref.namespace, ref.name]);
    const known = first.get(key);
    if (known) {
      findings.push(
        finding("duplicate-object", { subject: ref, at: location }, { first: `${known.file}:${known.line}` }),
      );
      continue;
    }
    first.set(key, location);
    objects.push(read.found);
  }
  for (const { key, line } of manifest.repeated) {
    const reason = `the field ${key} stands there twice, and the last one counts: a line --- is missing where another object begins`;
    findings.push(finding("object-incomplete", { at: { file, line } }, { reason }));
  }
  findings.push(...unreadableFindings(manifest.unreadable, about));
}

/** package.json, tsconfig.json with its comments and the like: what names neither of the fields that each Kubernetes object has. */
function isForeignJson(file: string, text: string): boolean {
  return /\.json$/i.test(file) && !text.includes("kind") && !text.includes("apiVersion");
}
