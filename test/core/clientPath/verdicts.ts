import { blockedFrom } from "../../../src/core/blocked.ts";
import { clientPathSeverities } from "../../../src/core/findings/clientPath.ts";
import { egressSeverities } from "../../../src/core/findings/egress.ts";
import type { KubernetesObject } from "../../../src/core/kubernetes.ts";
import type { Decisions, Finding, Mapping } from "../../../src/core/model.ts";
import { judge } from "../../../src/core/reports.ts";
import {
  bound,
  decisions,
  type FactsOptions,
  factsOf,
  factsOfFiles,
  serviceAccount,
  type WorkloadOptions,
  workload,
} from "../factories.ts";

export interface CartWorld extends FactsOptions {
  cart?: WorkloadOptions;
  objects?: readonly KubernetesObject[];
  decisions?: Partial<Decisions>;
  account?: KubernetesObject;
  /** The same objects in files, without a cluster. */
  from?: "files";
}

/** What is said of the client path and the egress of `shop/cart`, by how it counts: `code args`. */
export interface Told {
  reasons: Finding[];
  /** Of the whole, or of the switch alone. */
  blocks: Finding[];
  notChecked: Finding[];
}

/** Judges `shop/cart` in a world in which nothing else stands in its way. */
export function told(world: CartWorld): Told {
  const { mapping, findings } = judgedCart(world);
  const own = findings.filter(
    ({ code }) => Object.hasOwn(clientPathSeverities, code) || Object.hasOwn(egressSeverities, code),
  );
  const among = (codes: readonly string[]) => own.filter(({ code }) => codes.includes(code));
  return {
    reasons: among(mapping.reasons),
    blocks: among(blockedFrom(mapping, "switch")),
    notChecked: among(mapping.notChecked),
  };
}

/** What becomes of it. */
export function mappingOf(world: CartWorld): Mapping {
  return judgedCart(world).mapping;
}

function judgedCart({ cart, objects = [], decisions: choice, account, from, ...options }: CartWorld) {
  const all = [
    ...bound("shop/cart"),
    account ?? serviceAccount("shop/cart"),
    workload("shop/cart", { label: "cart", account: "cart", ...cart }),
    ...objects,
  ];
  const facts = from === "files" ? factsOfFiles(all) : factsOf(all, options);
  const { mappings, findings } = judge(facts, { ...decisions, ...choice }).mapped;
  const mapping = mappings[0];
  if (!mapping) throw new Error("no mapping");
  return { mapping, findings };
}

/** The codes alone. */
export function codes(world: CartWorld): { reasons: string[]; blocks: string[]; notChecked: string[] } {
  const { reasons, blocks, notChecked } = told(world);
  const of = (findings: readonly Finding[]) => findings.map(one => one.code);
  return { reasons: of(reasons), blocks: of(blocks), notChecked: of(notChecked) };
}

/** An object of any kind, named `shop/x` or, of the cluster's own, `x`. */
export function object(apiVersion: string, kind: string, path: string, rest: Record<string, unknown> = {}) {
  const [first = "", second] = path.split("/");
  const { metadata, ...fields } = rest;
  const names = second === undefined ? { name: first } : { namespace: first, name: second };
  return { apiVersion, kind, metadata: { ...names, ...(metadata as object) }, ...fields } as KubernetesObject;
}
