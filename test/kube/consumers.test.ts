import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assemble } from "../../src/core/assemble.ts";
import { patchOf } from "../../src/core/changes/change.ts";
import { type DetectedUse, detectConsumers } from "../../src/core/consumers/detect.ts";
import { type Facts, nameOf } from "../../src/core/facts.ts";
import type { JsonObject, KubernetesObject } from "../../src/core/kubernetes.ts";
import { apiGroup, kindKey } from "../../src/core/kubernetes.ts";
import { find } from "../../src/core/usages.ts";
import { collectCluster } from "../../src/kube/collect.ts";
import { connect } from "../../src/kube/connect.ts";
import type { Connection } from "../../src/kube/transport.ts";
import { decisions } from "../core/factories.ts";
import { consumerDefinitions, kedaWithoutPodIdentity, kedaWithPodIdentity } from "../testbed/consumerDefinitions.ts";
import { definitionsOrSkip, installDefinitions } from "../testbed/definitions.ts";
import { kubectlOrThrow } from "../testbed/kubectl.ts";
import type { KubernetesObject as Manifest } from "../testbed/objects.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import { startTestbed, type Testbed } from "../testbed/start.ts";
import { legacyConsumers, scaledBy } from "./legacyConsumers.ts";

const located = testbedOrSkip();
const definitions = located && (await definitionsOrSkip([...consumerDefinitions, kedaWithPodIdentity]));
const later = definitions && (await definitionsOrSkip([kedaWithoutPodIdentity]));

/** Tries a use's changes on the real object: throws where the server, which holds it against the definition, does not take them. */
async function tryOut(testbed: Testbed, { object, changes }: DetectedUse): Promise<void> {
  const { apiVersion, kind, namespace, name } = object.ref;
  const resource = apiGroup(apiVersion) === "" ? kind : `${kind}.${apiVersion.split("/")[1]}.${apiGroup(apiVersion)}`;
  const where = namespace === undefined ? [] : ["-n", namespace];
  const seen = JSON.parse(await kubectlOrThrow(testbed.kubectl, ["get", resource, name, ...where, "-o", "json"]));
  const patch = JSON.stringify(patchOf(changes, seen as JsonObject));
  const args = ["patch", resource, name, ...where, "--type=json", "--dry-run=server", "-p", patch];
  await kubectlOrThrow(testbed.kubectl, args);
}

