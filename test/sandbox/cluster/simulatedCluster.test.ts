import { describe, expect, it } from "vitest";
import { workload, world } from "./world.ts";

const USE = { "azure.workload.identity/use": "true" };

describe("the simulated cluster", () => {
  it("has the same uid for kube-system every time", async () => {
    const [first, second] = [await world(), await world()];
    expect(first.cluster.kubeSystemUid).toBe(second.cluster.kubeSystemUid);
  });

  it("serves custom kinds by their definitions, and guesses those that come without", async () => {
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "oddities.example.com" },
      spec: {
        group: "example.com",
        names: { kind: "Odd", plural: "oddities" },
        scope: "Namespaced",
        versions: [{ name: "v1", served: true, storage: true }],
      },
    };
    const { get } = await world({
      objects: [
        definition,
        { apiVersion: "example.com/v1", kind: "Odd", metadata: { name: "a" } },
        { apiVersion: "keda.sh/v1alpha1", kind: "ClusterTriggerAuthentication", metadata: { name: "b" } },
      ],
    });
    expect((await get("/apis/example.com/v1/namespaces/default/oddities/a")).kind).toBe("Odd");
    expect((await get("/apis/keda.sh/v1alpha1/clustertriggerauthentications/b")).metadata.name).toBe("b");
  });

  it("forgets the state behind a continue token after some minutes and offers to go on with the present one", async () => {
    const { clock, connection } = await world({ objects: ["a", "b", "c"].map(name => workload("Deployment", name)) });
    const list = async (query: Record<string, string>) =>
      (await connection.request({ method: "GET", path: "/apis/apps/v1/deployments", query })) as {
        metadata: { continue: string };
        items: { metadata: { name: string } }[];
      };
    const first = await list({ limit: "1" });
    for (const name of ["d", "e"]) {
      await clock.sleep(6 * 60_000);
      const { metadata: _metadata, ...rest } = workload("Deployment", name);
      const body = { ...rest, metadata: { name } };
      await connection.request({ method: "POST", path: "/apis/apps/v1/namespaces/shop/deployments", body });
    }
    const late = await list({ limit: "1", continue: first.metadata.continue }).catch((error: unknown) => error);
    expect(late).toMatchObject({ status: 410, reason: "Expired" });
  });

  it("mutates pods as webhook 1.5.1 does, with the proxy as an ordinary container before Kubernetes 1.32", async () => {
    const { connection } = await world({
      objects: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }],
      version: "1.31.4",
      webhook: { version: "1.5.1", tenantId: "tenant" },
    });
    const annotations = { "azure.workload.identity/inject-proxy-sidecar": "true" };
    const pod = (await connection.request({
      method: "POST",
      path: "/api/v1/namespaces/shop/pods",
      query: { dryRun: "All" },
      body: {
        metadata: { name: "probe", labels: USE, annotations },
        spec: { automountServiceAccountToken: false, containers: [{ name: "app", image: "shop/app:1" }] },
      },
    })) as { spec: { containers: { name: string; env: object[]; volumeMounts: object[] }[]; volumes: object[] } };
    expect(pod.spec.containers.map(({ name }) => name)).toEqual(["azwi-proxy", "app"]);
    expect(pod.spec.containers[1]).toMatchObject({
      env: [
        { name: "AZURE_TENANT_ID", value: "tenant" },
        { name: "AZURE_FEDERATED_TOKEN_FILE", value: "/var/run/secrets/azure/tokens/azure-identity-token" },
        { name: "AZURE_AUTHORITY_HOST", value: "https://login.microsoftonline.com/" },
      ],
      volumeMounts: [{ name: "azure-identity-token", mountPath: "/var/run/secrets/azure/tokens", readOnly: true }],
    });
    expect(pod.spec.volumes).toMatchObject([
      {
        name: "azure-identity-token",
        projected: { sources: [{ serviceAccountToken: { path: "azure-identity-token" } }] },
      },
    ]);
  });

  it("mutates nothing without the webhook, nor once its configuration is deleted", async () => {
    const { connection } = await world({
      objects: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }],
      webhook: { version: "1.6.0" },
    });
    const mutated = async () => {
      const body = {
        metadata: { name: "p", labels: USE },
        spec: { containers: [{ name: "app", image: "shop/app:1" }] },
      };
      const query = { dryRun: "All" };
      const pod = await connection.request({ method: "POST", path: "/api/v1/namespaces/shop/pods", query, body });
      return JSON.stringify(pod).includes("AZURE_TENANT_ID");
    };
    expect(await mutated()).toBe(true);
    const configuration = "azure-wi-webhook-mutating-webhook-configuration";
    await connection.request({
      method: "DELETE",
      path: `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${configuration}`,
    });
    expect(await mutated()).toBe(false);
  });

  it("answers the stored log of a pod", async () => {
    const { cluster } = await world({ objects: [{ ...workload("Deployment", "nmi") }] });
    const [pod] = cluster.objects("Pod");
    const name = pod?.metadata.name ?? "";
    cluster.setLog({ namespace: "shop", name }, "received token request\n");
    const answer = await fetch(`${cluster.url}/api/v1/namespaces/shop/pods/${name}/log?container=app`);
    expect(await answer.text()).toBe("received token request\n");
  });

  it("moves on by itself while somebody watches", async () => {
    const { clock, cluster, patch } = await world({ objects: [workload("Deployment", "web", { replicas: 1 })] });
    const answer = await fetch(
      `${cluster.url}/api/v1/namespaces/shop/pods?watch=1&resourceVersion=${await newest(cluster.url)}`,
    );
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    await patch("/apis/apps/v1/namespaces/shop/deployments/web", [
      { op: "add", path: "/spec/template/metadata/annotations", value: { rolled: "yes" } },
    ]);
    let seen = "";
    while (!seen.includes('"DELETED"')) seen += (await reader?.read())?.value ?? "";
    await reader?.cancel();
    const types = seen
      .trim()
      .split("\n")
      .map(line => (JSON.parse(line) as { type: string }).type);
    expect([types[0], types.at(-1)]).toEqual(["ADDED", "DELETED"]);
    expect(clock.now()).toBeGreaterThan(Date.UTC(2026, 0, 5, 8));
  });

  it("collects what belonged to a deleted owner, and orphans the pods of a Job unless told otherwise", async () => {
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "app", image: "shop/app:1" }] } };
    const job = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "job", namespace: "shop" },
      spec: { template },
    };
    const { clock, cluster, connection } = await world({ objects: [workload("Deployment", "web"), job] });
    await connection.request({ method: "DELETE", path: "/apis/apps/v1/namespaces/shop/deployments/web" });
    await connection.request({ method: "DELETE", path: "/apis/batch/v1/namespaces/shop/jobs/job" });
    await clock.sleep(10_000);
    expect(cluster.objects("Deployment", "ReplicaSet", "Job")).toEqual([]);
    expect(cluster.objects("Pod").map(({ metadata }) => metadata.ownerReferences)).toEqual([undefined]);
  });

  it("empties a namespace that is deleted", async () => {
    const { clock, cluster, connection } = await world({ objects: [workload("Deployment", "web")] });
    await connection.request({ method: "DELETE", path: "/api/v1/namespaces/shop" });
    await clock.sleep(20_000);
    expect(cluster.objects().filter(({ metadata }) => metadata.namespace === "shop")).toEqual([]);
    expect(cluster.objects("Namespace").map(({ metadata }) => metadata.name)).not.toContain("shop");
  });
});

async function newest(url: string): Promise<string> {
  const answer = (await (await fetch(`${url}/api/v1/pods`)).json()) as { metadata: { resourceVersion: string } };
  return answer.metadata.resourceVersion;
}
