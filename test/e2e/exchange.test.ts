import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../../src/core/documents/runResult.ts";
import type { Verification } from "../../src/core/documents/verification.ts";
import type { FederatedCredentialSeed } from "../../src/sandbox/azure/simulatedAzure.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import type { ManagedIdentity } from "./azure.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import { rbac, role, roleBinding } from "./rights.ts";
import { bound, deployment, namespace, serviceAccount, standardMode } from "./world.ts";

const audience = "api://AzureADTokenExchange";
const propagationMilliseconds = 6000;
/** Of namespaces, each with one identity and one workload that uses it. */
const names = ["plain", "changed", "slash", "byhand", "audience", "denied"];

/** Everything that an apply needs but serviceaccounts/token. */
const rightsWithoutTokens = [
  roleBinding("operator-reads", "ClusterRole/testbed-reader", [{ apiGroup: rbac, kind: "User", name: "operator" }]),
  role("ClusterRole", "operator-writes", [
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"] },
    { apiGroups: [""], resources: ["serviceaccounts"], verbs: ["create", "patch"] },
    { apiGroups: [""], resources: ["configmaps", "namespaces"], verbs: ["get", "list", "create", "update", "patch"] },
  ]),
  roleBinding("operator-writes", "ClusterRole/operator-writes", [{ apiGroup: rbac, kind: "User", name: "operator" }]),
];

