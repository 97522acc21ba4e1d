import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assemble } from "../../src/core/assemble.ts";
import { patchOf, valueAt } from "../../src/core/changes/change.ts";
import type { OwnedFields } from "../../src/core/findings/ownership.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import type { StepOf } from "../../src/core/model.ts";
import { judge } from "../../src/core/reports.ts";
import { clusterAccess } from "../../src/kube/access.ts";
import { collectCluster } from "../../src/kube/collect.ts";
import { connect } from "../../src/kube/connect.ts";
import type { Connection } from "../../src/kube/transport.ts";
import { azureIdentity, binding, decisions } from "../core/factories.ts";
import { kubectlOrThrow } from "../testbed/kubectl.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import { startTestbed, type Testbed } from "../testbed/start.ts";

/** How each tool writes, by the name it writes under: server-side apply, or kubectl's and Helm 3's patches. */
const tools = [
  ["argocd-controller", "argocd", "apply"],
  ["kustomize-controller", "flux", "apply"],
  ["helm", "helm", "create"],
  ["Terraform", "terraform", "apply"],
  ["pulumi-kubernetes-1a2b3c4d", "pulumi", "apply"],
] as const;

const useLabel = "spec.template.metadata.labels[azure.workload.identity/use]";
const accounts = ["spec.template.spec.serviceAccountName", "spec.template.spec.serviceAccount"];

function deployment(name: string, account?: string): KubernetesObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "shop" },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, aadpodidbinding: "cart" } },
        spec: {
          ...(account === undefined ? {} : { serviceAccountName: account }),
          containers: [{ name: "app", image: "shop/app:1" }],
        },
      },
    },
  };
}

const nameOf = (manager: string) => `by-${manager.toLowerCase()}`;

describe.skipIf(testbedOrSkip() === undefined)("who manages a field, on the real API server", () => {
  let testbed: Testbed;
  let connection: Connection;

  const write = async (object: KubernetesObject, manager: string, how: "apply" | "create" | "edit") => {
    const verb = {
      apply: ["apply", "--server-side", "--force-conflicts"],
      create: ["create"],
      edit: ["replace"],
    }[how];
    await kubectlOrThrow(testbed.kubectl, [...verb, `--field-manager=${manager}`, "-f", "-"], {
      input: JSON.stringify(object),
    });
  };
  const judged = async () => {
    const cluster = await collectCluster(connection);
    const facts = assemble([cluster], undefined, decisions);
    // Neither webhook nor mode are what this is about; accounts of their own change what the tools set.
    for (const source of facts.sources) if (source.type === "cluster") source.webhook = { installed: true };
    return judge(facts, {
      ...decisions,
      podIdentityMode: "standard",
      serviceAccount: "dedicated",
    });
  };

  beforeAll(async () => {
    testbed = await startTestbed({ parts: [] });
    const [first] = await connect({ kubeconfig: testbed.kubeconfigPath });
    if (!first) throw new Error("no connection");
    connection = first;
    await testbed.apply([
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "team", namespace: "shop" } },
      azureIdentity("shop/cart"),
      binding("shop/cart"),
    ]);
    for (const [manager, , how] of tools) {
      await write(deployment(nameOf(manager), "team"), manager, how);
      await write(deployment(`${nameOf(manager)}-plain`), manager, how);
    }
    await write(deployment("by-hand", "team"), "kubectl-client-side-apply", "create");
  }, 180_000);
  afterAll(async () => {
    connection?.close();
    await testbed?.stop();
  });

  it("is collected beside the managers, for the fields that steps change, and nothing else of managedFields", async () => {
    const { objects } = await collectCluster(connection);
    const metadataOf = (name: string) => objects.find(one => one.ref.name === name)?.object.metadata;
    for (const [manager] of tools) {
      const both = ["template.metadata.labels.aadpodidbinding", "template.spec.serviceAccountName"];
      expect(metadataOf(nameOf(manager))).toMatchObject({
        managers: [manager],
        fieldManagers: [{ manager, fields: both }],
      });
      expect(metadataOf(`${nameOf(manager)}-plain`)?.fieldManagers).toEqual([{ manager, fields: both.slice(0, 1) }]);
      expect(metadataOf(nameOf(manager))).not.toHaveProperty("managedFields");
    }
  });

  it.each(tools)("%s: its owner is known, and what it would put back", async (manager, tool) => {
    const { mapped, found } = await judged();
    const name = nameOf(manager);
    expect(found.usages.find(one => one.workload.name === name)?.owner).toEqual({
      tool,
      evidence: `field manager ${manager}`,
    });
    const owned = mapped.findings.find(one => one.code === "object-owned" && one.subject?.name === name);
    const { sets, adds, unclear } = (owned?.args ?? {}) as unknown as OwnedFields;
    const added = tool === "terraform" ? { adds: [], unclear: [useLabel] } : { adds: [useLabel], unclear: [] };
    expect({ sets, adds, unclear }).toEqual({ sets: accounts, ...added });
  });

  it("of what kubectl wrote is nobody's, and the last hand is named", async () => {
    const { mapped, found } = await judged();
    expect(found.usages.find(one => one.workload.name === "by-hand")?.owner).toBeUndefined();
    const told = mapped.findings.filter(one => one.subject?.name === "by-hand" && one.code === "field-set-by-hand");
    expect(told.map(one => one.args)).toEqual([{ manager: "kubectl-client-side-apply", fields: accounts }]);
  });

  it("tells the truth: when the owner applies again, what it sets comes back and the rest stays", async () => {
    const name = nameOf("kustomize-controller");
    const { steps } = (await judged()).steps;
    const step = steps.find(
      (one): one is StepOf<"patch"> =>
        one.op === "patch" && one.target.kind === "Deployment" && one.target.name === name,
    );
    if (!step) throw new Error("no step");
    expect(step.route).toBe("git");
    const access = clusterAccess(connection, step.target.source);
    const before = await access.get(step.target);
    if (!before) throw new Error("no Deployment");
    await access.patch(step.target, patchOf(step.changes, before as never));
    await write(deployment(name, "team"), "kustomize-controller", "apply");
    const after = await access.get(step.target);
    const values = step.changes.map(({ path, after: wanted }) => [path.at(-1), valueAt(after, path) === wanted]);
    expect(Object.fromEntries(values)).toEqual({
      "azure.workload.identity/use": true,
      serviceAccountName: false,
      serviceAccount: false,
    });
  });
});
