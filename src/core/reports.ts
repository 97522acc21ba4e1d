import { isClientID } from "./azure/servicePrincipal.ts";
import { blockedFrom, isBlocked } from "./blocked.ts";
import { type DetectedConsumers, detectConsumers } from "./consumers/detect.ts";
import { contentHash } from "./documents/hash.ts";
import type { Plan } from "./documents/plan.ts";
import type { Scan } from "./documents/scan.ts";
import { type Facts, principalFacts } from "./facts.ts";
import { type Mapped, map } from "./map.ts";
import type { Decisions, Finding, Mapping, PrincipalRef, Usage } from "./model.ts";
import { compare } from "./order.ts";
import { countsOf } from "./planCounts.ts";
import { podLabelsOf, readAzureIdentity, readAzureIdentityBinding } from "./podIdentity/match.ts";
import { type Steps, stepsOf } from "./steps.ts";
import { credentialLimit } from "./trust/budget.ts";
import { usageDocument, withConsumers, withoutEmpty } from "./usageDocuments.ts";
import { type Found, select } from "./usages.ts";
import { asDecided, foundIn } from "./usagesOfFacts.ts";

/** Who uses pod identity, and what each usage becomes, without the steps that lead there. */
export interface Survey {
  facts: Facts;
  decisions: Decisions;
  /** Of everything that was read. */
  found: Found;
  /** Those that `-n` and `-l` choose. */
  selected: Usage[];
  /** Who uses pod identity through somebody else: of everything that was read. */
  consumers: Pick<DetectedConsumers, "uses" | "findings">;
  mapped: Mapped;
}

/** Everything the core decides about some facts; documents and the engine take their parts from here. */
export interface Judgement extends Survey {
  steps: Steps;
}

/** Facts and decisions in, usages and mappings out. */
export function survey(facts: Facts, decisions: Decisions): Survey {
  const { usages, findings: ofObjects } = foundIn(facts, decisions);
  const found = { usages: asDecided(facts, decisions, usages), findings: ofObjects };
  const mapped = map(facts, found.usages, decisions);
  const selected = select(facts, found.usages, decisions);
  const { uses, findings } = detectConsumers(facts, found.usages);
  return { facts, decisions, found, selected, consumers: { uses, findings }, mapped };
}

/** Facts and decisions in, usages, mappings and steps out: the one way from what is to what is to be done. */
export function judge(facts: Facts, decisions: Decisions): Judgement {
  const surveyed = survey(facts, decisions);
  const { found, mapped } = surveyed;
  return { ...surveyed, steps: stepsOf(facts, found.usages, mapped.mappings, decisions) };
}

/** Those that Azure can be asked about, by id: an application may serve several tenants. */
function distinctPrincipals(usages: readonly Usage[]): PrincipalRef[] {
  const principals = new Map<string, PrincipalRef>();
  for (const usage of usages) {
    for (const principal of usage.principals) {
      const { type, id } = principal;
      if (type === "application" ? isClientID(id) : id.startsWith("/")) principals.set(id, principal);
    }
  }
  return [...principals.values()].sort((a, b) => compare(a.id, b.id));
}

export function scanDocument(judgement: Survey, toolVersion: string): Scan {
  const { facts, decisions, found, selected, consumers, mapped } = judgement;
  // What a plan would say of a usage, as far as the cluster alone tells it.
  const codes = new Map(
    mapped.mappings.map(mapping => [mapping.usage, [...mapping.reasons, ...blockedFrom(mapping, "switch")]]),
  );
  const usages = withConsumers(
    judgement,
    selected.map(usage => ({
      ...usageDocument(usage),
      findings: [...new Set([...usage.findings, ...(codes.get(usage.id) ?? [])])].sort(compare),
    })),
  );
  const told = new Set([...codes.values()].flat());
  const findings = findingsOf(judgement, [
    ...found.findings,
    ...consumers.findings,
    ...mapped.findings.filter(one => told.has(one.code)),
  ]);
  const byName = (kind: string) =>
    facts.sources
      .flatMap(source => facts.objects.ofKind(source.id, kind))
      .map(item => ({
        found: item,
        key: { source: item.ref.source, namespace: item.ref.namespace ?? "default", name: item.ref.name },
      }))
      .filter(({ key }) => decisions.namespaces?.includes(key.namespace) ?? true)
      .sort(
        (a, b) =>
          compare(a.key.source, b.key.source) ||
          compare(a.key.namespace, b.key.namespace) ||
          compare(a.key.name, b.key.name),
      );
  const count = (state: Usage["state"]) => usages.filter(usage => usage.state === state).length;
  return {
    apiVersion: "azwi-migrate.dev/v1alpha1",
    kind: "Scan",
    toolVersion,
    contentHash: contentHash({ usages: usages.map(withoutLines), findings: findings.map(withoutPlace) }),
    sources: sourcesOf(facts),
    identities: byName("AzureIdentity").map(({ found: item, key: { source, ...key } }) => {
      const { type, clientID, resourceID } = readAzureIdentity(item);
      return {
        source,
        ...key,
        ...(type === undefined ? {} : { type }),
        ...withoutEmpty({ clientID, resourceID }),
      };
    }),
    bindings: byName("AzureIdentityBinding").map(({ found: item, key: { source, ...key } }) => {
      const { azureIdentity, selector } = readAzureIdentityBinding(item);
      return { source, ...key, ...withoutEmpty({ azureIdentity, selector }) };
    }),
    exceptions: byName("AzurePodIdentityException").map(({ found: item, key }) => ({
      ...key,
      podLabels: podLabelsOf(item.object),
    })),
    usages,
    findings,
    observed: { pods: Object.fromEntries(selected.map(usage => [usage.id, usage.pods])) },
    summary: {
      usages: usages.length,
      legacy: count("legacy"),
      both: count("both"),
      migrated: count("migrated"),
      unmatched: count("unmatched"),
      proven: 0,
      blocked: mapped.mappings.filter(isBlocked).length,
    },
  };
}

