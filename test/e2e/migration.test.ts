import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/documents/plan.ts";
import type { Scan } from "../../src/core/documents/scan.ts";
import type { Verification } from "../../src/core/documents/verification.ts";
import { kubectlOrThrow } from "../testbed/kubectl.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import type { ManagedIdentity } from "./azure.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import { isIn, keyOf, type Snapshot, type StoredObject, snapshot } from "./snapshot.ts";
import {
  bound,
  cronJob,
  daemonSet,
  deployment,
  job,
  namespace,
  pod,
  replicaSet,
  serviceAccount,
  standardMode,
  statefulSet,
} from "./world.ts";

const clientID = "azure.workload.identity/client-id";
const createdFor = "azwi-migrate.dev/created-for";
const insteadOf = "azwi-migrate.dev/instead-of";

interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: Record<string, unknown>;
}

/** A copy of a stored workload, as it has to be after the switch. */
function switched(before: StoredObject | undefined, account?: string): StoredObject {
  if (!before) throw new Error("The workload is not in the snapshot");
  const after = structuredClone(before);
  const spec = after.spec as { template?: PodTemplate; jobTemplate?: { spec: { template: PodTemplate } } };
  const template = spec.jobTemplate?.spec.template ?? spec.template;
  if (!template) throw new Error(`${keyOf(before)} has no pod template`);
  template.metadata.labels["azure.workload.identity/use"] = "true";
  if (account !== undefined) Object.assign(template.spec, { serviceAccountName: account, serviceAccount: account });
  return after;
}

function annotated(before: StoredObject | undefined, identity: ManagedIdentity): StoredObject {
  if (!before) throw new Error("The service account is not in the snapshot");
  const annotations = { ...before.metadata.annotations, [clientID]: identity.clientID };
  return { ...before, metadata: { ...before.metadata, annotations } };
}

