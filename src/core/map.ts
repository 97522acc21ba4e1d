import { checks } from "./checks/checks.ts";
import { type Awaited, detectConsumers } from "./consumers/detect.ts";
import { decisionFor, decisionKey, decisionsWithoutSubject } from "./decisions.ts";
import { clusterSource, type Facts, isKnown } from "./facts.ts";
import { type Finding, finding } from "./findings/codes.ts";
import { compare } from "./match.ts";
import type {
  AzureIdentityFacts,
  Code,
  Decisions,
  Mapping,
  MatchedIdentity,
  PrincipalRef,
  Trust,
  Usage,
} from "./model.ts";
import { defaultIdentityOf, isNamedBy } from "./principals.ts";
import { chooseServiceAccounts, type ServiceAccountChoice } from "./serviceAccounts.ts";
import { changesOf } from "./template.ts";
import { trustFor } from "./trusts.ts";
import { select } from "./usages.ts";
import { templateInUse } from "./usedTemplate.ts";
import { needsNothing } from "./workloadFindings.ts";
import { isSameClientID } from "./workloadIdentity.ts";
import { workloadKinds, workloadOf } from "./workloads.ts";
import { clustersOf, isModeUnknown, unknownBindingKinds } from "./worlds.ts";

export interface Mapped {
  mappings: Mapping[];
  findings: Finding[];
}

/**
 * Decides for every selected usage with an identity what it becomes: service account, client path and trusts, or the codes that
 * block it. Takes all usages, since "nobody else uses this account" must be true of the whole cluster. Sorted by usage id.
 */
export function map(facts: Facts, usages: readonly Usage[], decisions: Decisions): Mapped {
  // What has ended runs as nobody any more.
  const remaining = usages.filter(usage => !needsNothing(usage));
  const accounts = chooseServiceAccounts(facts, remaining, decisions);
  const consumers = detectConsumers(facts, usages);
  const mapped = select(facts, remaining, decisions)
    .filter(usage => usage.principals.length > 0)
    .map(usage => {
      const awaited = consumers.awaitedBy(usage.workload);
      return new MappingOfUsage(facts, decisions, usage, { account: accounts.get(usage.id), awaited }).result();
    });
  return {
    mappings: mapped.map(one => one.mapping),
    findings: [...decisionsWithoutSubject(decisions, usages), ...mapped.flatMap(one => one.findings)],
  };
}

