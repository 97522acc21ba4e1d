import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../../src/core/documents/runResult.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import { type Ended, type Environment, startEnvironment } from "./environment.ts";
import { accountSubject, rbac, role, roleBinding } from "./rights.ts";
import { keyOf, type Snapshot, snapshot } from "./snapshot.ts";
import { bound, deployment, namespace, serviceAccount, standardMode } from "./world.ts";

const operator = [{ apiGroup: rbac, kind: "User", name: "operator" }];
const everywhere = ["get", "list", "create", "patch"];

/** What an apply needs beside reading: workloads, accounts and records; of role bindings only what is named. */
const operatorsRights = [
  roleBinding("operator-reads", "ClusterRole/testbed-reader", operator),
  role("ClusterRole", "operator-writes", [
    { apiGroups: ["apps"], resources: ["deployments"], verbs: everywhere },
    { apiGroups: [""], resources: ["serviceaccounts", "configmaps", "namespaces"], verbs: [...everywhere, "update"] },
    {
      apiGroups: [rbac],
      resources: ["rolebindings"],
      resourceNames: ["may-bind", "has-all-rights", "lacks-bind", "lacks-bind-too"],
      verbs: ["patch"],
    },
    { apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] },
    { apiGroups: [rbac], resources: ["clusterrolebindings"], resourceNames: ["of-the-cluster"], verbs: ["patch"] },
    { apiGroups: [rbac], resources: ["clusterroles"], resourceNames: ["secret-reader"], verbs: ["bind"] },
  ]),
  roleBinding("operator-writes", "ClusterRole/operator-writes", operator),
];

describe.skipIf(testbedOrSkip() === undefined)("an operator with some rights on role bindings", () => {
  let here: Environment;
  let before: Snapshot;
  let after: Snapshot;
  let applied: Ended<RunResult>;

  const names = ["may-bind", "has-all-rights", "lacks-bind", "lacks-patch", "of-the-cluster", "free"];
  const usage = (name: string) => `${here.clusterID}/shop/Deployment/${name}`;
  const apply = (...args: string[]) =>
    here.document<RunResult>(["apply", "--yes", "--service-account", "dedicated", ...args], { user: "operator" });

  beforeAll(async () => {
    here = await startEnvironment();
    const identity = here.azure.addIdentity("shop");
    const old = (name: string) => [accountSubject("shop", `old-${name}`)];
    await here.testbed.apply([
      namespace("shop"),
      ...standardMode,
      ...bound("shop", identity),
      ...operatorsRights,
      role("ClusterRole", "secret-reader", [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "create"] }]),
      role("Role", "shop/secret-maker", [{ apiGroups: [""], resources: ["secrets"], verbs: ["create"] }]),
      role("ClusterRole", "pod-reader", [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }]),
      ...names.flatMap(name => [
        serviceAccount("shop", `old-${name}`),
        deployment("shop", name, { label: "shop", account: `old-${name}`, replicas: 0 }),
      ]),
      roleBinding("shop/may-bind", "ClusterRole/secret-reader", old("may-bind")),
      roleBinding("shop/has-all-rights", "ClusterRole/pod-reader", old("has-all-rights")),
      roleBinding("shop/lacks-bind", "Role/secret-maker", old("lacks-bind")),
      roleBinding("shop/lacks-bind-too", "Role/secret-maker", old("lacks-bind")),
      roleBinding("shop/lacks-patch", "ClusterRole/pod-reader", old("lacks-patch")),
      roleBinding("of-the-cluster", "ClusterRole/secret-reader", old("of-the-cluster")),
    ]);
    before = await snapshot(here.testbed.kubectl);
    applied = await apply();
    after = await snapshot(here.testbed.kubectl);
  });
  afterAll(() => here?.stop());

  it("is told of each right that is missing before anything is written, with who lacks it", () => {
    const { stderr } = applied;
    expect(stderr).toContain("Cluster testbed: as operator\n");
    expect(stderr).toMatch(/^Azure: as app .*\(object id .*\) in tenant .*, cloud Simulated$/m);
    expect(stderr).toMatch(
      /You may not bind Role secret-maker in the namespace shop, which is needed for RoleBinding shop\/lacks-bind, RoleBinding shop\/lacks-bind-too: .*attempting to grant RBAC permissions not currently held/,
    );
    expect(stderr).toContain(
      "You may not patch rolebindings in the namespace shop, which is needed for RoleBinding shop/lacks-patch",
    );
    expect(stderr).toContain(
      "You may not bind ClusterRole pod-reader in the namespace shop, which is needed for RoleBinding shop/lacks-patch",
    );
    expect(stderr.match(/You may not/g)).toHaveLength(3);
    expect(stderr.indexOf("You may not")).toBeLessThan(stderr.indexOf("Stage prepare"));
  });

  it("is refused what needs them, whole, and nothing else", () => {
    expect(applied.code).toBe(4);
    expect(applied.document.refused).toEqual([
      {
        usage: usage("lacks-bind"),
        differences: ["RoleBinding shop/lacks-bind", "RoleBinding shop/lacks-bind-too"].map(
          binding => `not allowed: bind Role secret-maker in the namespace shop, for ${binding}`,
        ),
      },
      {
        usage: usage("lacks-patch"),
        differences: [
          "not allowed: patch rolebindings in the namespace shop, for RoleBinding shop/lacks-patch",
          "not allowed: bind ClusterRole pod-reader in the namespace shop, for RoleBinding shop/lacks-patch",
        ],
      },
    ]);
    const switches = applied.document.steps.filter(({ step }) => step.endsWith("#switch"));
    expect(switches.map(({ usages, outcome }) => [usages, outcome])).toEqual(
      ["free", "has-all-rights", "may-bind", "of-the-cluster"].map(name => [[usage(name)], "unproven"]),
    );
    const changed = [...after].filter(
      ([key, object]) => !key.includes("azwi-migrate") && JSON.stringify(object) !== JSON.stringify(before.get(key)),
    );
    expect(changed.map(([, object]) => keyOf(object)).filter(key => /lacks/.test(key))).toEqual([]);
    expect(
      changed
        .map(([, object]) => keyOf(object))
        .filter(key => /Binding/.test(key))
        .sort(),
    ).toEqual(["ClusterRoleBinding /of-the-cluster", "RoleBinding shop/has-all-rights", "RoleBinding shop/may-bind"]);
  });

  it("goes on once the roles that were printed are there, just as they are", async () => {
    const { stderr } = applied;
    await here.testbed.apply(stderr.slice(stderr.indexOf("---\n"), stderr.indexOf("\nAzure: as")));
    const { code, document } = await apply();
    expect([code, document.refused]).toEqual([0, []]);
    expect(await here.get("rolebinding", "shop", "lacks-bind-too")).toMatchObject({
      subjects: [accountSubject("shop", "old-lacks-bind"), accountSubject("shop", "lacks-bind")],
    });
    expect(await here.cli(["plan", "--service-account", "dedicated", "--detailed-exitcode"])).toMatchObject({
      code: 0,
    });
  });
});
