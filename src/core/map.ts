import { chooseServiceAccounts, type ServiceAccountChoice } from "./accounts/serviceAccounts.ts";
import type { Verdict } from "./checks/check.ts";
import { checks } from "./checks/checks.ts";
import { type Awaited, detectConsumers } from "./consumers/detect.ts";
import { decisionFor, decisionsWithoutSubject } from "./decisions.ts";
import { clusterSource, type Facts, isKnown } from "./facts.ts";
import { type Finding, finding } from "./findings/codes.ts";
import type { Code, Decisions, Mapping, Usage } from "./model.ts";
import { compare } from "./order.ts";
import { isModeUnknown, unknownBindingKinds } from "./podIdentity/worlds.ts";
import { checkChosenIdentity } from "./trust/chosenIdentity.ts";
import { checkIdentities, isDefaultKnown, undecided } from "./trust/identities.ts";
import { trustsOf } from "./trust/trustsOf.ts";
import { type ClusterAccount, unusedCredentials, unusedFindings } from "./trust/unusedCredentials.ts";
import { budgetBlocks } from "./trust/withinBudget.ts";
import { select } from "./usages.ts";
import { changesOf } from "./workloads/template.ts";
import { templateInUse } from "./workloads/usedTemplate.ts";
import { needsNothing } from "./workloads/workloadFindings.ts";
import { workloadKinds, workloadOf } from "./workloads/workloads.ts";

export interface Mapped {
  mappings: Mapping[];
  findings: Finding[];
}

/**
 * Decides for every selected usage with an identity what it becomes: service account, client path and trusts, or the codes that
 * block it or its switch. Takes all usages, since "nobody else uses this account" must be true of the whole cluster. Sorted by usage id.
 */
export function map(facts: Facts, usages: readonly Usage[], decisions: Decisions): Mapped {
  // What has ended runs as nobody any more.
  const remaining = usages.filter(usage => !needsNothing(usage));
  const accounts = chooseServiceAccounts(facts, remaining, decisions);
  const consumers = detectConsumers(facts, usages);
  const chosen = select(facts, remaining, decisions).filter(usage => usage.principals.length > 0);
  const mapped = chosen.map(usage => {
    const awaited = consumers.awaitedBy(usage.workload);
    return {
      usage,
      ...new MappingOfUsage(facts, decisions, usage, { account: accounts.get(usage.id), awaited }).result(),
    };
  });
  const unused = unusedCredentials(
    facts,
    chosen.flatMap(usage => usage.principals.map(({ id }) => id)),
    remaining.flatMap(usage => accountOfChoice(usage, accounts.get(usage.id))),
  );
  const blocks = budgetBlocks(facts, mapped, unused);
  return {
    mappings: mapped.map(({ mapping }) => withBlocks(mapping, blocks.get(mapping.usage) ?? [])),
    findings: [
      ...decisionsWithoutSubject(decisions, usages),
      ...unusedFindings(unused),
      ...mapped.flatMap(({ mapping, findings }) => [...findings, ...(blocks.get(mapping.usage) ?? [])]),
    ],
  };
}

function accountOfChoice({ workload }: Usage, choice: ServiceAccountChoice | undefined): ClusterAccount[] {
  const { source, namespace = "default" } = workload;
  return choice ? [{ source, namespace, name: choice.name }] : [];
}

/** What is known of a mapping only when all of them are. */
function withBlocks(mapping: Mapping, blocks: readonly Finding[]): Mapping {
  return blocks.length === 0 ? mapping : { ...mapping, blockedBy: codesOf(blocks) };
}

class MappingOfUsage {
  readonly #facts: Facts;
  readonly #decisions: Decisions;
  readonly #usage: Usage;
  readonly #account: ServiceAccountChoice | undefined;
  readonly #awaited: Readonly<Awaited>;
  readonly #reasons: Finding[] = [];
  readonly #blocks: Finding[] = [];
  readonly #switchBlocks: Finding[] = [];
  readonly #notChecked: Finding[] = [];

