import { blockedFrom } from "./blocked.ts";
import { decisionKey } from "./decisions.ts";
import type { WorkloadDecision } from "./documents/decisions.ts";
import type { Code, Decisions, Finding, ObjectRef } from "./model.ts";
import type { Judgement } from "./reports.ts";

/** Something that keeps a workload from being migrated until people decide it, with the answers that there are. */
export interface Question {
  /** The workload's key in the config file. */
  key: string;
  workload: ObjectRef;
  finding: Finding;
  answers: { text: string; decision: WorkloadDecision }[];
}

type Answers = (finding: Finding, judgement: Judgement) => Question["answers"];

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
const byDefault: Answers = ({ subject }, { found }) => {
  const usage = found.usages.find(one => one.workload === subject);
  return (usage?.identities ?? []).map(({ namespace, name, clientID }) => ({
    text: `${namespace}/${name} (${clientID})`,
    // In another cluster the same name may be another identity's.
    decision: { defaultIdentity: clientID || `${namespace}/${name}` },
  }));
};

/** The blocks that a decision can take away. */
const answersTo: Partial<Record<Code, Answers>> = {
  "several-identities": byDefault,
  "default-identity-of-node": byDefault,
  "account-named-elsewhere": covered,
  "new-account-named-elsewhere": covered,
  "auxiliary-tenants": (finding, judgement) =>
    finding.code === "auxiliary-tenants" && finding.args.clientPath === "proxy"
      ? withoutProxy(finding, judgement)
      : covered(finding, judgement),
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
  "identity-binding-consumer": (finding, judgement) => [
    ...byCredential(finding, judgement),
    ...covered(finding, judgement),
  ],
  "identity-binding-not-in-webhook": byCredential,
  "identity-binding-program": byCredential,
  "identity-binding-proxy": (finding, judgement) => [
    ...byCredential(finding, judgement),
    ...withoutProxy(finding, judgement),
  ],
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
  const blocked = new Map(judgement.mapped.mappings.map(mapping => [mapping.usage, blockedFrom(mapping, "switch")]));
  return judgement.selected.flatMap(usage =>
    judgement.mapped.findings
      .filter(one => one.subject === usage.workload && blocked.get(usage.id)?.includes(one.code))
      .flatMap(finding => {
        const answers = answersTo[finding.code]?.(finding, judgement) ?? [];
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
