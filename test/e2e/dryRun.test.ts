import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { DryRun, Plan } from "../../src/core/documents/plan.ts";
import { readKinds } from "../../src/core/kinds.ts";
import { collectedKinds } from "../../src/kube/collect.ts";
import { readerRole } from "../../src/kube/readerRole.ts";
import { resources } from "../../src/kube/resources.ts";
import type { KubernetesObject } from "../testbed/objects.ts";
import { poll } from "../testbed/poll.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import type { ManagedIdentity } from "./azure.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import { bound, deployment, namespace, serviceAccount, standardMode, statefulSet } from "./world.ts";

const denied = "workload identity is not approved here";

/** A policy that lets no workload of the namespace select the webhook. */
function policy(namespace: string): KubernetesObject[] {
  const admission = "admissionregistration.k8s.io/v1";
  const expression = "!('azure.workload.identity/use' in object.spec.template.metadata.labels)";
  return [
    {
      apiVersion: admission,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: "no-workload-identity" },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ["apps"],
              apiVersions: ["v1"],
              operations: ["CREATE", "UPDATE"],
              resources: ["deployments"],
            },
          ],
        },
        validations: [{ expression, message: denied }],
      },
    },
    {
      apiVersion: admission,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: "no-workload-identity" },
      spec: {
        policyName: "no-workload-identity",
        validationActions: ["Deny"],
        matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } },
      },
    },
  ];
}

/** The role that the program asks for, less these resources, for the user `operator`. */
function rightsWithout(withheld: string[]): KubernetesObject[] {
  const rbac = "rbac.authorization.k8s.io/v1";
  const collected = resources.filter(({ kind }) => collectedKinds.includes(kind));
  const whole: { rules: { resources?: string[] }[] } = parse(readerRole([...collected, ...readKinds]));
  const rules = whole.rules
    .map(rule => ({
      ...rule,
      ...(rule.resources && { resources: rule.resources.filter(one => !withheld.includes(one)) }),
    }))
    .filter(rule => rule.resources?.length !== 0);
  return [
    { apiVersion: rbac, kind: "ClusterRole", metadata: { name: "partial-reader" }, rules },
    {
      apiVersion: rbac,
      kind: "ClusterRoleBinding",
      metadata: { name: "partial-reader" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "partial-reader" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "operator" }],
    },
  ];
}

