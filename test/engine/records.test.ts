import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { ApiError } from "../../src/core/ports.ts";
import { Records, recordSource, recordsNamespace, runLabel } from "../../src/engine/records.ts";
import { app, engineWorld, isRecord } from "./world.ts";

const unseen = { object: undefined };

async function world() {
  const made = await engineWorld({ objects: app("cart") });
  const { steps } = (await made.judge()).steps;
  const [account, trust] = steps;
  if (!account || !trust) throw new Error("no steps");
  const stored = (): KubernetesObject[] => made.cluster.objects("ConfigMap").filter(isRecord);
  return { ...made, account, trust, stored, records: new Records(made.access, "run-1") };
}

describe("a record", () => {
  it("is a ConfigMap of the run, with the step and what was there before", async () => {
    const { records, account, stored } = await world();
    expect(await records.open()).toEqual([]);
    const record = await records.intend(account, unseen);
    expect(record).toEqual({ run: "run-1", seq: 1, state: "intent", step: account, observedBefore: [null] });
    expect(stored()).toMatchObject([
      {
        metadata: {
          name: expect.stringMatching(/^run-1-[0-9a-f]{16}$/),
          namespace: recordsNamespace,
          labels: { "app.kubernetes.io/managed-by": "azwi-migrate", [runLabel]: "run-1" },
        },
      },
    ]);
    const usageLabels = Object.keys(stored()[0]?.metadata.labels ?? {}).filter(key => key.startsWith("usage."));
    expect(usageLabels).toEqual([expect.stringMatching(/^usage\.azwi-migrate\.dev\/[0-9a-f]{16}$/)]);
    await records.markDone(record);
    expect(await records.open()).toEqual([{ ...record, state: "done" }]);
    expect(stored()).toHaveLength(1);
  });

  it("gets the next number in its cluster, also in another process and another run", async () => {
    const { records, access, account, trust } = await world();
    await records.open();
    await records.intend(account, unseen);
    const later = new Records(access, "run-1");
    await later.open();
    expect((await later.intend(trust, unseen)).seq).toBe(2);
    const other = new Records(access, "run-2");
    expect((await other.open()).map(one => one.run)).toEqual(["run-1", "run-1"]);
    expect((await other.intend(trust, unseen)).seq).toBe(3);
  });

  it("replaces the one that was left of the same step and run", async () => {
    const { records, account, stored } = await world();
    await records.open();
    await records.intend(account, unseen);
    expect((await records.intend(account, unseen)).seq).toBe(2);
    expect(await records.open()).toMatchObject([{ seq: 2, state: "intent" }]);
    expect(stored()).toHaveLength(1);
  });

  it("is marked even when somebody has deleted it meanwhile", async () => {
    const { records, account, access, cluster, stored } = await world();
    await records.open();
    const record = await records.intend(account, unseen);
    const name = stored()[0]?.metadata.name ?? "";
    await fetch(`${cluster.url}/api/v1/namespaces/${recordsNamespace}/configmaps/${name}`, { method: "DELETE" });
    expect(stored()).toEqual([]);
    await records.markDone(record);
    expect(await new Records(access, "run-1").open()).toMatchObject([{ seq: 1, state: "done" }]);
  });

  it("of a credential is kept in the cluster whose workload needs it", async () => {
    const { account, trust, cluster } = await world();
    expect([account, trust].map(recordSource)).toEqual([cluster.kubeSystemUid, cluster.kubeSystemUid]);
  });

  it("is not taken from a ConfigMap under another name, whatever its labels say", async () => {
    const { records, account, access, stored } = await world();
    await records.open();
    await records.intend(account, unseen);
    const [object] = stored();
    if (!object) throw new Error("no record");
    const { labels } = object.metadata;
    await access.create({
      ...object,
      metadata: { name: "copy", namespace: recordsNamespace, ...(labels ? { labels } : {}) },
    });
    expect(await records.open()).toHaveLength(1);
  });
});

describe("the namespace of records", () => {
  it("is made once, by whoever comes first", async () => {
    const { records, access, account, trust, writes } = await world();
    const second = new Records(access, "run-2");
    await Promise.all([records.intend(account, unseen), records.intend(trust, unseen), second.intend(account, unseen)]);
    expect(writes().filter(one => one.endsWith("namespaces"))).toEqual(["POST v1/namespaces"]);
  });

  it("is asked for again after it could not be made", async () => {
    const { records, account, cluster } = await world();
    const end = cluster.fail({
      request: { method: "POST", path: "/api/v1/namespaces" },
      answer: 503,
      reason: "ServiceUnavailable",
    });
    await expect(records.intend(account, unseen)).rejects.toThrow(ApiError);
    end();
    expect(await records.intend(account, unseen)).toMatchObject({ state: "intent" });
  });
});
