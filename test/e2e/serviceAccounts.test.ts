import { execFileSync } from "node:child_process";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/documents/plan.ts";
import type { Verification } from "../../src/core/documents/verification.ts";
import { kubectlOrThrow } from "../testbed/kubectl.ts";
import type { KubernetesObject } from "../testbed/objects.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import type { ManagedIdentity } from "./azure.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import { accountSubject, permissionsOf, rbac, role, roleBinding, userSubject } from "./rights.ts";
import { isIn, keyOf, type Snapshot, type StoredObject, snapshot } from "./snapshot.ts";
import { bound, deployment, namespace, serviceAccount, standardMode } from "./world.ts";

const clientID = "azure.workload.identity/client-id";
const located = testbedOrSkip();

describe.skipIf(located === undefined)("a service account that workloads with two identities share", () => {
  let here: Environment;
  let red: ManagedIdentity;
  let blue: ManagedIdentity;
  let before: Snapshot;
  let plan: Plan;
  let dryRuns: Plan["observed"]["dryRuns"];
  let applied: Awaited<ReturnType<Environment["apply"]>>;
  let rights: Record<"before" | "after", Record<string, unknown>>;

  const group = (name: string) => ({ apiGroup: rbac, kind: "Group", name });
  /** Everything that the old account may do: by role bindings of several kinds, and by those of its groups. */
  const till: KubernetesObject[] = [
    {
      ...serviceAccount("shop", "till", { "example.com/team": "till" }),
      imagePullSecrets: [{ name: "acr" }, { name: "hub" }],
      automountServiceAccountToken: false,
    },
    role("Role", "shop/ledger", [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "update"] }]),
    role("Role", "bank/vault", [{ apiGroups: [""], resources: ["secrets"], resourceNames: ["key"], verbs: ["get"] }]),
    role("ClusterRole", "nodes-of-till", [{ apiGroups: [""], resources: ["nodes"], verbs: ["list"] }]),
    role("ClusterRole", "metrics-of-till", [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }]),
    role("Role", "shop/everybody", [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"] }]),
    role("Role", "shop/others", [{ apiGroups: [""], resources: ["pods"], verbs: ["delete"] }]),
    roleBinding("shop/ledger", "Role/ledger", [group("devs"), accountSubject("shop", "till")]),
    roleBinding("shop/viewers", "ClusterRole/view", [accountSubject("shop", "till"), accountSubject("shop", "web")]),
    roleBinding("bank/vault", "Role/vault", [accountSubject("shop", "till")]),
    roleBinding("nodes-of-till", "ClusterRole/nodes-of-till", [userSubject("shop", "till")]),
    roleBinding("metrics-of-till", "ClusterRole/metrics-of-till", [accountSubject("shop", "till")]),
    roleBinding("shop/everybody", "Role/everybody", [group("system:serviceaccounts:shop")]),
    roleBinding("shop/others", "Role/others", [accountSubject("shop", "web"), accountSubject("bank", "till")]),
  ];
  const permissions = async () => ({
    till: await permissionsOf(here.testbed.kubectl, "shop", "till"),
    cart: await permissionsOf(here.testbed.kubectl, "shop", "cart"),
    orders: await permissionsOf(here.testbed.kubectl, "shop", "orders"),
    web: await permissionsOf(here.testbed.kubectl, "shop", "web"),
  });

  beforeAll(async () => {
    here = await startEnvironment();
    red = here.azure.addIdentity("red");
    blue = here.azure.addIdentity("blue");
    await here.testbed.apply([
      ...["identities", "shop", "bank"].map(namespace),
      ...standardMode,
      ...bound("identities", red),
      ...bound("identities", blue),
      serviceAccount("shop", "web"),
      ...till,
      deployment("shop", "cart", { label: "red", account: "till" }),
      deployment("shop", "orders", { label: "blue", account: "till", replicas: 0 }),
      deployment("shop", "web", { account: "web", replicas: 0 }),
    ]);
    await here.settled();
    before = await snapshot(here.testbed.kubectl);
    const rightsBefore = await permissions();
    plan = await here.plan("plan.json");
    expect(here.gate.writes).toEqual([]);
    dryRuns = (await here.document<Plan>(["plan", "--dry-run=server"])).document.observed.dryRuns;
    expect(await snapshot(here.testbed.kubectl)).toEqual(before);
    applied = await here.apply("plan.json");
    rights = { before: rightsBefore, after: await permissions() };
  });
  afterAll(() => here?.stop());

  it("is replaced for each of them, with every role binding in one step, after the accounts are there", () => {
    const names = plan.steps
      .map(({ id }) => id.replace(`${here.clusterID}/`, ""))
      .filter(id => !id.includes("federated"));
    expect(names).toEqual([
      "shop/ServiceAccount/cart#prepare",
      "shop/ServiceAccount/orders#prepare",
      "/ClusterRoleBinding/metrics-of-till#prepare",
      "/ClusterRoleBinding/nodes-of-till#prepare",
      "bank/RoleBinding/vault#prepare",
      "shop/RoleBinding/ledger#prepare",
      "shop/RoleBinding/viewers#prepare",
      "shop/Deployment/cart#switch",
      "shop/Deployment/orders#switch",
    ]);
    const seen = plan.mappings.map(({ serviceAccount, reasons, blockedBy, notChecked }) => ({
      serviceAccount,
      reasons: reasons.filter(code => code.startsWith("service-account-")),
      not: [...blockedBy, ...notChecked],
    }));
    expect(seen).toEqual(
      ["cart", "orders"].map(name => ({
        serviceAccount: { name, use: "create" },
        reasons: ["service-account-settings-left-behind", "service-account-shared"],
        not: [],
      })),
    );
  });

  it("has role bindings that the server would take as they are to be", () => {
    const ofBindings = Object.entries(dryRuns).filter(([id]) => id.includes("RoleBinding"));
    expect(ofBindings.map(([, dryRun]) => dryRun)).toEqual(Array(5).fill({ result: "accepted" }));
  });

  it("ends with every step done and recorded", async () => {
    expect(applied).toMatchObject({
      code: 0,
      document: { summary: { failed: 0, stopped: 0, refused: 0, blocked: 0 } },
    });
    expect(new Set(applied.document.steps.map(({ outcome }) => outcome))).toEqual(new Set(["applied", "unproven"]));
    const list = await kubectlOrThrow(here.testbed.kubectl, ["get", "configmaps", "-n", "azwi-migrate", "-o", "json"]);
    const records = (JSON.parse(list) as { items: { data: Record<string, string> }[] }).items.flatMap(({ data }) =>
      data["record.json"] === undefined ? [] : [JSON.parse(data["record.json"])],
    );
    const cart = { kind: "ServiceAccount", name: "cart", namespace: "shop" };
    const orders = { ...cart, name: "orders" };
    const change = (subject: typeof cart) => ({ path: ["subjects", { match: subject }], after: subject });
    expect(records.find(({ step }) => step.id.endsWith("bank/RoleBinding/vault#prepare"))).toMatchObject({
      state: "done",
      observedBefore: [null, null],
      step: { changes: [change(cart), change(orders)] },
    });
  });

  it("could do before just what each of the new ones can do now, and nobody's rights have changed beside that", () => {
    expect(rights.after).toEqual({
      till: rights.before.till,
      cart: rights.before.till,
      orders: rights.before.till,
      web: rights.before.web,
    });
    expect(rights.before.cart).not.toEqual(rights.before.till);
  });

  it("leaves everything else in the cluster as it was, field by field", async () => {
    const after = await snapshot(here.testbed.kubectl);
    const created = (name: string, identity: ManagedIdentity): [string, StoredObject] => [
      `ServiceAccount shop/${name}`,
      {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: {
          namespace: "shop",
          name,
          uid: expect.any(String),
          creationTimestamp: expect.any(String),
          annotations: {
            [clientID]: identity.clientID,
            "azwi-migrate.dev/created-for": `Deployment/${name}`,
            "azwi-migrate.dev/instead-of": "till",
          },
        },
        imagePullSecrets: [{ name: "acr" }, { name: "hub" }],
        automountServiceAccountToken: false,
      },
    ];
    const withSubjects = (key: string): [string, StoredObject] => {
      const binding = before.get(key);
      if (!binding) throw new Error(`${key} is not in the snapshot`);
      const more = ["cart", "orders"].map(name => accountSubject("shop", name));
      return [key, { ...binding, subjects: [...(binding.subjects as object[]), ...more] }];
    };
    const switched = (name: string): [string, StoredObject] => {
      const object = structuredClone(before.get(`Deployment shop/${name}`)) as StoredObject & {
        spec: { template: { metadata: { labels: Record<string, string> }; spec: Record<string, unknown> } };
      };
      object.spec.template.metadata.labels["azure.workload.identity/use"] = "true";
      Object.assign(object.spec.template.spec, { serviceAccountName: name, serviceAccount: name });
      return [keyOf(object), object];
    };
    const isRecord = isIn("azwi-migrate");
    expect(new Map([...after].filter(([, object]) => !isRecord(object)))).toEqual(
      new Map([
        ...before,
        created("cart", red),
        created("orders", blue),
        ...[
          "RoleBinding shop/ledger",
          "RoleBinding shop/viewers",
          "RoleBinding bank/vault",
          "ClusterRoleBinding /nodes-of-till",
          "ClusterRoleBinding /metrics-of-till",
        ].map(withSubjects),
        switched("cart"),
        switched("orders"),
      ]),
    );
  });

  it("gives its pods what they had of it", async () => {
    const list = await kubectlOrThrow(here.testbed.kubectl, [
      "get",
      "pods",
      "-n",
      "shop",
      "-l",
      "app=cart",
      "-o",
      "json",
    ]);
    const { items } = JSON.parse(list) as { items: KubernetesObject[] };
    expect(items).toMatchObject([
      { spec: { serviceAccountName: "cart", imagePullSecrets: [{ name: "acr" }, { name: "hub" }] } },
    ]);
    expect(JSON.stringify(items)).not.toContain("kube-api-access");
  });

  it("is verified, and nothing is left to do", async () => {
    const { code, document } = await here.document<Verification>(["verify"]);
    expect(code).toBe(0);
    const bindings =
      "ClusterRoleBinding metrics-of-till, ClusterRoleBinding nodes-of-till, RoleBinding bank/vault, RoleBinding shop/ledger, RoleBinding shop/viewers";
    const checks = document.checks.filter(one => one.code === "role-bindings-carried-over");
    expect(checks.map(({ result, evidence }) => [result, sorted(evidence)])).toEqual(
      ["cart", "orders"].map(name => ["passed", sorted(`${name} is in ${bindings}, as till is`)]),
    );
    expect(await here.cli(["plan", "--detailed-exitcode"])).toMatchObject({ code: 0 });
  });

  it("is told of when a role binding is lost again", async () => {
    const { kubectl } = here.testbed;
    const remove = (index: number) =>
      kubectlOrThrow(kubectl, [
        ...["patch", "rolebinding", "-n", "shop", "ledger", "--type=json"],
        ...["-p", JSON.stringify([{ op: "remove", path: `/subjects/${index}` }])],
      ]);
    await remove(2);
    const { code, document } = await here.document<Verification>(["verify", "--stage", "prepare"]);
    await here.testbed.apply(till.filter(one => (one.metadata as { name: string }).name === "ledger"));
    expect(code).toBe(3);
    expect(document.checks.filter(one => one.result === "failed").map(one => one.evidence)).toEqual([
      "till is in RoleBinding shop/ledger, but cart is not",
    ]);
  });

  describe("when somebody else writes at the same time", () => {
    afterEach(() => {
      here.gate.guard = undefined;
    });

    it("keeps both changes of a role binding", async () => {
      await here.testbed.apply([
        namespace("kiosk"),
        ...bound("kiosk", here.azure.addIdentity("kiosk")),
        deployment("kiosk", "stand", { label: "kiosk", replicas: 0 }),
        roleBinding("kiosk/read", "ClusterRole/view", [accountSubject("kiosk", "default")]),
      ]);
      const addition = [{ op: "add", path: "/subjects/-", value: accountSubject("kiosk", "visitor") }];
      const args = ["patch", "rolebinding", "-n", "kiosk", "read", "--type=json", "-p", JSON.stringify(addition)];
      let cutIn = 0;
      here.gate.guard = ({ method, path, dryRun }, moment) => {
        if (method !== "PATCH" || dryRun || !path.endsWith("/rolebindings/read") || moment !== "before" || cutIn++ > 0)
          return;
        execFileSync(located?.binaries.kubectl ?? "", ["--kubeconfig", here.testbed.kubeconfigPath, ...args]);
      };
      expect((await here.apply("-n", "kiosk")).code).toBe(0);
      expect(cutIn).toBe(2);
      expect(await here.get("rolebinding", "kiosk", "read")).toMatchObject({
        subjects: ["default", "visitor", "stand"].map(name => accountSubject("kiosk", name)),
      });
    });
  });
});

function sorted(evidence: string): string {
  return evidence.split(/,? /).sort().join(" ");
}