describe.skipIf(testbedOrSkip() === undefined)("a plan", () => {
  let here: Environment;
  let identity: ManagedIdentity;

  beforeAll(async () => {
    here = await startEnvironment();
    identity = here.azure.addIdentity("cart");
    await here.testbed.apply([
      ...["shop", "limited", "governed"].map(namespace),
      ...standardMode,
      ...bound("shop", identity),
      ...["shop", "limited", "governed"].map(name => serviceAccount(name, "cart")),
      deployment("shop", "cart", { label: "cart", account: "cart" }),
      statefulSet("shop", "anonymous", { label: "cart" }),
      deployment("limited", "cart", { label: "cart", account: "cart" }),
      deployment("governed", "cart", { label: "cart", account: "cart" }),
    ]);
    await here.settled();
    await here.limitPods("limited", 1);
    await here.testbed.apply(policy("governed"));
    await poll(
      async () => {
        const label = { op: "add", path: "/spec/template/metadata/labels/azure.workload.identity~1use", value: "true" };
        const { stderr } = await here.testbed.kubectl([
          ...["patch", "-n", "governed", "deployment/cart", "--dry-run=server"],
          ...["--type=json", "-p", JSON.stringify([label])],
        ]);
        return stderr.includes(denied) ? true : undefined;
      },
      { what: "the policy is in force", timeoutMilliseconds: 60_000 },
    );
  });
  afterAll(() => here?.stop());

  /** The server's answers by what they are about, without the cluster's id. */
  const answers = ({ observed }: Plan): Record<string, DryRun> =>
    Object.fromEntries(Object.entries(observed.dryRuns).map(([id, run]) => [id.slice(here.clusterID.length + 1), run]));

  describe("with --dry-run=server", () => {
    afterEach(() => {
      expect(here.gate.stored).toEqual([]);
    });

    let plan: Plan;
    let dryRuns: Record<string, DryRun>;

    beforeAll(async () => {
      const { code, document } = await here.document<Plan>(["plan", "--dry-run=server"]);
      expect(code).toBe(0);
      plan = document;
      dryRuns = answers(plan);
    });

    it("asks about every step and the pod that comes of it", () => {
      expect(Object.keys(dryRuns).sort()).toEqual([
        ...["governed/Deployment/cart#switch", "governed/Deployment/cart#switch/pod"],
        "governed/ServiceAccount/cart#prepare",
        ...["limited/Deployment/cart#switch", "limited/Deployment/cart#switch/pod"],
        "limited/ServiceAccount/cart#prepare",
        "shop/Deployment/cart#switch",
        "shop/Deployment/cart#switch/pod",
        "shop/ServiceAccount/anonymous#prepare",
        "shop/ServiceAccount/cart#prepare",
        "shop/StatefulSet/anonymous#switch",
        "shop/StatefulSet/anonymous#switch/pod",
      ]);
    });

    it("shows what the real webhook would add to the pod, and that the rest is taken as it is", () => {
      expect(dryRuns["shop/Deployment/cart#switch"]).toEqual({ result: "accepted" });
      expect(dryRuns["shop/ServiceAccount/cart#prepare"]).toEqual({ result: "accepted" });
      const pod = dryRuns["shop/Deployment/cart#switch/pod"];
      expect(pod?.result).toBe("accepted");
      expect(pod?.adds?.join("\n")).toMatch(/^spec\.containers\[app\]\.env\[AZURE_FEDERATED_TOKEN_FILE\]$/m);
      expect(pod?.adds?.join("\n")).toMatch(/^spec\.volumes\[azure-workload-identity-/m);
    });

    it("leaves a pod open whose account is only made by the plan", () => {
      expect(dryRuns["shop/StatefulSet/anonymous#switch"]).toEqual({ result: "accepted" });
      expect(dryRuns["shop/StatefulSet/anonymous#switch/pod"]).toEqual({
        result: "not-checked",
        message: expect.stringMatching(/service account.*anonymous/),
      });
    });

    it("repeats the server's words where a policy refuses the change", () => {
      expect(dryRuns["governed/Deployment/cart#switch"]).toEqual({
        result: "refused",
        message: expect.stringContaining(denied),
      });
    });

    it("repeats the server's words where a quota has no room for the pod", () => {
      expect(dryRuns["limited/Deployment/cart#switch"]).toEqual({ result: "accepted" });
      expect(dryRuns["limited/Deployment/cart#switch/pod"]).toEqual({
        result: "refused",
        message: expect.stringMatching(/exceeded quota: pods.*limited: pods=1/),
      });
    });

    it("is the same plan as without, and shows the refusals to people", async () => {
      const { document } = await here.document<Plan>(["plan"]);
      const { observed: _1, ...rest } = plan;
      const { observed: _2, ...without } = document;
      expect(rest).toEqual(without);
      expect((await here.cli(["plan", "--dry-run=server"])).stdout).toContain(denied);
    });

    it("leaves everything open for a user who may not write", async () => {
      const { code, document } = await here.document<Plan>(["plan", "--dry-run=server"], { user: "reader" });
      const results = Object.values(document.observed.dryRuns).map(({ result }) => result);
      expect({ code, results: [...new Set(results)] }).toEqual({ code: 0, results: ["not-checked"] });
    });
  });

  it("gives a read-only user the whole plan", async () => {
    const [admin, reader] = await Promise.all([
      here.document<Plan>(["plan"]),
      here.document<Plan>(["plan"], { user: "reader" }),
    ]);
    expect(reader).toEqual(admin);
    expect(reader.document.summary).toMatchObject({ blocked: 0, notChecked: 0, restarts: 4 });
  });

  it("prints the missing role for a user who may read nothing", async () => {
    const { code, stdout, stderr } = await here.cli(["plan"], { user: "stranger" });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("kind: ClusterRole");
    for (const resource of ["deployments", "serviceaccounts", "azureidentitybindings", "rolebindings"]) {
      expect(stderr).toMatch(new RegExp(`^ +- ${resource}$`, "m"));
    }
  });

  it("takes no workload for unmatched where bindings may not be read, and says so", async () => {
    await here.testbed.apply(rightsWithout(["azureidentitybindings"]));
    const { code, document } = await here.document<Plan>(["plan"], { user: "operator" });
    expect({ code, steps: document.steps }).toEqual({ code: 1, steps: [] });
    expect(document.usages.map(({ state, findings }) => ({ state, findings }))).toEqual(
      document.usages.map(() => ({ state: "legacy", findings: ["bindings-not-checked"] })),
    );
    expect(new Set(document.findings.map(finding => finding.code))).toEqual(
      new Set(["kind-not-readable", "bindings-not-checked"]),
    );
  });

  it("leaves a new account open where role bindings may not be read, and apply does the rest alone", async () => {
    await here.testbed.apply(rightsWithout(["rolebindings", "clusterrolebindings"]));
    await here.document<Plan>(["plan", "--out", "partial.json", "-n", "shop"], { user: "operator" });
    const { code, document } = await here.apply("partial.json");
    const refused = document.refused.map(one => [one.usage.slice(here.clusterID.length + 1), one.differences]);
    expect({ code, refused }).toEqual({
      code: 4,
      refused: [["shop/StatefulSet/anonymous", ["not checked: role-bindings-not-checked; plan again with access"]]],
    });
    expect(document.steps.map(({ usages }) => usages.map(usage => usage.slice(here.clusterID.length + 1)))).toEqual([
      ["shop/Deployment/cart"],
      ["shop/Deployment/cart"],
      ["shop/Deployment/cart"],
    ]);
  });
});
