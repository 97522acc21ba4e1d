import type { Consumer } from "./consumer.ts";

/** Secrets Store CSI driver with the Azure provider (Azure/secrets-store-csi-driver-provider-azure, pkg/provider/types/parameters.go). */
export const secretsStoreCSI: Consumer = {
  name: "secrets-store-csi",
  kinds: [
    {
      group: "secrets-store.csi.x-k8s.io",
      kind: "SecretProviderClass",
      plural: "secretproviderclasses",
      namespaced: true,
    },
  ],
  detect: () => ({ uses: [], findings: [] }),
};
