import { kindKey } from "../kubernetes.ts";
import type { FoundObject } from "../model.ts";
import type { Workload } from "../workloads/workloads.ts";
import type { ConsumerView } from "./consumer.ts";
import { recordsOf, textOf } from "./read.ts";

export const csiDriver = "secrets-store.csi.k8s.io";
export const secretClassKind = kindKey({ apiVersion: "secrets-store.csi.x-k8s.io/v1", kind: "SecretProviderClass" });

/** Which workloads mount secrets of a vault, by the templates of their pods. */
export interface SecretMounts {
  /** By `NAMESPACE/NAME` of the SecretProviderClass. */
  byClass: ReadonlyMap<string, readonly Workload[]>;
  /** Volumes of the retired FlexVolume driver with pod identity. */
  flexVolumes: readonly { found: FoundObject; volumes: string[] }[];
}

/**
 * The driver takes inline volumes alone (sigs.k8s.io/secrets-store-csi-driver v1.4.8, deploy/csidriver.yaml: Ephemeral), so that
 * no claim stands between pod and class.
 */
export function secretMountsOf({ workloads }: Pick<ConsumerView, "workloads">): SecretMounts {
  const byClass = new Map<string, Workload[]>();
  const flexVolumes: { found: FoundObject; volumes: string[] }[] = [];
  for (const workload of workloads) {
    const { found, templates, pods } = workload;
    const classes = new Set<string>();
    const flex = new Set<string>();
    // A template that is not seen leaves its pods, which keep these volumes when they are collected.
    for (const one of [...templates, ...(templates.length > 0 ? [] : pods.map(pod => pod.object))]) {
      for (const { name } of secretVolumesOf(one)) classes.add(name);
      for (const volume of recordsOf(one, "spec", "volumes")) {
        if (isFlexVolumeOnPodIdentity(volume)) flex.add(textOf(volume, "name") ?? "");
      }
    }
    for (const name of classes) {
      const key = `${found.ref.namespace ?? "default"}/${name}`;
      const mounting = byClass.get(key);
      if (mounting) mounting.push(workload);
      else byClass.set(key, [workload]);
    }
    if (flex.size > 0) flexVolumes.push({ found, volumes: [...flex] });
  }
  return { byClass, flexVolumes };
}

/** The SecretProviderClasses that pods of a template mount. `signsInBySecret`: the volume names a Secret to sign in with. */
export function secretVolumesOf(template: unknown): { name: string; signsInBySecret: boolean }[] {
  return recordsOf(template, "spec", "volumes").flatMap(({ csi }) => {
    const name = textOf(csi, "volumeAttributes", "secretProviderClass");
    if (name === undefined || textOf(csi, "driver") !== csiDriver) return [];
    return [{ name, signsInBySecret: textOf(csi, "nodePublishSecretRef", "name") !== undefined }];
  });
}

/** Azure/kubernetes-keyvault-flexvol, README.md: options are texts, `usepodidentity` is false unless it says true. */
function isFlexVolumeOnPodIdentity(volume: unknown): boolean {
  return (
    textOf(volume, "flexVolume", "driver") === "azure/kv" &&
    textOf(volume, "flexVolume", "options", "usepodidentity")?.trim().toLowerCase() === "true"
  );
}
