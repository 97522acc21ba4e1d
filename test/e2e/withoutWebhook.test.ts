import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/documents/plan.ts";
import { useLabel } from "../../src/core/workloadIdentity/workloadIdentity.ts";
import { kubectlOrThrow } from "../testbed/kubectl.ts";
import type { KubernetesObject } from "../testbed/objects.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import { bound, deployment, namespace, serviceAccount, standardMode } from "./world.ts";

describe.skipIf(testbedOrSkip() === undefined)("a cluster whose webhook is not there yet", () => {
  let here: Environment;
  let configurations: KubernetesObject[];
  const kubectl = (...args: string[]) => kubectlOrThrow(here.testbed.kubectl, args);
  const labels = async () =>
    (
      await here.get<{ spec: { template: { metadata: { labels: Record<string, string> } } } }>(
        "deployment",
        "shop",
        "cart",
      )
    ).spec.template.metadata.labels;

  beforeAll(async () => {
    here = await startEnvironment();
    const identity = here.azure.addIdentity("cart");
    await here.testbed.apply([
      namespace("shop"),
      ...standardMode,
      ...bound("shop", identity),
      serviceAccount("shop", "cart"),
      deployment("shop", "cart", { label: "cart", account: "cart" }),
    ]);
    await here.settled();
    const list = await kubectl("get", "mutatingwebhookconfigurations", "-o", "json");
    // Without what the API server has added.
    const { items } = JSON.parse(list) as { items: (KubernetesObject & { metadata: { name: string } })[] };
    configurations = items.map(({ metadata: { name }, ...rest }) => ({ ...rest, metadata: { name } }));
    await kubectl("delete", "mutatingwebhookconfigurations", "--all");
  });
  afterAll(() => here?.stop());

  it("gets accounts and credentials, a token of which Entra takes, and keeps its pods", async () => {
    const { code, document } = await here.apply("--stage", "prepare");
    expect({ code, ...document }).toMatchObject({
      code: 3,
      prepareOnly: [{ switchBlockedBy: ["webhook-not-installed"] }],
      proofs: [{ code: "token-exchanged", result: "passed" }],
      summary: { applied: 2, failed: 0, stopped: 0, refused: 0, blocked: 1 },
    });
    expect(await labels()).not.toHaveProperty([useLabel]);
    const whole = await here.apply();
    expect([whole.code, whole.document.summary.applied]).toEqual([3, 0]);
  });

  it("is switched when the webhook is there, with what was prepared", async () => {
    await here.testbed.apply(configurations);
    const { document } = await here.document<Plan>(["plan"]);
    expect(document.steps.map(({ stage }) => stage)).toEqual(["switch"]);
    expect((await here.apply()).code).toBe(0);
    expect(await labels()).toHaveProperty([useLabel], "true");
  });
});