export function planDocument(
  judgement: Judgement,
  toolVersion: string,
  dryRuns: Plan["observed"]["dryRuns"] = {},
): Plan {
  const { facts, decisions, selected, mapped, steps } = judgement;
  const mappings = mapped.mappings.map(mappingDocument);
  const hashed = { sources: sourcesOf(facts), decisions, mappings, steps: steps.steps };
  return {
    apiVersion: "azwi-migrate.dev/v1alpha1",
    kind: "Plan",
    toolVersion,
    contentHash: planHash(hashed),
    ...hashed,
    usages: withConsumers(judgement, selected.map(usageDocument)),
    principals: distinctPrincipals(selected).flatMap(({ id, type, clientID }) => {
      const seen = principalFacts(facts, id);
      if (!seen) return [];
      const credentials = [...seen.credentials].sort((a, b) => compare(a.name, b.name));
      return [{ id, type, clientID, limit: credentialLimit, credentials }];
    }),
    findings: planFindings(judgement),
    observed: { dryRuns },
    summary: {
      ...countsOf(mappings, steps.steps),
      done: steps.done,
      notChecked:
        mappings.filter(mapping => mapping.notChecked.length > 0).length + selected.filter(isUnmappable).length,
    },
  };
}

/** What a plan tells, and what is to be told beside it. */
export function planFindings(judgement: Judgement, more: readonly Finding[] = []): Plan["findings"] {
  const { found, consumers, mapped } = judgement;
  return findingsOf(judgement, [...found.findings, ...consumers.findings, ...mapped.findings, ...more]);
}

/** Whether what was read gives it no identity, and what was not read may: it has no mapping that could say so. */
function isUnmappable({ principals, findings }: Usage): boolean {
  return principals.length === 0 && findings.includes("bindings-not-checked");
}

/** The hash that a plan must carry, over the parts that CONTRACT names. */
export function planHash(plan: Pick<Plan, "sources" | "decisions" | "mappings" | "steps">): string {
  return contentHash({
    sources: plan.sources.map(source => ({
      id: source.id,
      issuer: source.type === "cluster" ? (source.issuer ?? "") : "",
    })),
    decisions: plan.decisions,
    mappings: plan.mappings,
    steps: plan.steps,
  });
}

function mappingDocument({ usage, defaultPrincipal, ...mapping }: Mapping): Plan["mappings"][number] {
  // As in usageDocument, no literal begins with what is spread.
  return { usage, ...mapping, ...(defaultPrincipal ? { defaultPrincipal: defaultPrincipal.id } : {}) };
}

/** Findings in the chosen namespaces and of the chosen usages, and those about neither; equal ones once, in a fixed order. */
export function findingsOf(
  { facts, decisions, found, selected, consumers }: Omit<Survey, "mapped">,
  more: readonly Finding[],
): Scan["findings"] {
  const seen = new Map<string, Finding>();
  const chosen = new Set(selected);
  const passedOver = new Set(found.usages.filter(usage => !chosen.has(usage)).map(usage => usage.workload));
  const uses = consumers.uses.map(use => ({ workload: use.object.ref }));
  const chosenUses = new Set(select(facts, uses, decisions));
  for (const use of uses) if (!chosenUses.has(use)) passedOver.add(use.workload);
  for (const one of [...facts.findings, ...more]) {
    const namespace = one.subject?.namespace;
    if (decisions.namespaces && namespace !== undefined && !decisions.namespaces.includes(namespace)) continue;
    if (one.subject && passedOver.has(one.subject)) continue;
    const { subject, at } = one;
    const place = subject
      ? [subject.source, subject.namespace, subject.kind, subject.name]
      : [at?.file, String(at?.line ?? "").padStart(8, "0")];
    seen.set([...place, one.code, JSON.stringify(one.args)].join("\n"), one);
  }
  return [...seen.entries()].sort(([a], [b]) => compare(a, b)).map(([, one]) => one as Scan["findings"][number]);
}

/** By id: in which order clusters were named says nothing about them. */
function sourcesOf(facts: Facts): Facts["sources"] {
  return [...facts.sources].sort((a, b) => compare(a.id, b.id));
}

/** Without what changes while the finding stays: its line, names of contexts and pods, other people's words (which have lines in them too). */
function withoutPlace({ at, args, ...rest }: Scan["findings"][number]): object {
  const { context, reason, first, pod, pods, ...stable } = args;
  return {
    ...rest,
    args: typeof first === "string" ? { ...stable, first: first.replace(/:\d+$/, "") } : stable,
    ...(at ? { file: at.file } : {}),
  };
}

function withoutLines<T extends { locations: { file: string; line: number }[] }>(usage: T): object {
  return { ...usage, locations: usage.locations.map(location => location.file) };
}