  constructor(
    facts: Facts,
    decisions: Decisions,
    usage: Usage,
    { account, awaited }: { account: ServiceAccountChoice | undefined; awaited: Readonly<Awaited> },
  ) {
    this.#facts = facts;
    this.#decisions = decisions;
    this.#usage = usage;
    this.#account = account;
    this.#awaited = awaited;
  }

  result(): { mapping: Mapping; findings: Finding[] } {
    const usage = this.#usage;
    const [principal] = usage.principals;
    const account: ServiceAccountChoice = this.#account ?? {
      name: usage.serviceAccount,
      use: "existing",
      reasons: [],
      blocks: [],
      notChecked: [],
    };
    this.#tell(account);
    this.#checkFacts();
    this.#tell(checkIdentities(this.#facts, this.#decisions, usage));
    this.#tell(checkChosenIdentity(this.#facts, usage));
    this.#runChecks(account);
    const { trusts, ...verdict } = trustsOf(this.#facts, this.#decisions, { usage, account });
    this.#tell(verdict);
    const mapping: Mapping = {
      usage: usage.id,
      serviceAccount: { name: account.name, use: account.use },
      client: decisionFor(this.#decisions, usage).clientPath,
      trusts,
      ...(principal && trusts.length > 0 && isDefaultKnown(this.#facts, this.#decisions, usage)
        ? { defaultPrincipal: principal }
        : {}),
      reasons: codesOf(this.#reasons),
      blockedBy: codesOf([...this.#blocks, ...undecided(this.#facts, this.#decisions, usage)]),
      ...(this.#switchBlocks.length > 0 ? { switchBlockedBy: codesOf(this.#switchBlocks) } : {}),
      notChecked: codesOf(this.#notChecked),
    };
    return { mapping, findings: [...this.#reasons, ...this.#blocks, ...this.#switchBlocks, ...this.#notChecked] };
  }

  /** What the mapping rests on must have been read: bindings as far as the mode reaches, and every user of the account. */
  #checkFacts(): void {
    const { source, namespace } = this.#usage.workload;
    const about = { subject: this.#usage.workload };
    if (isModeUnknown(this.#facts, source, this.#decisions)) {
      this.#notChecked.push(
        finding("mode-unknown", about, { reason: "DaemonSets of other namespaces cannot be listed" }),
      );
    }
    const bindings = unknownBindingKinds(this.#facts, this.#usage.workload, this.#decisions);
    if (bindings.length > 0) this.#notChecked.push(finding("bindings-not-checked", about, { kinds: bindings }));
    const workloads = workloadKinds.filter(kind => !isKnown(this.#facts, source, kind, namespace));
    if (workloads.length > 0)
      this.#notChecked.push(finding("service-account-not-checked", about, { kinds: workloads }));
  }

  #runChecks(account: ServiceAccountChoice): void {
    const [facts, decisions, usage] = [this.#facts, this.#decisions, this.#usage];
    const workload = workloadOf(facts, usage.workload);
    if (!workload) return;
    const { object } = workload.found;
    const decision = decisionFor(decisions, usage);
    const changes = changesOf(facts, usage, object, { serviceAccount: account.name, decisions });
    const cluster = clusterSource(facts, usage.workload.source);
    const awaited = this.#awaited;
    const template = templateInUse(workload);
    const checked = {
      facts,
      decisions,
      decision,
      usage,
      account,
      workload: object,
      template,
      cluster,
      changes,
      awaited,
    };
    for (const check of checks) {
      this.#tell(check(checked));
    }
  }

  #tell({ reasons = [], blocks = [], switchBlocks = [], notChecked = [] }: Verdict): void {
    this.#reasons.push(...reasons);
    this.#blocks.push(...blocks);
    this.#switchBlocks.push(...switchBlocks);
    this.#notChecked.push(...notChecked);
  }
}

function codesOf(findings: readonly Pick<Finding, "code">[]): Code[] {
  return [...new Set(findings.map(one => one.code))].sort(compare);
}
