import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/documents/plan.ts";
import type { Scan } from "../../src/core/documents/scan.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import type { ManagedIdentity } from "./azure.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import {
  azureIdentity,
  azureIdentityBinding,
  bound,
  deployment,
  managedMode,
  namespace,
  serviceAccount,
} from "./world.ts";

describe.skipIf(testbedOrSkip() === undefined)("a migration from managed mode, end to end", () => {
  let here: Environment;
  let scan: Scan;
  let plan: Plan;
  let own: ManagedIdentity;
  let foreign: ManagedIdentity;
  let trap: ManagedIdentity;

  beforeAll(async () => {
    here = await startEnvironment();
    own = here.azure.addIdentity("own");
    foreign = here.azure.addIdentity("foreign");
    trap = here.azure.addIdentity("trap");
    await here.testbed.apply([
      ...["shop", "elsewhere", "trapped"].map(namespace),
      ...managedMode,
      ...bound("shop", own),
      ...bound("elsewhere", foreign),
      azureIdentity("trapped", trap),
      azureIdentityBinding("trapped", { azureIdentity: "trap", selector: "" }),
      serviceAccount("shop", "near"),
      serviceAccount("trapped", "plain"),
      deployment("shop", "near", { label: "own", account: "near" }),
      deployment("shop", "far", { label: "foreign" }),
      deployment("shop", "plain"),
      deployment("trapped", "plain", { account: "plain" }),
      deployment("trapped", "empty", { label: "" }),
      deployment("trapped", "other", { label: "other" }),
    ]);
    await here.settled();
    scan = (await here.document<Scan>(["scan"])).document;
    plan = await here.plan("plan.json");
  });
  afterAll(() => here?.stop());

  const brief = ({ id, via, state, identities }: Scan["usages"][number]) => ({
    id: id.slice(here.clusterID.length + 1),
    via,
    state,
    identities: identities.map(({ namespace, name }) => `${namespace}/${name}`),
  });

  it("sees the mode", () => {
    expect(scan.sources).toMatchObject([{ podIdentity: [{ mode: "managed", namespaced: true, nmi: "1.8.17" }] }]);
  });

  it("matches inside the namespace only", () => {
    expect(scan.usages.map(brief).filter(({ id }) => id.startsWith("shop/"))).toEqual([
      { id: "shop/Deployment/far", via: "label", state: "unmatched", identities: [] },
      { id: "shop/Deployment/near", via: "label", state: "legacy", identities: ["shop/own"] },
    ]);
    expect(scan.findings).toContainEqual(
      expect.objectContaining({
        code: "label-without-binding",
        subject: expect.objectContaining({ namespace: "shop", name: "far" }),
      }),
    );
  });

  it("sees that a binding without selector gives its identity to every pod without a label, or with an empty one", () => {
    expect(scan.usages.map(brief).filter(({ id }) => id.startsWith("trapped/"))).toEqual([
      { id: "trapped/Deployment/empty", via: "label", state: "legacy", identities: ["trapped/trap"] },
      { id: "trapped/Deployment/other", via: "label", state: "unmatched", identities: [] },
      { id: "trapped/Deployment/plain", via: "emptySelector", state: "legacy", identities: ["trapped/trap"] },
    ]);
  });

  it("moves what matched, and leaves the rest alone", async () => {
    const { code, document } = await here.apply("plan.json");
    expect(code).toBe(0);
    const outcomes = document.steps.filter(({ step }) => step.endsWith("#switch"));
    expect(outcomes.map(({ step, outcome }) => [step.slice(here.clusterID.length + 1), outcome])).toEqual([
      ["shop/Deployment/near#switch", "applied"],
      ["trapped/Deployment/empty#switch", "applied"],
      ["trapped/Deployment/plain#switch", "applied"],
    ]);
    expect(plan.steps.flatMap(({ usages }) => usages).filter(id => /far|other/.test(id))).toEqual([]);
    expect(here.azure.credentialsOf(own).map(({ subject }) => subject)).toEqual(["system:serviceaccount:shop:near"]);
    expect(here.azure.credentialsOf(foreign)).toEqual([]);
    const again = await here.document<Plan>(["plan", "--detailed-exitcode"]);
    expect({ code: again.code, steps: again.document.steps }).toEqual({ code: 0, steps: [] });
  });
});