describe.skipIf(testbedOrSkip() === undefined)("real tokens, exchanged before any pod restarts", () => {
  let here: Environment;
  const identities = new Map<string, ManagedIdentity>();

  const identity = (name: string) => {
    const found = identities.get(name);
    if (!found) throw new Error(`there is no identity ${name}`);
    return found;
  };
  const subject = (name: string) => `system:serviceaccount:${name}:app`;
  const stepOf = (result: RunResult, name: string) => {
    const step = result.steps.find(one => one.step === `${here.clusterID}/${name}/Deployment/app#switch`);
    return step && { outcome: step.outcome, message: step.message };
  };
  const generationOf = async (name: string) =>
    (await here.get<{ metadata: { generation: number } }>("deployment", name, "app")).metadata.generation;
  const exchanges = () =>
    here.azure.simulated.requests.filter(({ path, body }) => {
      const form = body as { client_assertion_type?: string } | undefined;
      return path.endsWith("/oauth2/v2.0/token") && form?.client_assertion_type !== undefined;
    });
  /** Carries out an apply, and has somebody replace the credential while it waits for its first exchange. */
  const applyWhileChanged = async (name: string, change: Partial<FederatedCredentialSeed>) => {
    const started = here.start(["apply", "--yes", "-o", "json", "--exchange-interval", "1500ms", "-n", name]);
    await started.saying("to exchange at Entra");
    const [credential] = here.azure.credentialsOf(identity(name));
    if (!credential) throw new Error(`no credential was written for ${name}`);
    await here.azure.replaceCredential(identity(name), { ...credential, ...change });
    const { code, stdout } = await started.ended;
    return { code, credential: credential.name, result: JSON.parse(stdout) as RunResult };
  };

  beforeAll(async () => {
    // AKS issuers end in a slash.
    here = await startEnvironment({ issuerPath: "/", propagationMilliseconds });
    for (const name of names) {
      const issuer = here.testbed.server;
      const byHand = { name: "by-hand", issuer, subject: subject(name), audience };
      identities.set(name, here.azure.addIdentity(name, name === "byhand" ? [byHand] : []));
    }
    await here.testbed.apply([
      ...standardMode,
      ...rightsWithoutTokens,
      ...names.flatMap(name => [
        namespace(name),
        ...bound(name, identity(name)),
        serviceAccount(name, "app"),
        deployment(name, "app", { label: name, account: "app" }),
      ]),
    ]);
    await here.settled();
  });
  afterAll(() => here?.stop());

  it("are accepted once Entra has heard of the credential, and not before", async () => {
    const before = exchanges().length;
    const { code, stdout, stderr } = await here.cli([
      ...["apply", "--yes", "-o", "json", "--exchange-interval", "700ms", "--exchange-timeout", "60s"],
      "-n",
      "plain",
    ]);
    const result = JSON.parse(stdout) as RunResult;
    expect(code).toBe(0);
    expect(stderr).toMatch(/\(AADSTS70025, though plain-app-\w+ on plain has what the token shows: not visible/);
    expect(result.proofs).toEqual([
      {
        code: "token-exchanged",
        stage: "prepare",
        usage: `${here.clusterID}/plain/Deployment/app`,
        subject: "ServiceAccount plain/app as plain",
        result: "passed",
        evidence: `exchanged 3 tokens, 0.7 s apart, of ${subject("plain")} for plain`,
      },
    ]);
    expect(stepOf(result, "plain")).toEqual({ outcome: "applied" });
    const answers = exchanges()
      .slice(before)
      .map(({ outcome }) => outcome);
    expect(answers.slice(0, -3).every(outcome => outcome === 401)).toBe(true);
    expect(answers.length).toBeGreaterThan(3);
    expect(answers.slice(-3)).toEqual([200, 200, 200]);
    const again = await here.cli(["apply", "--yes", "-n", "plain"]);
    expect([again.code, exchanges().length]).toEqual([0, before + answers.length]);
  });

  it("of a subject that the credential no longer has hold the workload back, and the words say which it has", async () => {
    const { code, result } = await applyWhileChanged("changed", { subject: subject("somebody") });
    expect(code).toBe(1);
    const evidence = `the token's subject is ${subject("changed")}, but the credentials of changed have ${subject("somebody")}`;
    expect(result.proofs).toMatchObject([
      { result: "failed", evidence: expect.stringMatching(/^AADSTS(700213|70025): /) },
    ]);
    expect(result.proofs[0]?.evidence).toContain(evidence);
    expect(stepOf(result, "changed")).toEqual({
      outcome: "stopped",
      message: `no token was exchanged for changed: ${result.proofs[0]?.evidence}`,
    });
    expect(result.findings.filter(one => one.code === "exchange-subject-differs")).toMatchObject([
      {
        subject: { kind: "ServiceAccount", namespace: "changed", name: "app" },
        args: { others: [subject("somebody")] },
      },
    ]);
    expect(await generationOf("changed")).toBe(1);
  });

  it("of an audience that the credential no longer has do so too", async () => {
    const { code, result, credential } = await applyWhileChanged("audience", { audience: "api://Other" });
    expect([code, stepOf(result, "audience")?.outcome]).toEqual([1, "stopped"]);
    expect(result.proofs[0]?.evidence).toContain(
      `the token's audience is ${audience}, but ${credential} on audience has api://Other`,
    );
    expect(await generationOf("audience")).toBe(1);
  });

  it("of an issuer whose slash the credential lacks are refused, and the slash is named", async () => {
    expect(here.testbed.issuer).toBe(`${here.testbed.server}/`);
    const { code, result, credential } = await applyWhileChanged("slash", { issuer: here.testbed.server });
    expect([code, stepOf(result, "slash")?.outcome]).toEqual([1, "stopped"]);
    expect(result.proofs).toMatchObject([
      {
        result: "failed",
        evidence: expect.stringMatching(
          new RegExp(
            `^AADSTS(700211|70025): the token's issuer is ${here.testbed.issuer}, but ${credential} on slash has ${here.testbed.server}, without the slash at the end$`,
          ),
        ),
      },
    ]);
    expect(result.findings.map(one => one.code)).toContain("exchange-issuer-differs");
  });

  it("are not shown before there is a credential for them; one that lacks the slash is pointed out all the same", async () => {
    const before = exchanges().length;
    const { code, document } = await here.document<Verification>(["verify", "--exchange", "-n", "byhand"]);
    expect([code, exchanges().length]).toEqual([3, before]);
    expect(document.checks.filter(check => check.code === "token-exchanged")).toMatchObject([
      { result: "not-checked", evidence: "no federated credential for it was seen: run stage prepare first" },
    ]);
    const text = await here.cli(["plan", "-n", "byhand"]);
    expect(text.stdout).toContain("by-hand");
  });

  it("that may not be asked for leave the workload unproven", async () => {
    const args = ["apply", "--yes", "-o", "json", "-n", "denied"];
    const { code, stdout } = await here.cli(args, { user: "operator" });
    const result = JSON.parse(stdout) as RunResult;
    const reason = "you may not create serviceaccounts/token in the namespace denied";
    expect(result.proofs).toMatchObject([{ result: "not-checked", evidence: reason }]);
    expect(stepOf(result, "denied")).toEqual({
      outcome: "unproven",
      message: `no token was exchanged for denied: ${reason}`,
    });
    expect([code, await generationOf("denied")]).toEqual([0, 2]);
    const { document } = await here.document<Verification>(["verify", "--exchange", "-n", "denied"]);
    expect(document.checks.filter(check => check.code === "token-exchanged")).toMatchObject([{ result: "passed" }]);
  });

  it("never show anywhere", async () => {
    const verbose = await here.cli(["verify", "--exchange", "-v", "-n", "plain"], {
      env: { AZURE_LOG_LEVEL: "verbose" },
    });
    expect(`${verbose.stdout}${verbose.stderr}`).not.toMatch(/eyJ|client_assertion=/);
    const told = JSON.stringify(here.azure.simulated.requests);
    expect(told).not.toContain("eyJ");
  });
});
