import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assemble } from "../../src/core/assemble.ts";
import { principalsToRead } from "../../src/core/azure/azureToRead.ts";
import { withChanges } from "../../src/core/changes/change.ts";
import { type PodSpec, serviceAccountOf } from "../../src/core/kubernetes.ts";
import { ApiError, type ClusterAccess } from "../../src/core/ports.ts";
import { type Judgement, judge } from "../../src/core/reports.ts";
import { clientIDsOf, missingMutations } from "../../src/core/workloadIdentity/workloadIdentity.ts";
import { podOfTemplate } from "../../src/core/workloads/podOfTemplate.ts";
import { applyStep, look } from "../../src/engine/applyStep.ts";
import { createdDry, dryRunSteps } from "../../src/engine/dryRun.ts";
import { clusterAccess } from "../../src/kube/access.ts";
import { collectCluster } from "../../src/kube/collect.ts";
import { connect } from "../../src/kube/connect.ts";
import type { Connection } from "../../src/kube/transport.ts";
import { asServed } from "../../src/sandbox/asServed.ts";
import { decisions } from "../core/factories.ts";
import { standardMode } from "../e2e/world.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import { startTestbed, type Testbed } from "../testbed/start.ts";
import { apart } from "./apart.ts";
import { withIdentities } from "./bound.ts";
import { collectCorpusFile, corpusFiles, isCorpusThere } from "./files.ts";

const built = isCorpusThere && testbedOrSkip() !== undefined;

describe.skipIf(!built)("every plan that real manifests give", () => {
  let testbed: Testbed;
  let connection: Connection;
  let cluster: ClusterAccess;
  let judgement: Judgement;
  const created = { objects: 0, refused: [] as string[] };

  beforeAll(async () => {
    testbed = await startTestbed({ parts: ["controllerManager", "webhook"] });
    const [first] = await connect({ kubeconfig: testbed.kubeconfigPath });
    if (!first) throw new Error("no connection");
    connection = first;
    cluster = clusterAccess(connection, "corpus");
    await testbed.apply(standardMode);
    for (const [index, file] of corpusFiles().entries()) await createObjectsOf(file, index);
    const facts = assemble([await collectCluster(connection)], undefined, decisions);
    const principals = principalsToRead(facts, decisions);
    facts.azure = { identities: new Map(principals.map(({ id, clientID }) => [id, { clientID, credentials: [] }])) };
    judgement = judge(facts, decisions);
  });
  afterAll(async () => {
    connection?.close();
    await testbed?.stop();
  });

  /** What a file holds, in namespaces and with selectors of its own, as far as a cluster of today takes it. */
  async function createObjectsOf(file: string, index: number): Promise<void> {
    const { objects, source } = await collectCorpusFile(file);
    const { served } = asServed(
      withIdentities(objects, source.id, { prefix: `c${index}` }).map(found => apart(found, index)),
    );
    const namespaces = new Set(served.flatMap(({ metadata }) => metadata.namespace ?? []));
    const made = [...namespaces].map(name => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
    await Promise.all(made.map(one => cluster.create(one)));
    for (const object of served) {
      try {
        await cluster.create(object);
        created.objects++;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.reason !== "UnknownKind")
          created.refused.push(`${file}: ${object.kind} ${object.metadata.name}: ${error.reason}`);
      }
    }
  }

  const liveSteps = () => judgement.steps.steps.filter(step => step.route === "live" && step.op !== "trust");
  const reach = () => ({ cluster: () => cluster, azure: undefined });

  test("is accepted by the API server, step by step", async () => {
    // Written for another version of the API, or against a rule that only a whole API server knows.
    expect(created.refused.map(text => text.replace(/^.*: (?=\w+ \S+: \w+$)/, ""))).toEqual([
      "ClusterRoleBinding c10-aad-pod-id-nmi-binding: BadRequest",
      "ClusterRoleBinding c10-aad-pod-id-mic-binding: BadRequest",
      "Deployment release-name-ingress-azure: BadRequest",
      "Pod nginx-secrets-store-inline-crd-pi: Invalid",
      "Pod nginx-secrets-store-inline-rotation: Invalid",
      "CronJob azure-cli: BadRequest",
    ]);
    expect(created.objects).toBeGreaterThan(100);
    expect(liveSteps().length).toBeGreaterThan(30);
    const answers = Object.entries(await dryRunSteps(liveSteps(), reach()));
    expect(answers.filter(([, answer]) => answer.result === "refused")).toEqual([]);
    const own = answers.filter(([id]) => !id.endsWith("/pod"));
    expect(own.filter(([, answer]) => answer.result !== "accepted")).toEqual([]);
  });

  test("gives pods, once its accounts are there, what it said they would have", async () => {
    for (const step of liveSteps().filter(one => one.stage === "prepare"))
      await applyStep(step, await look(step, reach()), reach());
    const mappings = new Map(judgement.mapped.mappings.map(mapping => [mapping.usage, mapping]));
    // Jobs and bare pods are for people; what people will make of them is a pod too.
    const switches = judgement.steps.steps.flatMap(step =>
      step.stage === "switch" && (step.op === "patch" || step.op === "manual") ? [step] : [],
    );
    expect(switches.length).toBeGreaterThan(20);
    const differences: object[] = [];
    for (const step of switches) {
      const workload = judgement.facts.objects.get(step.target);
      const pod = workload && podOfTemplate(withChanges(workload, step.changes));
      if (!pod) throw new Error(`${step.id} has no template`);
      const mapping = mappings.get(step.usages[0] ?? "");
      const mutated = await createdDry(pod, cluster);
      const seen = {
        missing: missingMutations(mutated, decisions),
        clientIDs: clientIDsOf(mutated),
        serviceAccount: serviceAccountOf(mutated.spec as PodSpec),
      };
      const said = {
        missing: [],
        clientIDs: [mapping?.defaultPrincipal?.clientID],
        serviceAccount: mapping?.serviceAccount.name,
      };
      if (JSON.stringify(seen) !== JSON.stringify(said)) differences.push({ step: step.id, seen, said });
    }
    expect(differences).toEqual([]);
  });
});
