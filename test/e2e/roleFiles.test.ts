import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { Plan } from "../../src/core/documents/plan.ts";
import type { RunResult } from "../../src/core/documents/runResult.ts";
import type { Scan } from "../../src/core/documents/scan.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { kubectlOrThrow } from "../testbed/kubectl.ts";
import { poll } from "../testbed/poll.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import { accountSubject, type Rule, rbac, roleBinding } from "./rights.ts";
import { bound, deployment, namespace, serviceAccount, standardMode, statefulSet } from "./world.ts";

const operator = [{ apiGroup: rbac, kind: "User", name: "operator" }];

async function objectsOf(file: string): Promise<KubernetesObject[]> {
  const text = await readFile(new URL(`../../examples/roles/${file}`, import.meta.url), "utf8");
  return parseAllDocuments(text).map(document => document.toJS() as KubernetesObject);
}

const rulesOf = (object: KubernetesObject) => (object as { rules?: Rule[] }).rules ?? [];

/** What tells of the webhook in a cluster; the one that answers here runs beside it. */
const webhookObjects = (tenantID: string) => {
  const labels = { "azure-workload-identity.io/system": "true" };
  const metadata = { namespace: "azure-workload-identity-system" };
  const image = "mcr.microsoft.com/oss/v2/azure/workload-identity/webhook:v1.6.0";
  const envFrom = [{ configMapRef: { name: "azure-wi-webhook-config" } }];
  return [
    namespace(metadata.namespace),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { ...metadata, name: "azure-wi-webhook-config" },
      data: { AZURE_TENANT_ID: tenantID },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...metadata, name: "azure-wi-webhook-controller-manager" },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "manager", image, envFrom }] } },
      },
    },
  ];
};

/** What no step of this world needs: other kinds, identity bindings, and what only dry runs do. */
const unused = /replicationcontrollers|pods|azure\.com|cronjobs/;

describe.skipIf(testbedOrSkip() === undefined)("the role files of the examples", () => {
  let here: Environment;
  let roles: KubernetesObject[];
  const as = { user: "operator" } as const;

  beforeAll(async () => {
    here = await startEnvironment();
    roles = await objectsOf("operator.yaml");
    const identity = here.azure.addIdentity("shop");
    await here.testbed.apply([
      namespace("shop"),
      ...webhookObjects(here.testbed.tenantId),
      ...standardMode,
      ...bound("shop", identity),
      serviceAccount("shop", "cart"),
      deployment("shop", "cart", { label: "shop", account: "cart", replicas: 0 }),
      statefulSet("shop", "orders", { label: "shop" }),
      roleBinding("shop/read", "ClusterRole/view", [accountSubject("shop", "default")]),
      ...(await objectsOf("read-only.yaml")),
      roleBinding("operator-reads", "ClusterRole/azwi-migrate-reader", operator),
    ]);
    await here.settled();
  });
  afterAll(() => here?.stop());

  /** Waits until the API server's authorizer has seen what it was given. */
  async function canI(answer: "yes" | "no", rule: Rule): Promise<void> {
    const resource = `${rule.resources?.[0]}${rule.apiGroups?.[0] ? `.${rule.apiGroups[0]}` : ""}`.split("/");
    const where = resource[0] === "configmaps" ? "azwi-migrate" : "shop";
    const args = [
      ...["auth", "can-i", rule.verbs[0] ?? "", resource[0] ?? "", "--as", "operator", "-n", where],
      ...(resource[1] ? [`--subresource=${resource[1]}`] : []),
    ];
    const ask = async () => ((await here.testbed.kubectl(args)).stdout.trim() === answer ? true : undefined);
    await poll(ask, { what: `${args.join(" ")} is ${answer}`, timeoutMilliseconds: 30_000 });
  }

  it("let a reader scan and plan all there is, and lack nothing", async () => {
    for (const command of ["scan", "plan"]) {
      const [reader, admin] = [
        await here.document<Scan | Plan>([command], as),
        await here.document<Scan | Plan>([command]),
      ];
      expect(reader).toEqual(admin);
      expect(reader.document.sources).toMatchObject([{ webhook: { tenantID: here.testbed.tenantId } }]);
      expect(reader.document.findings.filter(({ code }) => /not-(readable|checked)/.test(code))).toEqual([]);
    }
  });

  it("give an operator nothing that the preflight does not miss when it is taken away", async () => {
    await here.testbed.apply([
      ...roles,
      ...roles
        .filter(({ kind }) => kind === "ClusterRole")
        .map(({ metadata: { name } }) => roleBinding(name, `ClusterRole/${name}`, operator)),
      roleBinding("azwi-migrate/azwi-migrate-records", "Role/azwi-migrate-records", operator),
    ]);
    const missed: string[] = [];
    const needed = roles.flatMap(role => rulesOf(role).map(rule => ({ role, rule })));
    for (const { role, rule } of needed.filter(one => !unused.test(JSON.stringify(one.rule)))) {
      // What that role gives is for identity bindings alone.
      if (role.metadata.name.endsWith("identity-bindings")) continue;
      const rest = rulesOf(role).filter(one => one !== rule);
      await here.testbed.apply([{ ...role, rules: rest }]);
      await canI("no", rule);
      const { stderr } = await here.cli(["apply"], as);
      const words = rule.verbs.includes("bind") ? ["bind"] : (rule.resources ?? []);
      if (!words.some(word => new RegExp(`You may not .*${word}`).test(stderr)))
        missed.push(`${JSON.stringify(rule)}: ${stderr}`);
      await here.testbed.apply([role]);
      await canI("yes", rule);
    }
    expect(missed).toEqual([]);
  });

  it("let an operator apply and dry-run", async () => {
    const { document: plan } = await here.document<Plan>(["plan", "--dry-run=server"], as);
    expect(Object.values(plan.observed.dryRuns).map(({ result }) => result)).not.toContain("refused");
    const { code, document, stderr } = await here.document<RunResult>(
      ["apply", "--yes", "--exchange-interval", "1", "--exchange-timeout", "60"],
      as,
    );
    expect([code, document.refused, document.summary.failed], stderr).toEqual([0, [], 0]);
    expect(stderr).not.toContain("You may not");
    const binding = await kubectlOrThrow(here.testbed.kubectl, [
      "get",
      "rolebinding",
      "-n",
      "shop",
      "read",
      "-o",
      "json",
    ]);
    expect((JSON.parse(binding) as { subjects: object[] }).subjects).toHaveLength(2);
  });
});
