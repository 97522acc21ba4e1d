import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/documents/plan.ts";
import { planHash } from "../../src/core/reports.ts";
import { startSimulatedCluster } from "../../src/sandbox/cluster/simulatedCluster.ts";
import { systemClock } from "../sandbox/azure/world.ts";
import { kubectlOrThrow } from "../testbed/kubectl.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import type { ManagedIdentity } from "./azure.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import { bound, deployment, namespace, serviceAccount, standardMode } from "./world.ts";

type Step = Plan["steps"][number];
type Forgery = (plan: Plan) => void;

interface Shop {
  /** Its namespace. */
  shop: string;
  file: string;
  plan: Plan;
  identity: ManagedIdentity;
}

describe.skipIf(testbedOrSkip() === undefined)("a saved plan", () => {
  let here: Environment;
  let shops = 0;

  beforeAll(async () => {
    here = await startEnvironment();
    await here.testbed.apply([...standardMode]);
  });
  afterAll(() => here?.stop());

  /** A namespace of its own with workloads of one identity, each on its own account, and a plan for it. */
  async function plannedShop(...workloads: string[]): Promise<Shop> {
    shops += 1;
    const shop = `shop-${shops}`;
    const identity = here.azure.addIdentity(shop);
    await here.testbed.apply([
      namespace(shop),
      ...bound(shop, identity),
      ...["other", ...workloads].map(name => serviceAccount(shop, name)),
      ...workloads.map(name => deployment(shop, name, { label: shop, account: name })),
      deployment(shop, "bystander"),
    ]);
    await here.settled();
    const file = `${shop}.json`;
    return { shop, file, plan: await here.plan(file, "-n", shop), identity };
  }

  /** Changes a plan's file; `hash`: whether its content hash is made to fit again. */
  async function forge(file: string, forgery: Forgery, hash: "recomputed" | "left"): Promise<void> {
    const path = join(here.folder, file);
    const plan = JSON.parse(await readFile(path, "utf8")) as Plan;
    forgery(plan);
    if (hash === "recomputed") plan.contentHash = planHash(plan);
    await writeFile(path, JSON.stringify(plan));
  }

  const usage = (shop: string, name: string) => `${here.clusterID}/${shop}/Deployment/${name}`;
  const kubectl = (...args: string[]) => kubectlOrThrow(here.testbed.kubectl, args);

  /** Applies and gives what was refused, and which steps ended how. */
  async function applied(file: string, ...args: string[]) {
    const { code, document } = await here.apply(file, ...args);
    const outcomes = document.steps.map(({ step, outcome }): [string, string] => [
      step.replace(`${here.clusterID}/`, "").replace(/^subscriptions.*credentials\//, ""),
      outcome,
    ]);
    return { code, refused: document.refused, outcomes: Object.fromEntries(outcomes) };
  }

  /** How the steps of a shop ended, by their ids without the hash in names of credentials. */
  const ended = (outcomes: Record<string, string>) =>
    Object.entries(outcomes)
      .map(([id, outcome]) => `${id.replace(/-[0-9a-f]{10}#/, "#")} ${outcome}`)
      .sort();
  const allApplied = (shop: string, ...workloads: string[]) =>
    workloads
      .flatMap(name => [
        `${shop}-${name}#prepare applied`,
        `${shop}/Deployment/${name}#switch applied`,
        `${shop}/ServiceAccount/${name}#prepare applied`,
      ])
      .sort();

  describe("that is stale", () => {
    it("leaves what is not as it was alone, names the difference, and carries out the rest", async () => {
      const { shop, file } = await plannedShop("moved", "gone", "scaled", "released");
      const spec = { template: { spec: { serviceAccountName: "other", serviceAccount: "other" } } };
      await kubectl("patch", "-n", shop, "deployment/moved", "-p", JSON.stringify({ spec }));
      await kubectl("delete", "-n", shop, "deployment/gone", "--cascade=foreground");
      await kubectl("scale", "-n", shop, "deployment/scaled", "--replicas=2");
      await kubectl("set", "image", "-n", shop, "deployment/released", "app=shop/app:2");
      const { code, refused, outcomes } = await applied(file);
      expect({ code, ended: ended(outcomes) }).toEqual({ code: 4, ended: allApplied(shop, "released", "scaled") });
      expect(new Map(refused.map(one => [one.usage, one.differences]))).toEqual(
        new Map([
          [
            usage(shop, "gone"),
            [
              expect.stringMatching(/ServiceAccount\/gone#prepare: is not needed or not possible any more$/),
              expect.stringMatching(/federatedidentitycredentials.*#prepare: is not needed or not possible any more$/),
              expect.stringMatching(/Deployment\/gone#switch: is not needed or not possible any more$/),
            ],
          ],
          [
            usage(shop, "moved"),
            [
              expect.stringMatching(/ServiceAccount\/moved#prepare: is not needed or not possible any more$/),
              expect.stringMatching(/federatedidentitycredentials.*#prepare: is not needed or not possible any more$/),
              expect.stringMatching(
                /Deployment\/moved#switch: depends now on .*ServiceAccount\/other#prepare, which the plan/,
              ),
            ],
          ],
        ]),
      );
      const moved = await here.get<{ spec: { template: { metadata: object } } }>("deployment", shop, "moved");
      expect(moved.spec.template.metadata).not.toHaveProperty(["labels", "azure.workload.identity/use"]);
    });

    it("stops its switch while its preparation has not been done", async () => {
      const { file, shop } = await plannedShop("cart");
      const { code, outcomes } = await applied(file, "--stage", "switch");
      expect({ code, outcomes }).toEqual({ code: 1, outcomes: { [`${shop}/Deployment/cart#switch`]: "stopped" } });
      expect((await applied(file, "--stage", "prepare")).code).toBe(0);
      expect((await applied(file, "--stage", "switch")).code).toBe(0);
    });
  });

  describe("that is not for this program or cluster", () => {
    let file: string;
    let original: string;
    let other: Awaited<ReturnType<typeof startSimulatedCluster>>;

    beforeAll(async () => {
      ({ file } = await plannedShop("cart"));
      original = await readFile(join(here.folder, file), "utf8");
      other = await startSimulatedCluster({ clock: systemClock, objects: [] });
    });
    afterAll(() => other.stop());

    it.each<[string, number, RegExp, Forgery]>([
      [
        "was edited by hand",
        4,
        /was changed after it was made: its content does not match its contentHash/,
        plan => {
          plan.decisions.audience = "api://another";
        },
      ],
      [
        "has an unknown field",
        1,
        /does not fit its schema: the document has no field "force"/,
        plan => Object.assign(plan, { force: true }),
      ],
      [
        "has an unknown operation",
        1,
        /does not fit its schema/,
        plan => Object.assign(plan.steps[0] as Step, { op: "exec" }),
      ],
      [
        "has a step for nobody",
        1,
        /does not fit its schema: .*usages/,
        plan => Object.assign(plan.steps[0] as Step, { usages: [] }),
      ],
      [
        "has another version",
        1,
        /has version "azwi-migrate.dev\/v2"/,
        plan => Object.assign(plan, { apiVersion: "azwi-migrate.dev/v2" }),
      ],
      ["is no plan", 1, /is not a plan: its kind is "Scan"/, plan => Object.assign(plan, { kind: "Scan" })],
    ])("is refused whole when it %s", async (_what, code, message, forgery) => {
      await writeFile(join(here.folder, file), original);
      await forge(file, forgery, "left");
      const writes = here.gate.writes.length;
      const result = await here.cli(["apply", file, "--yes"]);
      expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: "" });
      expect(result.stderr).toMatch(message);
      expect(here.gate.writes.length).toBe(writes);
    });

    it("is refused whole for the context of another cluster", async () => {
      await writeFile(join(here.folder, file), original);
      const kubeconfig = JSON.parse(await readFile(join(here.folder, "admin.kubeconfig"), "utf8"));
      kubeconfig.clusters.push({ name: "other", cluster: { server: other.url } });
      kubeconfig.contexts.push({ name: "other", context: { cluster: "other", user: "admin" } });
      await writeFile(join(here.folder, "two.kubeconfig"), JSON.stringify(kubeconfig));
      const args = ["apply", file, "--yes", "--kubeconfig", "two.kubeconfig", "--context", "other"];
      const { code, stderr } = await here.cli(args);
      expect(code).toBe(4);
      expect(stderr).toContain(`The plan is for the cluster ${here.clusterID}`);
      expect(stderr).toContain(other.kubeSystemUid);
    });
  });

  describe("that was forged, hash and all", () => {
    /** The step with this in its id, as one of that operation. */
    const stepOf = <Op extends Step["op"]>(plan: Plan, id: string, op: Op) => {
      const step = plan.steps.find((one): one is Extract<Step, { op: Op }> => one.id.includes(id) && one.op === op);
      if (!step) throw new Error(`The plan has no step ${id}`);
      return step;
    };
    /** Grants everything to everybody, in the name of these usages. */
    const backdoor = (usages: string[]): Step => {
      const metadata = { name: "backdoor" };
      const type = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding" };
      return {
        id: `${here.clusterID}//ClusterRoleBinding/backdoor#prepare`,
        stage: "prepare",
        dependsOn: [],
        usages,
        route: "live",
        op: "create",
        target: { source: here.clusterID, ...type, ...metadata },
        object: {
          ...type,
          metadata,
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
          subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:authenticated" }],
        },
      };
    };
    const generation = async (shop: string, name: string) =>
      (await here.get<{ metadata: { generation: number } }>("deployment", shop, name)).metadata.generation;

    /** What is forged for the workload of that name. */
    const forgeries: Record<string, (plan: Plan, shop: string) => void> = {
      issuer: plan => {
        stepOf(plan, "-issuer-", "trust").trust.issuer = "https://evil.example";
      },
      subject: plan => {
        stepOf(plan, "-subject-", "trust").trust.subject = "system:serviceaccount:kube-system:default";
      },
      principal: plan => {
        const { target, trust } = stepOf(plan, "-principal-", "trust");
        trust.principal = trust.principal.replace(/[^/]+$/, "another");
        target.principal = trust.principal;
      },
      object: plan => {
        const step = stepOf(plan, "Deployment/object#switch", "patch");
        const { uid: _, ...target } = step.target;
        step.target = { ...target, name: "bystander" };
      },
      field: plan => {
        const { changes } = stepOf(plan, "Deployment/field#switch", "patch");
        changes.push({ path: ["spec", "replicas"], before: 1, after: 0 });
      },
      extra: (plan, shop) => void plan.steps.unshift(backdoor([usage(shop, "extra"), "nobody"])),
    };

    it("does nothing that the facts do not justify, whatever it says, and carries out the rest", async () => {
      const another = here.azure.addIdentity("another");
      const { shop, file, identity } = await plannedShop("honest", ...Object.keys(forgeries));
      await forge(
        file,
        plan => {
          for (const change of Object.values(forgeries)) change(plan, shop);
        },
        "recomputed",
      );
      const { code, refused, outcomes } = await applied(file);
      expect({ code, ended: ended(outcomes) }).toEqual({ code: 4, ended: allApplied(shop, "honest") });
      expect(refused.map(one => one.usage).sort()).toEqual(
        ["nobody", ...Object.keys(forgeries).map(name => usage(shop, name))].sort(),
      );
      expect(here.azure.credentialsOf(identity).map(({ issuer, subject }) => [issuer, subject])).toEqual([
        [here.testbed.issuer, `system:serviceaccount:${shop}:honest`],
      ]);
      expect(here.azure.credentialsOf(another)).toEqual([]);
      const names = ["bystander", ...Object.keys(forgeries)];
      const generations = await Promise.all(names.map(async name => [name, await generation(shop, name)]));
      expect(generations).toEqual(names.map(name => [name, 1]));
      expect((await here.testbed.kubectl(["get", "clusterrolebinding", "backdoor"])).code).toBe(1);
    });

    it("is refused whole where it rests on an issuer that the cluster does not confirm", async () => {
      const { file, identity } = await plannedShop("cart");
      const issuer = "https://evil.example/";
      await forge(
        file,
        plan => {
          plan.decisions.issuer = issuer;
          for (const source of plan.sources) if (source.type === "cluster") source.issuer = issuer;
          for (const step of plan.steps) if (step.op === "trust") step.trust.issuer = issuer;
        },
        "recomputed",
      );
      const { code, stderr } = await here.cli(["apply", file, "--yes"]);
      expect(code).toBe(4);
      expect(stderr).toContain("which the cluster itself does not confirm");
      expect(here.azure.credentialsOf(identity)).toEqual([]);
    });

    it("does not switch a workload whose preparation was taken out", async () => {
      const { shop, file } = await plannedShop("cart");
      const withoutTrusts: Forgery = plan => {
        plan.steps = plan.steps.filter(step => step.op !== "trust");
      };
      await forge(file, withoutTrusts, "recomputed");
      const { code, outcomes } = await applied(file);
      expect({ code, ended: ended(outcomes) }).toEqual({
        code: 1,
        ended: [`${shop}/Deployment/cart#switch stopped`, `${shop}/ServiceAccount/cart#prepare applied`],
      });
    });
  });
});
