import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Plan } from "../../src/core/documents/plan.ts";
import type { RunResult } from "../../src/core/documents/runResult.ts";
import type { JsonWebKeySet } from "../../src/sandbox/azure/assertion.ts";
import { type Ended as CliEnded, type Started, start as startProgram } from "../cli/run.ts";
import { kubectlOrThrow } from "../testbed/kubectl.ts";
import type { KubernetesObject } from "../testbed/objects.ts";
import { type PollOptions, poll } from "../testbed/poll.ts";
import { startTestbed, type Testbed, type TestbedOptions } from "../testbed/start.ts";
import { type User, users } from "../testbed/users.ts";
import { kubeconfigThrough, startApiGateway } from "./apiGateway.ts";
import { type AzureOverHttps, servingCertificate, startAzure } from "./azure.ts";
import { Gate } from "./gate.ts";

/** A cluster with everything real but the kubelets, an Azure over HTTPS, and an operator's shell that reaches both. */
export interface Environment {
  testbed: Testbed;
  azure: AzureOverHttps;
  /** Sees the program's writes to both. */
  gate: Gate;
  /** The operator's working directory. */
  folder: string;
  /** The uid of `kube-system`, with which ids of usages and steps begin. */
  clusterID: string;
  /** Runs the program to its end. */
  cli(args: readonly string[], as?: Operator): Promise<CliEnded>;
  start(args: readonly string[], as?: Operator): Started;
  /** Runs a command with `-o json`. Throws where it prints no document. */
  document<Document>(args: readonly string[], as?: Operator): Promise<Ended<Document>>;
  /** Plans into a file and reads it back. Throws unless the exit code is 0. */
  plan(file: string, ...args: string[]): Promise<Plan>;
  /** Applies with `-o json --yes`. */
  apply(...args: string[]): Promise<Ended<RunResult>>;
  get<T = KubernetesObject>(kind: string, namespace: string, name: string): Promise<T>;
  /** Waits until all Deployments, StatefulSets and DaemonSets have ended their rollouts, and all Jobs have ended. */
  settled(): Promise<void>;
  /** Puts a quota on a namespace that has as many pods as it allows, and waits until it has counted them. */
  limitPods(namespace: string, pods: number): Promise<void>;
  stop(): Promise<void>;
}

export interface Ended<Document> {
  code: CliEnded["code"];
  stderr: string;
  document: Document;
}

export interface Operator {
  user?: User;
  env?: Record<string, string>;
}

/** How far a workload is. */
interface Progress {
  kind: string;
  metadata: { generation: number };
  spec: { replicas?: number };
  status: Partial<Record<Count, number>> & { conditions?: { type: string; status: string }[] };
}

type Count =
  | "observedGeneration"
  | "desiredNumberScheduled"
  | "updatedNumberScheduled"
  | "numberAvailable"
  | "replicas"
  | "updatedReplicas"
  | "availableReplicas"
  | "readyReplicas";

function isSettled({ kind, metadata, spec, status }: Progress): boolean {
  // A Job is complete a while after the last of its pods.
  if (kind === "Job") return status.conditions?.some(one => one.type === "Complete" && one.status === "True") ?? false;
  if ((status.observedGeneration ?? 0) < metadata.generation) return false;
  if (kind === "DaemonSet")
    return (
      status.numberAvailable === status.desiredNumberScheduled &&
      status.updatedNumberScheduled === status.desiredNumberScheduled
    );
  const wanted = spec.replicas ?? 1;
  const ready = kind === "Deployment" ? status.availableReplicas : status.readyReplicas;
  return (ready ?? 0) === wanted && (status.updatedReplicas ?? 0) === wanted && (status.replicas ?? 0) === wanted;
}

export interface EnvironmentOptions extends Pick<TestbedOptions, "kwokConfiguration" | "issuerPath"> {
  /** How long Azure's credentials stay unseen by exchanges; 0 when left out. */
  propagationMilliseconds?: number;
}