describe.skipIf(!definitions || !later)("consumers whose real definitions the real API server has", () => {
  let testbed: Testbed;
  let connection: Connection;
  beforeAll(async () => {
    testbed = await startTestbed({ parts: [] });
    await installDefinitions(testbed, definitions ?? []);
    await testbed.apply(legacyConsumers as unknown as Manifest[]);
    const [first] = await connect({ kubeconfig: testbed.kubeconfigPath });
    if (!first) throw new Error("no connection");
    connection = first;
  });
  afterAll(async () => {
    connection?.close();
    await testbed?.stop();
  });

  const collect = async (): Promise<Facts> => assemble([await collectCluster(connection)], undefined, decisions);
  const detected = (facts: Facts) => detectConsumers(facts, find(facts, decisions).usages);
  const told = (facts: Facts) =>
    detected(facts)
      .uses.map(({ consumer, object, state, askedBy }) =>
        [consumer, `${kindKey(object.ref)} ${nameOf(object.ref).split(" ")[1]}`, state, ...askedBy.map(nameOf)].join(
          " | ",
        ),
      )
      .sort();

  it("are all found, with who asks", async () => {
    const facts = await collect();
    expect(facts.unknown).toEqual([]);
    expect(told(facts)).toEqual([
      "agic | Deployment agic/ingress-azure | legacy | Deployment agic/ingress-azure",
      "akv2k8s | Deployment akv2k8s/controller | legacy | Deployment akv2k8s/controller",
      "argocd | Deployment argocd/argocd-repo-server | legacy | Deployment argocd/argocd-repo-server",
      "azure-service-operator | Deployment azureserviceoperator-system/manager | legacy | Deployment azureserviceoperator-system/manager",
      "cert-manager | ClusterIssuer.cert-manager.io letsencrypt | legacy | Deployment cert-manager/cert-manager",
      "dapr | Component.dapr.io shop/state | legacy | Deployment shop/orders",
      "external-dns | Deployment dns/external-dns | legacy | Deployment dns/external-dns",
      "external-secrets | ClusterSecretStore.external-secrets.io vault | legacy | Deployment external-secrets/external-secrets",
      "flux | Bucket.source.toolkit.fluxcd.io flux-system/shop | legacy | Deployment flux-system/source-controller",
      "flux | Deployment flux-system/source-controller | legacy | Deployment flux-system/source-controller",
      "flux | OCIRepository.source.toolkit.fluxcd.io flux-system/charts | legacy | Deployment flux-system/source-controller",
      "grafana | Deployment monitoring/grafana | legacy | Deployment monitoring/grafana",
      "keda | ClusterTriggerAuthentication.keda.sh all | legacy | Deployment keda/keda-operator",
      "keda | TriggerAuthentication.keda.sh shop/queue | legacy | Deployment keda/keda-operator",
      "prometheus | Prometheus.monitoring.coreos.com monitoring/main | legacy | StatefulSet monitoring/prometheus-main",
      "prometheus | ScrapeConfig.monitoring.coreos.com monitoring/vms | legacy | StatefulSet monitoring/prometheus-main",
      "prometheus | StatefulSet monitoring/prometheus-main | legacy | StatefulSet monitoring/prometheus-main",
      "secrets-store-csi | SecretProviderClass.secrets-store.csi.x-k8s.io shop/vault | legacy | Deployment shop/cart",
      "velero | BackupStorageLocation.velero.io velero/default | legacy | Deployment velero/velero",
      "velero | Deployment velero/velero | legacy | Deployment velero/velero",
      "velero | VolumeSnapshotLocation.velero.io velero/default | legacy | Deployment velero/velero",
    ]);
  });

  it("take the changes that are told", async () => {
    const uses = detected(await collect()).uses.filter(use => use.changes.length > 0);
    for (const use of uses) await tryOut(testbed, use);
    expect(uses.map(use => nameOf(use.object.ref)).sort()).toEqual([
      "ClusterSecretStore vault",
      "ClusterTriggerAuthentication all",
      "Deployment monitoring/grafana",
      "Prometheus monitoring/main",
      "ScrapeConfig monitoring/vms",
      "SecretProviderClass shop/vault",
      "TriggerAuthentication shop/queue",
    ]);
  });

  it("name what nobody reads", async () => {
    const facts = await collect();
    const { awaitedBy } = detected(facts);
    const settings = find(facts, decisions).usages.flatMap(({ workload }) =>
      awaitedBy(workload).elsewhere.map(({ args }) => `${nameOf(workload)}: ${args.object}`),
    );
    expect(settings.sort()).toEqual([
      "Deployment argocd/argocd-repo-server: Secret argocd/* (argocd.argoproj.io/secret-type: repository)",
      "Deployment azureserviceoperator-system/manager: Secret */aso-credential",
      "Deployment azureserviceoperator-system/manager: Secret azureserviceoperator-system/aso-controller-settings",
      "Deployment azureserviceoperator-system/manager: Secret shop/shop-credential",
      "Deployment dns/external-dns: Secret dns/azure-config-file",
      "Deployment monitoring/grafana: data sources of Deployment monitoring/grafana",
      "Deployment velero/velero: Secret velero/cloud-credentials",
    ]);
  });

  it("are found after KEDA's definitions have dropped the provider, though none can be made any more", async () => {
    const before = told(await collect()).filter(line => line.startsWith("keda"));
    await installDefinitions(testbed, later ?? []);
    const made = scaledBy("late") as KubernetesObject;
    const { code, stderr } = await testbed.kubectl(["create", "-f", "-"], { input: JSON.stringify(made) });
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('Unsupported value: "azure"') });
    const facts = await collect();
    expect(told(facts).filter(line => line.startsWith("keda"))).toEqual(before);
    const keda = detected(facts).uses.filter(use => use.consumer === "keda" && use.changes.length > 0);
    for (const use of keda) await tryOut(testbed, use);
  });
});
