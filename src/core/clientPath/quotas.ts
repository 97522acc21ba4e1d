import type { CheckedUsage } from "../checks/check.ts";
import { type Facts, nameOf } from "../facts.ts";
import { isRecord, type KubernetesObject } from "../kubernetes.ts";
import type { FoundObject } from "../model.ts";
import { perFacts } from "../perFacts.ts";
import { records, strings } from "../workloads/templateContainers.ts";

/** What a quota of this resource asks of every container (kubernetes, pkg/quota/v1/evaluator/core/pods.go, validationSet). */
const asked: Readonly<Record<string, "requests.cpu" | "requests.memory" | "limits.cpu" | "limits.memory">> = {
  cpu: "requests.cpu",
  memory: "requests.memory",
  "requests.cpu": "requests.cpu",
  "requests.memory": "requests.memory",
  "limits.cpu": "limits.cpu",
  "limits.memory": "limits.memory",
};

interface OfNamespace {
  quotas: FoundObject[];
  /** What a LimitRange gives to containers that say nothing. */
  defaults: ReadonlySet<string>;
}

const byNamespace = perFacts(facts => {
  const namespaces = new Map<string, { quotas: FoundObject[]; defaults: Set<string> }>();
  const of = ({ ref }: FoundObject) => {
    const key = `${ref.source}\n${ref.namespace ?? "default"}`;
    const known = namespaces.get(key) ?? { quotas: [], defaults: new Set<string>() };
    namespaces.set(key, known);
    return known;
  };
  for (const { id } of facts.sources) {
    for (const quota of facts.objects.ofKind(id, "ResourceQuota")) of(quota).quotas.push(quota);
    for (const range of facts.objects.ofKind(id, "LimitRange"))
      for (const given of defaultsOf(range.object)) of(range).defaults.add(given);
  }
  return namespaces;
});

/**
 * The quotas that would refuse the proxy's containers, which have neither requests nor limits: those on cpu or memory for which no
 * LimitRange fills in what is missing.
 */
export function quotasWithoutDefaults({ facts, usage, template }: Pick<CheckedUsage, "facts" | "usage" | "template">): {
  quotas: string[];
  resources: string[];
} {
  const here = ofNamespace(facts, usage.workload);
  const lacking = here.quotas
    .filter(quota => mayCount(quota.object, template?.spec))
    .map(quota => ({ name: nameOf(quota.ref), lacks: lacksOf(quota.object, here.defaults) }))
    .filter(({ lacks }) => lacks.length > 0);
  return {
    quotas: lacking.map(({ name }) => name),
    resources: [...new Set(lacking.flatMap(({ lacks }) => lacks))].sort(),
  };
}

function ofNamespace(facts: Facts, { source, namespace = "default" }: FoundObject["ref"]): OfNamespace {
  return byNamespace(facts).get(`${source}\n${namespace}`) ?? { quotas: [], defaults: new Set() };
}

function lacksOf({ spec }: KubernetesObject, defaults: ReadonlySet<string>): string[] {
  const hard = isRecord(spec?.hard) ? Object.keys(spec.hard) : [];
  return hard.flatMap(name => {
    const need = Object.hasOwn(asked, name) ? asked[name] : undefined;
    return need === undefined || defaults.has(need) ? [] : [need];
  });
}

/** With the API server's own defaults, which files lack: max gives default, default and min give defaultRequest. */
function defaultsOf({ spec }: KubernetesObject): string[] {
  return records(spec?.limits)
    .filter(limit => limit.type === "Container")
    .flatMap(limit => {
      const has = (field: string, resource: string) => isRecord(limit[field]) && Object.hasOwn(limit[field], resource);
      return ["cpu", "memory"].flatMap(resource => {
        const limited = has("default", resource) || has("max", resource);
        const requested = limited || has("defaultRequest", resource) || has("min", resource);
        return [...(limited ? [`limits.${resource}`] : []), ...(requested ? [`requests.${resource}`] : [])];
      });
    });
}

/** Whether a quota with scopes may count these pods: only what a template says for sure takes it out. */
function mayCount({ spec }: KubernetesObject, pod: unknown): boolean {
  const { activeDeadlineSeconds, priorityClassName } = isRecord(pod) ? pod : {};
  const ends = typeof activeDeadlineSeconds === "number" && activeDeadlineSeconds >= 0;
  const scopes = strings(spec?.scopes).map((scopeName): Record<string, unknown> => ({ scopeName, operator: "Exists" }));
  const selector = isRecord(spec?.scopeSelector) ? records(spec.scopeSelector.matchExpressions) : [];
  return [...scopes, ...selector].every(({ scopeName, operator, values }) => {
    switch (scopeName) {
      case "Terminating":
        return ends;
      case "NotTerminating":
        return !ends;
      case "PriorityClass": {
        // Without a name admission may give the default class.
        if (typeof priorityClassName !== "string") return true;
        if (operator === "In") return strings(values).includes(priorityClassName);
        if (operator === "NotIn") return !strings(values).includes(priorityClassName);
        return operator !== "DoesNotExist";
      }
      default:
        return true;
    }
  });
}