describe.skipIf(testbedOrSkip() === undefined)("a migration from standard mode, end to end", () => {
  let here: Environment;
  let cart: ManagedIdentity;
  let billing: ManagedIdentity;
  let before: Snapshot;
  let scan: Scan;
  let plan: Plan;
  let applied: Awaited<ReturnType<Environment["apply"]>>;

  const usage = (kind: string, name: string) => `${here.clusterID}/shop/${kind}/${name}`;
  const rolled = ["Deployment cart", "Deployment orders", "StatefulSet ledger", "DaemonSet agent"];

  beforeAll(async () => {
    here = await startEnvironment();
    cart = here.azure.addIdentity("cart");
    billing = here.azure.addIdentity("billing");
    const accounts = ["shared", "idle", "nightly", "agent", "tool", "pinned", "import", "bystander", "released"];
    await here.testbed.apply([
      ...["identities", "shop"].map(namespace),
      ...standardMode,
      ...bound("identities", cart),
      ...bound("identities", billing),
      ...accounts.map(name => serviceAccount("shop", name)),
      deployment("shop", "cart", { label: "cart", replicas: 2 }),
      deployment("shop", "orders", { label: "cart", account: "shared" }),
      statefulSet("shop", "ledger", { label: "billing", account: "shared", replicas: 2 }),
      deployment("shop", "idle", { label: "billing", account: "idle", replicas: 0 }),
      cronJob("shop", "nightly", { label: "cart", account: "nightly" }),
      daemonSet("shop", "agent", { label: "billing", account: "agent" }),
      pod("shop", "tool", { label: "cart", account: "tool" }),
      replicaSet("shop", "pinned", { label: "cart", account: "pinned" }),
      job("shop", "import", { label: "billing", account: "import" }),
      deployment("shop", "bystander", { account: "bystander" }),
      deployment("shop", "released", {
        label: "cart",
        account: "released",
        annotations: { "meta.helm.sh/release-name": "released", "meta.helm.sh/release-namespace": "shop" },
      }),
    ]);
    await here.settled();
    before = await snapshot(here.testbed.kubectl);
    scan = (await here.document<Scan>(["scan"])).document;
    plan = await here.plan("plan.json");
    expect(here.gate.writes).toEqual([]);
    applied = await here.apply("plan.json");
  });
  afterAll(() => here?.stop());

  it("finds every workload, with the identity that a binding of another namespace gives it", () => {
    const seen = scan.usages.map(({ id, state, serviceAccount, identities, findings }) => ({
      id,
      state,
      serviceAccount,
      identities: identities.map(one => `${one.namespace}/${one.name}`),
      findings,
    }));
    const legacy = (kind: string, name: string, serviceAccount: string, identity: string, ...findings: string[]) => ({
      id: usage(kind, name),
      state: "legacy",
      serviceAccount,
      identities: [`identities/${identity}`],
      findings,
    });
    expect(seen).toEqual([
      legacy("CronJob", "nightly", "nightly", "cart", "service-account-reused"),
      legacy("DaemonSet", "agent", "agent", "billing", "service-account-reused"),
      legacy("Deployment", "cart", "default", "cart", "service-account-default"),
      legacy("Deployment", "idle", "idle", "billing", "no-replicas", "service-account-reused"),
      legacy("Deployment", "orders", "shared", "cart", "field-set-by-hand", "service-account-shared"),
      legacy("Deployment", "released", "released", "cart", "object-owned", "service-account-reused"),
      legacy("Job", "import", "import", "billing", "finished-pods-hold-identity", "workload-finished"),
      legacy("Pod", "tool", "tool", "cart", "pod-not-managed", "service-account-reused"),
      legacy("ReplicaSet", "pinned", "pinned", "cart", "pods-do-not-roll", "service-account-reused"),
      legacy("StatefulSet", "ledger", "shared", "billing", "field-set-by-hand", "service-account-shared"),
    ]);
    expect(scan.sources).toMatchObject([
      {
        id: here.clusterID,
        issuer: here.testbed.issuer,
        podIdentity: [{ mode: "standard", namespaced: false, nmi: "1.8.17", mic: "1.8.17" }],
        webhook: { installed: true },
      },
    ]);
  });

  it("applies everything but what Helm owns and what nobody can change, and tells each outcome", () => {
    expect(applied.code).toBe(0);
    expect(plan.mappings.filter(one => one.blockedBy.length > 0)).toEqual([]);
    const outcomes = applied.document.steps
      .filter(({ step }) => step.endsWith("#switch"))
      .map(({ step, outcome }) => [step.slice(`${here.clusterID}/shop/`.length, -"#switch".length), outcome]);
    expect(Object.fromEntries(outcomes)).toEqual({
      "CronJob/nightly": "unproven",
      "DaemonSet/agent": "applied",
      "Deployment/cart": "applied",
      "Deployment/idle": "unproven",
      "Deployment/orders": "applied",
      "Deployment/released": "git",
      "Pod/tool": "manual",
      "ReplicaSet/pinned": "unproven",
      "StatefulSet/ledger": "applied",
    });
  });

  it("leaves everything else in the cluster as it was, field by field", async () => {
    const after = await snapshot(here.testbed.kubectl);
    const changed = (
      key: string,
      change: (object: StoredObject | undefined) => StoredObject,
    ): [string, StoredObject] => [key, change(before.get(key))];
    const created = (workload: string, instead: string, identity: ManagedIdentity): [string, StoredObject] => [
      `ServiceAccount shop/${workload.split("/")[1]}`,
      {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: {
          namespace: "shop",
          name: workload.split("/")[1] ?? "",
          uid: expect.any(String),
          creationTimestamp: expect.any(String),
          annotations: { [clientID]: identity.clientID, [createdFor]: workload, [insteadOf]: instead },
        },
      },
    ];
    const expected = new Map([
      ...before,
      created("Deployment/cart", "default", cart),
      created("Deployment/orders", "shared", cart),
      created("StatefulSet/ledger", "shared", billing),
      ...["nightly", "tool", "pinned", "released"].map(name =>
        changed(`ServiceAccount shop/${name}`, object => annotated(object, cart)),
      ),
      ...["idle", "agent"].map(name => changed(`ServiceAccount shop/${name}`, object => annotated(object, billing))),
      ...["Deployment shop/cart", "Deployment shop/orders", "StatefulSet shop/ledger"].map(key =>
        changed(key, object => switched(object, key.split("/")[1])),
      ),
      ...["Deployment shop/idle", "CronJob shop/nightly", "DaemonSet shop/agent", "ReplicaSet shop/pinned"].map(key =>
        changed(key, object => switched(object)),
      ),
    ]);
    const isRecord = isIn("azwi-migrate");
    expect(new Map([...after].filter(([, object]) => !isRecord(object)))).toEqual(expected);
    const recorded = [...after.values()].filter(isRecord);
    expect(new Set(recorded.map(({ kind }) => kind))).toEqual(new Set(["Namespace", "ConfigMap", "ServiceAccount"]));
  });

  it("records every step that it wrote, as done", async () => {
    const list = await kubectlOrThrow(here.testbed.kubectl, [
      ...["get", "configmaps", "-n", "azwi-migrate", "-l", "azwi-migrate.dev/run", "-o", "json"],
    ]);
    const records = (JSON.parse(list) as { items: { data: Record<string, string> }[] }).items.map(
      item => JSON.parse(item.data["record.json"] ?? "") as { state: string; run: string; step: { id: string } },
    );
    const written = applied.document.steps.filter(({ outcome }) => outcome === "applied" || outcome === "unproven");
    expect(records.map(({ state, run, step }) => ({ state, run, step: step.id })).sort(byStep)).toEqual(
      written.map(({ step }) => ({ state: "done", run: applied.document.run, step })).sort(byStep),
    );
  });

  it("gives each identity one credential an account, and nobody else's", () => {
    const subjects = (identity: ManagedIdentity) =>
      here.azure
        .credentialsOf(identity)
        .map(({ issuer, subject, audience }) => ({ issuer, subject, audience }))
        .sort((a, b) => (a.subject < b.subject ? -1 : 1));
    const trust = (account: string) => ({
      issuer: here.testbed.issuer,
      subject: `system:serviceaccount:shop:${account}`,
      audience: "api://AzureADTokenExchange",
    });
    expect(subjects(cart)).toEqual(["cart", "nightly", "orders", "pinned", "released", "tool"].map(trust));
    expect(subjects(billing)).toEqual(["agent", "idle", "ledger"].map(trust));
  });

  it.each(rolled)("restarts the pods of %s with what the real webhook injects", async workload => {
    const name = workload.split(" ")[1] ?? "";
    const list = await kubectlOrThrow(here.testbed.kubectl, [
      "get",
      "pods",
      "-n",
      "shop",
      "-l",
      `app=${name}`,
      "-o",
      "json",
    ]);
    const { items } = JSON.parse(list) as { items: StoredObject[] };
    const identity = ["ledger", "agent"].includes(name) ? billing : cart;
    expect(items.length).toBeGreaterThan(0);
    for (const item of items) {
      expect(item).toMatchObject({
        status: { phase: "Running" },
        spec: {
          serviceAccountName: name,
          containers: [
            {
              env: expect.arrayContaining([
                { name: "AZURE_CLIENT_ID", value: identity.clientID },
                { name: "AZURE_TENANT_ID", value: here.testbed.tenantId },
              ]),
            },
          ],
          volumes: expect.arrayContaining([
            expect.objectContaining({
              projected: expect.objectContaining({
                sources: [{ serviceAccountToken: expect.objectContaining({ audience: "api://AzureADTokenExchange" }) }],
              }),
            }),
          ]),
        },
      });
    }
  });

  it("has nothing live left to do in a second plan", async () => {
    const { code, document: again } = await here.document<Plan>(["plan", "--detailed-exitcode"]);
    expect(again.steps.map(({ id, route }) => [id, route])).toEqual([
      [`${usage("Deployment", "released")}#switch`, "git"],
      [`${usage("Pod", "tool")}#switch`, "manual"],
    ]);
    expect(code).toBe(2);
    const writes = here.gate.stored.length;
    expect((await here.apply("plan.json")).document.summary).toMatchObject({ applied: 0, failed: 0, refused: 0 });
    expect(here.gate.stored.length).toBe(writes);
  });

  it("verifies what was rolled, with dry-run pods too, and writes nothing for it", async () => {
    const writes = here.gate.stored.length;
    const { checks } = (await here.document<Verification>(["verify", "--dry-run-pods"])).document;
    for (const workload of rolled) {
      const [kind, name] = workload.split(" ") as [string, string];
      const id = usage(kind, name);
      expect(checks.filter(check => check.usage === id).map(({ code, result }) => [code, result])).toEqual([
        ["credential-matches", "passed"],
        ...(name === "agent" ? [] : [["role-bindings-carried-over", "passed"]]),
        ["service-account-annotated", "passed"],
        ["dry-run-pod-mutated", "passed"],
        ["pods-mutated", "passed"],
        ["template-selects-webhook", "passed"],
      ]);
    }
    expect(here.gate.stored.length).toBe(writes);
  });
});

function byStep(a: { step: string }, b: { step: string }): number {
  return a.step < b.step ? -1 : 1;
}
