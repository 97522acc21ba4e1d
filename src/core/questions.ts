import { blockedFrom } from "./blocked.ts";
import { decisionKey } from "./decisions.ts";
import type { WorkloadDecision } from "./documents/decisions.ts";
import type { Code, Decisions, Finding, ObjectRef, Usage } from "./model.ts";
import type { Judgement } from "./reports.ts";

/** Something that keeps a workload from being migrated until people decide it, with the answers that there are. */
export interface Question {
  /** The workload's key in the config file. */
  key: string;
  workload: ObjectRef;
  finding: Finding;
  answers: { text: string; decision: WorkloadDecision }[];
}

type Answers = (finding: Finding, usage: Usage) => Question["answers"];

const covered: Answers = ({ args }) =>
  "object" in args && typeof args.object === "string"
    ? [{ text: "it has been seen to", decision: { covered: [args.object] } }]
    : [];

/** For an application whose SDK knows workload identity. */
const withoutProxy: Answers = () => [{ text: "take the path of the SDK", decision: { clientPath: "sdk" } }];

/** For pods that cannot use an identity binding. */
const byCredential: Answers = () => [
  { text: "trust it by a federated credential", decision: { trust: "federatedCredential" } },
];

/** Which of a workload's identities is for requests that name none. */
const byDefault: Answers = (_, { identities }) =>
  identities.map(({ namespace, name, clientID }) => ({
    text: `${namespace}/${name} (${clientID})`,
    // In another cluster the same name may be another identity's.
    decision: { defaultIdentity: clientID || `${namespace}/${name}` },
  }));

/** The blocks that a decision can take away. */
const answersTo: Partial<Record<Code, Answers>> = {
  "several-identities": byDefault,
  "default-identity-of-node": byDefault,
  "account-named-elsewhere": covered,
  "new-account-named-elsewhere": covered,
  "auxiliary-tenants": (finding, usage) =>
    finding.code === "auxiliary-tenants" && finding.args.clientPath === "proxy"
      ? withoutProxy(finding, usage)
      : covered(finding, usage),
  "consumer-not-migrated": covered,
  "consumer-settings-elsewhere": covered,
  "egress-unproven": () => [{ text: "the pods reach it all the same", decision: { egress: "accepted" } }],
  "service-account-not-reusable": () => [
    { text: "give it a service account of its own", decision: { serviceAccount: "dedicated" } },
  ],
  "identity-binding-backends-differ": () => [
    { text: "by federated credentials for all of its identities", decision: { trust: "federatedCredential" } },
    { text: "by identity bindings for all of its identities", decision: { trust: "identityBinding" } },
  ],
  "identity-binding-consumer": (finding, usage) => [...byCredential(finding, usage), ...covered(finding, usage)],
  "identity-binding-not-in-webhook": byCredential,
  "identity-binding-program": byCredential,
  "identity-binding-proxy": (finding, usage) => [...byCredential(finding, usage), ...withoutProxy(finding, usage)],
  "identity-binding-vnet-integration": byCredential,
  "identity-binding-without-cluster": byCredential,
  "proxy-on-host-network": withoutProxy,
  "proxy-on-windows": withoutProxy,
  "proxy-cannot-be-root": withoutProxy,
  "proxy-never-ends": withoutProxy,
  "proxy-bypassed-by-user": withoutProxy,
  "proxy-ignores-selector": withoutProxy,
  "proxy-against-pod-security": withoutProxy,
  "proxy-against-policy": withoutProxy,
  "proxy-without-resources": withoutProxy,
};

/** What is open about the selected workloads, in the order of their ids. */
export function questionsOf(judgement: Judgement): Question[] {
  const { mappings, findings } = judgement.mapped;
  const blocked = new Map(mappings.map(mapping => [mapping.usage, blockedFrom(mapping, "switch")]));
  const told = new Map<Finding["subject"], Finding[]>(judgement.selected.map(usage => [usage.workload, []]));
  for (const finding of findings) told.get(finding.subject)?.push(finding);
  return judgement.selected.flatMap(usage =>
    (told.get(usage.workload) ?? [])
      .filter(({ code }) => blocked.get(usage.id)?.includes(code))
      .flatMap(finding => {
        const answers = answersTo[finding.code]?.(finding, usage) ?? [];
        return answers.length === 0 ? [] : [{ key: decisionKey(usage), workload: usage.workload, finding, answers }];
      }),
  );
}

/** The decisions with one more for a workload; what was decided for it before stays. */
export function withDecision(decisions: Decisions, key: string, decision: WorkloadDecision): Decisions {
  const { workloads = {} } = decisions;
  const before = Object.hasOwn(workloads, key) ? workloads[key] : undefined;
  const all = [...(before?.covered ?? []), ...(decision.covered ?? [])];
  const merged = { ...before, ...decision, ...(all.length > 0 ? { covered: [...new Set(all)] } : {}) };
  return { ...decisions, workloads: { ...workloads, [key]: merged } };
}