class MappingOfUsage {
  readonly #facts: Facts;
  readonly #decisions: Decisions;
  readonly #usage: Usage;
  readonly #account: ServiceAccountChoice | undefined;
  readonly #awaited: Readonly<Awaited>;
  readonly #reasons: Finding[] = [];
  readonly #blocks: Finding[] = [];
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
    this.#reasons.push(...account.reasons);
    this.#blocks.push(...account.blocks);
    this.#notChecked.push(...account.notChecked);
    this.#checkFacts();
    this.#checkIdentities();
    this.#runChecks(account);
    // An AzureIdentity that names neither resource nor client id leaves nothing to trust.
    const trusts = usage.principals.filter(one => one.id !== "").flatMap(one => this.#trust(one, account.name) ?? []);
    const mapping: Mapping = {
      usage: usage.id,
      serviceAccount: { name: account.name, use: account.use },
      client: decisionFor(this.#decisions, usage).clientPath,
      trusts,
      ...(principal && trusts.length > 0 && this.#isDefaultKnown() ? { defaultPrincipal: principal } : {}),
      reasons: codesOf(this.#reasons),
      blockedBy: codesOf([...this.#blocks, ...this.#undecided()]),
      notChecked: codesOf(this.#notChecked),
    };
    return { mapping, findings: [...this.#reasons, ...this.#blocks, ...this.#notChecked] };
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

  /** What installations or clusters do not agree on nobody can decide but people; the finding is told with the usage. */
  #undecided(): Pick<Finding, "code">[] {
    const isOpen = this.#usage.findings.includes("identities-differ") && this.#default() === undefined;
    return isOpen ? [{ code: "identities-differ" }] : [];
  }

  #default(): string | undefined {
    return defaultIdentityOf(this.#facts, this.#decisions, this.#usage);
  }

  #checkIdentities(): void {
    const usage = this.#usage;
    const about = { subject: usage.workload };
    if (usage.principals.length > 1) this.#checkDefault();
    for (const identity of usage.identities) {
      const azureIdentity = `${identity.namespace}/${identity.name}`;
      if (identity.type !== "userAssigned")
        this.#blocks.push(finding("service-principal-identity", about, { azureIdentity }));
      else if (identity.clientID === "") this.#blocks.push(finding("client-id-missing", about, {}));
    }
    for (const principal of usage.principals) {
      if (principal.type === "userAssigned" && !principal.id.startsWith("/")) {
        this.#blocks.push(finding("resource-id-invalid", about, { resourceID: usage.identities[0]?.resourceID ?? "" }));
      }
    }
  }

  /** Of several identities one is for requests that name none; pod identity gave those a random one, so nobody can guess it. */
  #checkDefault(): void {
    const about = { subject: this.#usage.workload };
    const { identities } = this.#usage;
    const nameOfIdentity = (one: MatchedIdentity) => `${one.namespace}/${one.name} (${one.clientID})`;
    const candidates = identities.map(nameOfIdentity);
    const defaultIdentity = this.#default();
    if (defaultIdentity === undefined) {
      this.#blocks.push(finding("several-identities", about, { candidates, key: decisionKey(this.#usage) }));
    } else if (!this.#isDefaultKnown()) {
      this.#blocks.push(finding("default-identity-unknown", about, { defaultIdentity, candidates }));
    } else {
      const others = identities.filter(one => !isNamedBy(one, defaultIdentity)).map(nameOfIdentity);
      this.#reasons.push(finding("client-ids-needed-in-code", about, { defaultIdentity, others }));
    }
  }

  #isDefaultKnown(): boolean {
    const { principals, identities } = this.#usage;
    const defaultIdentity = this.#default();
    return principals.length === 1 || identities.some(one => isNamedBy(one, defaultIdentity));
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
      const { reasons = [], blocks = [], notChecked = [] } = check(checked);
      this.#reasons.push(...reasons);
      this.#blocks.push(...blocks);
      this.#notChecked.push(...notChecked);
    }
  }

  #trust(principal: PrincipalRef, serviceAccount: string): Trust | undefined {
    const about = { subject: this.#usage.workload };
    const azure = this.#azureFacts(principal);
    const issuer = this.#issuer();
    if (issuer === undefined) return undefined;
    const { audience } = this.#decisions;
    const account = { namespace: this.#usage.workload.namespace ?? "default", name: serviceAccount };
    const existing = azure?.credentials ?? [];
    const trust = trustFor(principal.id, account, { issuer, audience }, existing);
    if (trust.adopts !== undefined) {
      this.#reasons.push(finding("credential-adopted", about, { name: trust.adopts, principal: principal.id }));
      return trust;
    }
    const other = existing.filter(one => one.issuer === trust.issuer && one.subject === trust.subject);
    if (other[0]) {
      const audiences = other.map(one => one.audience);
      this.#blocks.push(
        finding("credential-audience-differs", about, { name: other[0].name, audiences, expected: audience }),
      );
    }
    const taken = existing.find(one => one.name === trust.name);
    if (taken) this.#blocks.push(finding("credential-name-taken", about, { name: taken.name, subject: taken.subject }));
    return trust;
  }

  /** What ARM says of the identity; where it says something else than the AzureIdentity, the usage is blocked. */
  #azureFacts(principal: PrincipalRef): AzureIdentityFacts | undefined {
    const about = { subject: this.#usage.workload };
    if (principal.type !== "userAssigned" || !principal.id.startsWith("/")) return undefined;
    const seen = this.#facts.azure.identities.get(principal.id);
    if (seen === undefined || (seen !== "notFound" && "failed" in seen)) {
      const alone = "Azure is not asked for files alone, only with --context beside -f";
      const isAlone = this.#facts.sources.every(source => source.type === "files");
      const reason = seen !== undefined ? seen.failed : isAlone ? alone : "Azure was not asked";
      this.#notChecked.push(finding("azure-not-checked", about, { reason }));
      return undefined;
    }
    if (seen === "notFound") {
      this.#blocks.push(finding("identity-not-found", about, { resourceID: principal.id }));
      return undefined;
    }
    if (!isSameClientID(seen.clientID, principal.clientID)) {
      this.#blocks.push(
        finding("client-id-mismatch", about, {
          resourceID: principal.id,
          azureIdentity: principal.clientID,
          azure: seen.clientID,
        }),
      );
    }
    return seen;
  }

  #issuer(): string | undefined {
    const about = { subject: this.#usage.workload };
    // Files beside one cluster are about to be applied to it.
    const [only, ...others] = clustersOf(this.#facts, this.#usage.workload.source);
    const cluster = others.length === 0 ? only?.issuer : undefined;
    const given = this.#decisions.issuer;
    // A flag, or a plan that somebody edited, must not make Entra trust another issuer than the cluster's own.
    if (given !== undefined && cluster !== undefined && given !== cluster) {
      this.#blocks.push(finding("issuer-mismatch", about, { flag: given, cluster }));
    }
    const issuer = cluster ?? given;
    if (issuer === undefined) this.#notChecked.push(finding("issuer-unknown", about, {}));
    else if (/^https:\/\/kubernetes\.default\.svc/.test(issuer))
      this.#blocks.push(finding("issuer-not-enabled", about, { issuer }));
    return issuer;
  }
}

function codesOf(findings: readonly Pick<Finding, "code">[]): Code[] {
  return [...new Set(findings.map(one => one.code))].sort(compare);
}
