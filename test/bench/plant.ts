import pLimit from "p-limit";
import { isRecord, type KubernetesObject } from "../../src/core/kubernetes.ts";
import { clusterAccess } from "../../src/kube/access.ts";
import { resourceOf, resourcePath } from "../../src/kube/resources.ts";
import type { Connection } from "../../src/kube/transport.ts";
import { withConnection } from "./connection.ts";
import { application, deploymentsPerNamespace, installations, namespaceOf, type Planted } from "./world.ts";

/** Creates NMI and the configuration of the workload identity webhook, without which every workload would be blocked. */
export async function plantInstallations(kubeconfig: string): Promise<void> {
  await withConnection(kubeconfig, async connection => {
    const access = clusterAccess(connection, "bench");
    for (const object of installations) await access.create(object);
  });
}

/**
 * Creates applications `from` to `to` (exclusive) with ReplicaSets, pods and statuses, which controllers would take minutes to
 * make. The bench counts from 0 and plants each number once.
 */
export async function plantApplications(kubeconfig: string, from: number, to: number): Promise<void> {
  await withConnection(kubeconfig, async connection => {
    const access = clusterAccess(connection, "bench");
    const first = Math.ceil(from / deploymentsPerNamespace) * deploymentsPerNamespace;
    for (let number = first; number < to; number += deploymentsPerNamespace) {
      await access.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespaceOf(number) } });
    }
    const plant = async ({ object, status, owned = [] }: Planted, owner?: KubernetesObject): Promise<void> => {
      const created = await access.create(owner ? ownedBy(object, owner) : object);
      if (status) await setStatus(connection, created, status);
      for (const one of owned) await plant(one, created);
    };
    const limit = pLimit(16);
    const numbers = Array.from({ length: to - from }, (_, index) => from + index);
    await Promise.all(numbers.flatMap(number => application(number).map(one => limit(() => plant(one)))));
  });
}

function ownedBy(object: KubernetesObject, { apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  const { name, uid } = metadata;
  if (uid === undefined) throw new Error(`${kind} ${name} has no uid`);
  const owner = { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
  return { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } };
}

async function setStatus(
  connection: Connection,
  object: KubernetesObject,
  status: Record<string, unknown>,
): Promise<void> {
  const path = `${resourcePath(resourceOf(object), object.metadata)}/status`;
  const contentType = "application/merge-patch+json";
  const answer = await connection.request({ method: "PATCH", path, body: { status }, contentType });
  if (!isRecord(answer)) throw new Error(`${path} was not changed`);
}