/** Starts an environment of its own for one test file; `stop` leaves nothing behind. */
export async function startEnvironment(options: EnvironmentOptions = {}): Promise<Environment> {
  const { propagationMilliseconds = 0, ...ofTestbed } = options;
  const folder = await mkdtemp(join(tmpdir(), "azwi-migrate-e2e-"));
  const gate = new Gate();
  const testbed = await startTestbed({ parts: ["controllerManager", "scheduler", "kwok", "webhook"], ...ofTestbed });
  const keys = JSON.parse(await kubectlOrThrow(testbed.kubectl, ["get", "--raw", "/openid/v1/jwks"])) as JsonWebKeySet;
  const azure = await startAzure(folder, gate, {
    jwks: async issuer => (issuer === testbed.issuer ? keys : undefined),
    propagationMilliseconds,
  });
  const gateway = await startApiGateway(testbed, await servingCertificate(), gate);
  for (const user of users) {
    const kubeconfig = await kubeconfigThrough(gateway, testbed.kubeconfigFor(user));
    await writeFile(join(folder, `${user}.kubeconfig`), kubeconfig, { mode: 0o600 });
  }
  const kubeSystem = await kubectlOrThrow(testbed.kubectl, ["get", "namespace", "kube-system", "-o", "json"]);

  const start: Environment["start"] = (args, { user = "admin", env = {} } = {}) =>
    // `scan` asks no Azure and knows no cloud.
    startProgram(args[0] === "scan" ? args : [...args, "--cloud", azure.cloudFile], {
      cwd: folder,
      env: {
        HOME: folder,
        KUBECONFIG: join(folder, `${user}.kubeconfig`),
        // The proof waits in real time.
        AZWI_MIGRATE_EXCHANGE_INTERVAL: "50ms",
        ...azure.env,
        ...env,
      },
    });
  const cli: Environment["cli"] = (args, as) => start(args, as).ended;
  const document = async <Document>(args: readonly string[], as?: Operator): Promise<Ended<Document>> => {
    const { code, stdout, stderr } = await cli([...args, "-o", "json"], as);
    if (stdout === "") throw new Error(`${args.join(" ")} ended with ${code} and no document: ${stderr}`);
    return { code, stderr, document: JSON.parse(stdout) as Document };
  };

  return {
    testbed,
    azure,
    gate,
    folder,
    clusterID: (JSON.parse(kubeSystem) as { metadata: { uid: string } }).metadata.uid,
    start,
    cli,
    document,
    async plan(file, ...args) {
      const { code, stderr } = await cli(["plan", "--out", file, "-o", "json", ...args]);
      if (code !== 0) throw new Error(`plan ended with ${code}: ${stderr}`);
      return JSON.parse(await readFile(join(folder, file), "utf8")) as Plan;
    },
    apply: (...args) => document<RunResult>(["apply", "--yes", ...args]),
    async get(kind, namespace, name) {
      return JSON.parse(await kubectlOrThrow(testbed.kubectl, ["get", kind, "-n", namespace, name, "-o", "json"]));
    },
    async settled() {
      const options: PollOptions = { what: "all workloads run", timeoutMilliseconds: 90_000 };
      await poll(async () => {
        const list = await kubectlOrThrow(testbed.kubectl, ["get", "deploy,sts,ds,jobs", "-A", "-o", "json"]);
        return (JSON.parse(list) as { items: Progress[] }).items.every(isSettled) ? true : undefined;
      }, options);
    },
    async limitPods(namespace, pods) {
      const metadata = { namespace, name: "pods" };
      await testbed.apply([{ apiVersion: "v1", kind: "ResourceQuota", metadata, spec: { hard: { pods } } }]);
      const counted = async () => {
        const args = ["get", "resourcequota", "-n", namespace, "pods", "-o", "jsonpath={.status.used.pods}"];
        return (await kubectlOrThrow(testbed.kubectl, args)) === String(pods) ? true : undefined;
      };
      await poll(counted, { what: `the quota of ${namespace} has counted its pods`, timeoutMilliseconds: 60_000 });
    },
    async stop() {
      await Promise.all([gateway.close(), azure.close(), testbed.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
