import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/documents/plan.ts";
import type { Verification } from "../../src/core/documents/verification.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { valuesOf } from "../../src/core/workloadIdentity/workloadIdentity.ts";
import { subscriptionId } from "../sandbox/azure/world.ts";
import { tenantId } from "../testbed/components.ts";
import { kubectlOrThrow } from "../testbed/kubectl.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import type { ManagedIdentity } from "./azure.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import { azureIdentity, azureIdentityBinding, deployment, namespace, serviceAccount, standardMode } from "./world.ts";

const cluster = `/subscriptions/${subscriptionId}/resourceGroups/aks/providers/Microsoft.ContainerService/managedClusters/west`;
const decided = ["--trust", "identityBinding", "--cluster-resource-id", cluster];

/** The real webhook is a process of the testbed; in a cluster its Deployment shows how it is set up. */
const webhookDeployment: KubernetesObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "azure-wi-webhook-controller-manager",
    namespace: "kube-system",
    labels: { "azure-workload-identity.io/system": "true" },
  },
  spec: {
    selector: { matchLabels: { app: "webhook" } },
    template: {
      metadata: { labels: { app: "webhook", "azure-workload-identity.io/system": "true" } },
      spec: {
        containers: [
          {
            name: "manager",
            image: "mcr.microsoft.com/oss/v2/azure/workload-identity/webhook:v1.6.0-alpha.1",
            args: [
              "--custom-token-endpoint-annotation-suffix=identity-binding",
              "--custom-token-endpoint-audience=api://AKSIdentityBinding",
            ],
          },
        ],
      },
    },
  },
};

describe.skipIf(testbedOrSkip() === undefined)("workloads that share an identity binding", () => {
  let here: Environment;
  let shared: ManagedIdentity;

  beforeAll(async () => {
    here = await startEnvironment();
    shared = here.azure.addIdentity("shared");
    here.azure.simulated.addManagedCluster({
      subscriptionId,
      tenantId,
      resourceGroup: "aks",
      name: "west",
      properties: {
        oidcIssuerProfile: { enabled: true, issuerURL: here.testbed.issuer },
        securityProfile: { workloadIdentity: { enabled: true } },
      },
    });
    await here.testbed.apply([
      ...standardMode,
      webhookDeployment,
      namespace("shared"),
      azureIdentity("shared", shared),
      azureIdentityBinding("shared", { azureIdentity: "shared", selector: "shared" }),
      ...["one", "two"].flatMap(name => [
        serviceAccount("shared", name),
        deployment("shared", name, { label: "shared", account: name }),
      ]),
    ]);
    await here.settled();
  });
  afterAll(() => here?.stop());

  /** Asks the API server's authorizer as AKS's proxy does. */
  async function mayUse(account: string): Promise<boolean> {
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: `system:serviceaccount:shared:${account}`,
        resourceAttributes: { verb: "use-managed-identity", group: "cid.wi.aks.azure.com", resource: shared.clientID },
      },
    };
    const answer = await kubectlOrThrow(here.testbed.kubectl, ["create", "-f", "-", "-o", "json"], {
      input: JSON.stringify(review),
    });
    return (JSON.parse(answer) as { status: { allowed: boolean } }).status.allowed;
  }

  it("get a token for the proxy from the real webhook, and rights from the real API server", async () => {
    const { document: plan } = await here.document<Plan>(["plan", ...decided]);
    expect(plan.mappings.map(({ blockedBy, notChecked }) => [...blockedBy, ...notChecked])).toEqual([[], []]);
    expect(plan.summary).toMatchObject({ trust: 0, bind: 1, create: 3, patch: 4 });

    const { code, stderr, document } = await here.apply(...decided);
    expect([code, stderr, document.summary.failed]).toEqual([0, expect.any(String), 0]);
    expect(here.azure.credentialsOf(shared)).toMatchObject([{ name: "aks-identity-binding" }]);
    const list = await kubectlOrThrow(here.testbed.kubectl, ["get", "pods", "-n", "shared", "-o", "json"]);
    const pods = (JSON.parse(list) as { items: KubernetesObject[] }).items;
    expect(new Set(pods.flatMap(pod => valuesOf(pod, "AZURE_KUBERNETES_TOKEN_PROXY")))).toEqual(
      new Set(["https://kubernetes.default.svc"]),
    );
    expect([await mayUse("one"), await mayUse("two"), await mayUse("default")]).toEqual([true, true, false]);
  });

  it("need nothing more then, and are verified", async () => {
    const again = await here.apply(...decided);
    expect([again.code, again.document.steps]).toEqual([0, []]);
    const { code, document } = await here.document<Verification>(["verify", ...decided]);
    expect(code).toBe(0);
    expect(new Set(document.checks.map(({ code: check, result }) => `${check} ${result}`))).toContain(
      "identity-binding-matches passed",
    );
  });
});
