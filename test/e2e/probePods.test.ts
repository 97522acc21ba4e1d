import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/documents/plan.ts";
import type { RunResult } from "../../src/core/documents/runResult.ts";
import { kubectlOrThrow } from "../testbed/kubectl.ts";
import type { KubernetesObject } from "../testbed/objects.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import { bound, deployment, serviceAccount, standardMode } from "./world.ts";

interface ProbePod {
  metadata: { name: string; namespace: string; labels: Record<string, string>; ownerReferences: { kind: string }[] };
  spec: {
    serviceAccountName: string;
    containers: { name: string; command: string[]; env: { name: string; value: string }[] }[];
    volumes: { projected?: { sources: { serviceAccountToken?: { audience: string } }[] } }[];
  };
}

/** Allows no egress at all: what policies say leaves it open whether the pods reach Entra. */
const defaultDeny = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { namespace: "shop", name: "default-deny" },
  spec: { podSelector: {}, policyTypes: ["Egress"] },
} as KubernetesObject;

/** A namespace that takes pods of Pod Security's strictest profile only. */
function restrictedNamespace(name: string): KubernetesObject {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

/** The same Deployment with pods that satisfy the profile, half of it at the pod's level and half at the container's. */
function restricted(workload: KubernetesObject): KubernetesObject {
  const made = structuredClone(workload) as KubernetesObject & {
    spec: { template: { spec: { securityContext?: object; containers: { securityContext?: object }[] } } };
  };
  const { spec } = made.spec.template;
  spec.securityContext = { runAsNonRoot: true };
  for (const container of spec.containers) {
    const seccompProfile = { type: "RuntimeDefault" };
    container.securityContext = { seccompProfile, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  }
  return made;
}

/** Runs a container's command on this machine; resolves with its exit code. */
function run([command = "", ...args]: readonly string[], env: Record<string, string>): Promise<number | null> {
  const child = spawn(command, args, { env: { PATH: process.env.PATH ?? "", ...env }, stdio: "ignore" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
}

describe.skipIf(testbedOrSkip() === undefined)("probe pods", () => {
  let here: Environment;
  let authorityHost: string;
  const seen: ProbePod[] = [];

  const kubectl = (...args: string[]) => kubectlOrThrow(here.testbed.kubectl, args);
  const probes = async () =>
    (
      JSON.parse(await kubectl("get", "pods", "-A", "-l", "azwi-migrate.dev/probe=true", "-o", "json")) as {
        items: ProbePod[];
      }
    ).items;

  /** Does for one probe pod what a kubelet does: its command with its variables and its token, and its end into the status. */
  async function playKubelet(pod: ProbePod): Promise<void> {
    const { namespace, name } = pod.metadata;
    const container = pod.spec.containers.find(one => one.name === "azwi-migrate-probe");
    const audience = pod.spec.volumes.flatMap(one => one.projected?.sources ?? []).find(one => one.serviceAccountToken)
      ?.serviceAccountToken?.audience;
    if (!container || !audience) throw new Error(`${name} has no container or no token`);
    const file = (what: string) => join(here.folder, `${name}.${what}`);
    const token = await kubectl(
      "create",
      "token",
      pod.spec.serviceAccountName,
      "-n",
      namespace,
      "--audience",
      audience,
    );
    await writeFile(file("token"), token);
    const variables = Object.fromEntries(container.env.map(one => [one.name, one.value]));
    const isWalled = pod.metadata.labels.app === "walled";
    const code = await run(
      container.command.map(one => one.replaceAll("/dev/termination-log", file("message")).replaceAll("sleep 5", ":")),
      {
        ...variables,
        AZURE_FEDERATED_TOKEN_FILE: file("token"),
        // Where nothing listens, as behind a policy; else the Entra of this test in place of the public one.
        AZURE_AUTHORITY_HOST: isWalled ? "https://127.0.0.1:1/" : authorityHost,
        CURL_CA_BUNDLE: here.azure.env.NODE_EXTRA_CA_CERTS ?? "",
        NO_PROXY: "*",
      },
    );
    const terminated = { exitCode: code ?? 255, message: await readFile(file("message"), "utf8") };
    const status = {
      containerStatuses: [
        { name: container.name, image: "curl", imageID: "", ready: false, restartCount: 0, state: { terminated } },
      ],
    };
    await kubectl(
      "patch",
      "pod",
      "-n",
      namespace,
      name,
      "--subresource=status",
      "--type=merge",
      "-p",
      JSON.stringify({ status }),
    );
  }

  /** Plays the kubelet for every probe pod until the work is done. */
  async function withKubelet<T>(work: Promise<T>): Promise<T> {
    const known = new Set<string>();
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    const watching = (async () => {
      while (!isOver) {
        for (const pod of await probes()) {
          if (known.has(pod.metadata.name)) continue;
          known.add(pod.metadata.name);
          seen.push(pod);
          await playKubelet(pod);
        }
      }
    })();
    const [result] = await Promise.all([over, watching]);
    return result;
  }

  beforeAll(async () => {
    here = await startEnvironment();
    const cloud = JSON.parse(await readFile(here.azure.cloudFile, "utf8")) as { activeDirectoryEndpoint: string };
    authorityHost = cloud.activeDirectoryEndpoint;
    const identity = here.azure.addIdentity("cart");
    await here.testbed.apply([
      restrictedNamespace("shop"),
      ...standardMode,
      ...bound("shop", identity),
      defaultDeny,
      serviceAccount("shop", "free"),
      serviceAccount("shop", "walled"),
      restricted(deployment("shop", "free", { label: "cart", account: "free", replicas: 2 })),
      restricted(deployment("shop", "walled", { label: "cart", account: "walled" })),
    ]);
    await here.settled();
  });
  afterAll(() => here?.stop());

  it("decide where policies leave egress in doubt, which blocks the switch without them", async () => {
    const plan = async (...args: string[]) =>
      (await here.document<Plan>(["plan", ...args])).document.mappings.map(
        ({ reasons, blockedBy, switchBlockedBy = [] }) => ({
          probed: reasons.includes("egress-to-be-probed"),
          blockedBy,
          switchBlockedBy,
        }),
      );
    expect(await plan()).toEqual([
      { probed: false, blockedBy: [], switchBlockedBy: ["egress-unproven"] },
      { probed: false, blockedBy: [], switchBlockedBy: ["egress-unproven"] },
    ]);
    expect(await plan("--probe-pods")).toEqual([
      { probed: true, blockedBy: [], switchBlockedBy: [] },
      { probed: true, blockedBy: [], switchBlockedBy: [] },
    ]);
  });

  it("exchange a real token from the real webhook's variables, or hold the switch back", async () => {
    const { document } = await withKubelet(here.document<RunResult>(["apply", "--yes", "--probe-pods"]));
    const proofs = document.proofs.filter(({ code }) => code === "egress-probed");
    expect(proofs.map(({ subject, result }) => `${subject} ${result}`)).toEqual([
      "Deployment shop/free passed",
      "Deployment shop/walled failed",
    ]);
    expect(proofs[1]?.evidence).toMatch(/does not reach the authority host \(.*curl: \(7\)/);
    const switches = document.steps.filter(({ step }) => step.endsWith("#switch"));
    expect(switches.map(({ step, outcome }) => `${step.split("/").at(-1)} ${outcome}`)).toEqual([
      "free#switch applied",
      "walled#switch stopped",
    ]);
  });

  it("are adopted by nobody, never ready, and gone afterwards", async () => {
    expect(
      seen.map(({ metadata }) => [metadata.labels.app, metadata.ownerReferences.map(({ kind }) => kind)]).sort(),
    ).toEqual([
      ["free", ["ServiceAccount"]],
      ["walled", ["ServiceAccount"]],
    ]);
    expect(await probes()).toEqual([]);
    const { spec, status } = await here.get<{ spec: { replicas: number }; status: { replicas: number } }>(
      "deployment",
      "shop",
      "free",
    );
    expect(status.replicas).toBe(spec.replicas);
  });

  it("are a check of verify, which leaves no pod behind either", async () => {
    const { document } = await withKubelet(
      here.document<{ checks: { code: string; subject: string; result: string }[] }>(["verify", "--probe-pods"]),
    );
    expect(document.checks.filter(({ code }) => code === "egress-probed").map(({ result }) => result)).toEqual([
      "passed",
      "failed",
    ]);
    expect(await probes()).toEqual([]);
  });
});
