import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/documents/plan.ts";
import type { Verification } from "../../src/core/documents/verification.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { clientIDAnnotation, tenantIDAnnotation, valuesOf } from "../../src/core/workloadIdentity/workloadIdentity.ts";
import { tenantId } from "../testbed/components.ts";
import { kubectlOrThrow } from "../testbed/kubectl.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import { azureIdentityBinding, deployment, namespace, serviceAccount, standardMode } from "./world.ts";

const clientID = "a9900000-0000-4000-8000-000000000001";
/** Where the application is a guest, and the workload gets its tokens: neither the operator's tenant nor the webhook's. */
const guestTenant = "9e570000-0000-4000-8000-000000000002";

describe.skipIf(testbedOrSkip() === undefined)("a workload whose AzureIdentity is a service principal", () => {
  let here: Environment;

  beforeAll(async () => {
    here = await startEnvironment();
    here.azure.simulated.addApplication({
      tenantId,
      clientId: clientID,
      displayName: "till",
      guestTenants: [guestTenant],
    });
    const spec = {
      type: 1,
      clientID,
      tenantID: guestTenant,
      clientPassword: { name: "till-sp", namespace: "till" },
    };
    await here.testbed.apply([
      ...standardMode,
      namespace("till"),
      {
        apiVersion: "aadpodidentity.k8s.io/v1",
        kind: "AzureIdentity",
        metadata: { namespace: "till", name: "till" },
        spec,
      },
      azureIdentityBinding("till", { azureIdentity: "till", selector: "till" }),
      serviceAccount("till", "app"),
      deployment("till", "app", { label: "till", account: "app" }),
    ]);
    await here.settled();
  });
  afterAll(() => here?.stop());

  it("moves with a credential in Graph, and gets tokens of its own tenant through the real webhook", async () => {
    const { document: plan } = await here.document<Plan>(["plan"]);
    expect(plan.principals).toEqual([{ id: clientID, type: "application", clientID, limit: 20, credentials: [] }]);
    expect(plan.mappings).toMatchObject([{ trusts: [{ principal: clientID }], blockedBy: [], notChecked: [] }]);
    expect(plan.findings).toContainEqual(
      expect.objectContaining({
        code: "client-secret-removable",
        args: { secret: "till/till-sp", clientID, what: "secret" },
      }),
    );

    const { code, document } = await here.apply();
    expect([code, document.steps.map(({ outcome }) => outcome)]).toEqual([0, ["applied", "applied", "applied"]]);
    expect(here.azure.simulated.applicationCredentials(clientID)).toMatchObject([
      { issuer: here.testbed.issuer, subject: "system:serviceaccount:till:app" },
    ]);
    const account = await here.get<KubernetesObject>("serviceaccount", "till", "app");
    expect(account.metadata.annotations).toMatchObject({
      [clientIDAnnotation]: clientID,
      [tenantIDAnnotation]: guestTenant,
    });
    const list = await kubectlOrThrow(here.testbed.kubectl, ["get", "pods", "-n", "till", "-o", "json"]);
    const pods = (JSON.parse(list) as { items: KubernetesObject[] }).items;
    expect(new Set(pods.flatMap(pod => valuesOf(pod, "AZURE_TENANT_ID")))).toEqual(new Set([guestTenant]));
    expect(new Set(pods.flatMap(pod => valuesOf(pod, "AZURE_CLIENT_ID")))).toEqual(new Set([clientID]));
  });

  it("needs nothing more then, and is proven by a real token", async () => {
    const again = await here.apply();
    expect([again.code, again.document.steps]).toEqual([0, []]);
    const { code, document } = await here.document<Verification>(["verify", "--exchange"]);
    expect(code).toBe(0);
    const results = Object.fromEntries(document.checks.map(check => [check.code, check.result]));
    expect(results).toMatchObject({
      "credential-matches": "passed",
      "service-account-annotated": "passed",
      "pods-mutated": "passed",
      "token-exchanged": "passed",
    });
  });
});
