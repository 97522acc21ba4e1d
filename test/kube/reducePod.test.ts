import { expect, it } from "vitest";
import { reducePod } from "../../src/kube/reducePod.ts";

const reduced = (volumes: unknown) => reducePod({ metadata: { name: "cart" }, spec: { volumes } }).spec;

it("keeps of a pod's volumes those through which it uses pod identity, down to what says so", () => {
  const csi = {
    driver: "secrets-store.csi.k8s.io",
    readOnly: true,
    volumeAttributes: { secretProviderClass: "vault", "csi.storage.k8s.io/ephemeral": "true" },
    nodePublishSecretRef: { name: "credentials" },
  };
  const flexVolume = { driver: "azure/kv", options: { usepodidentity: "true", keyvaultname: "shop" } };
  expect(
    reduced([
      { name: "secrets", csi },
      { name: "old", flexVolume },
      { name: "disk", csi: { driver: "disk.csi.azure.com", volumeAttributes: { size: "1" } } },
      { name: "share", flexVolume: { driver: "fstab/cifs", options: { mountOptions: "x" } } },
      { name: "config", configMap: { name: "config" } },
    ]),
  ).toEqual({
    volumes: [
      { name: "secrets", csi: { driver: csi.driver, volumeAttributes: { secretProviderClass: "vault" } } },
      { name: "old", flexVolume: { driver: "azure/kv", options: { usepodidentity: "true" } } },
    ],
  });
});

it("drops volumes that are not what they should be", () => {
  expect(
    reduced([null, "x", { name: "a", csi: "x" }, { name: "b", flexVolume: { options: [] } }, { csi: {} }]),
  ).toEqual({});
});
