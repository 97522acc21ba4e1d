import type { Owner } from "../model.ts";
import { ownerOf } from "../owners/ownership.ts";
import { perFacts } from "../perFacts.ts";
import { bindingLabel } from "../podIdentity/match.ts";
import { workloadsOf } from "../workloads/workloads.ts";
import { verdictOf } from "./chartValues.ts";
import type { Consumer } from "./consumer.ts";
import { isRelease, releaseKinds, releasesOf } from "./releases.ts";

/**
 * Charts of nobody that is known here, whose values put the label on pods. Where such pods are among what was read, they are
 * usages themselves, which name their release as their owner; without a cluster nothing else tells of them.
 */
export const helm: Consumer = {
  name: "helm",
  kinds: releaseKinds,
  detect(view) {
    const rendered = renderers(view.facts);
    const uses = releasesOf(view).flatMap(({ found, values }) => {
      if (view.isTold(found)) return [];
      const verdict = verdictOf(values);
      if (!verdict || rendered.get(found.ref.name)?.some(owner => isRelease(owner, found.ref))) return [];
      return [{ consumer: "helm" as const, object: found, ...verdict, askedBy: [] }];
    });
    return { uses, findings: [] };
  },
};

/** Who renders workloads with the label, in all sources: files have the release of what runs in a cluster. By name. */
const renderers = perFacts(facts => {
  const byName = new Map<string, Owner[]>();
  for (const { id } of facts.sources) {
    for (const { found, templates } of workloadsOf(facts, id)) {
      if (templates.every(({ metadata }) => metadata?.labels?.[bindingLabel] === undefined)) continue;
      const owner = ownerOf(facts, found.ref, found.object);
      if (owner?.name === undefined) continue;
      const known = byName.get(owner.name);
      if (known) known.push(owner);
      else byName.set(owner.name, [owner]);
    }
  }
  return byName;
});
