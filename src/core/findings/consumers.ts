import type { ChangedField } from "../consumers/changedFields.ts";
import type { Severity } from "./severity.ts";

/** What is told of controllers through which workloads use pod identity. */
export interface ConsumersFindings {
  /** `serviceAccount`: which the pods will have, as NAMESPACE:NAME. */
  "consumer-not-migrated": {
    consumer: string;
    object: string;
    fields: ChangedField[];
    usedBy: string[];
    serviceAccount: string;
  };
  "consumer-uses-pod-identity": { consumer: string; fields: ChangedField[]; usedBy: string[]; askedBy: string[] };
  "consumer-too-old": { consumer: string; object: string; version: string; needed: string };
  /** `version`: what the image says, as `latest`; empty where no version is seen at all. */
  "consumer-version-not-checked": { consumer: string; object: string; version: string; needed: string };
  "consumer-pods-not-seen": { consumer: string };
  "consumers-not-checked": { kinds: string[] };
  "secret-class-shared": { clientIDs: string[]; serviceAccounts: string[]; workloads: string[] };
  "secret-class-without-label": { secretProviderClass: string };
  "secret-class-modes-conflict": { parameters: string[] };
  "secret-class-parameter-invalid": { parameter: string; value: string };
  "secret-class-on-node-identity": { clientID: string; azureIdentity: string };
  "csi-driver-without-audience": { audience: string };
  "csi-driver-not-checked": { reason: string };
  "flex-volume-on-pod-identity": { volumes: string[] };
  "keda-provider-gone": { version: string };
  "secret-store-account-needed": { clientID: string };
  "consumer-settings-elsewhere": { consumer: string; object: string; before: string; after: string };
}

export const consumersSeverities: Readonly<Record<keyof ConsumersFindings, Severity>> = {
  "consumer-not-migrated": "error",
  "consumer-uses-pod-identity": "warning",
  "consumer-too-old": "error",
  "consumer-version-not-checked": "warning",
  "consumer-pods-not-seen": "info",
  "consumers-not-checked": "warning",
  "secret-class-shared": "warning",
  "secret-class-without-label": "warning",
  "secret-class-modes-conflict": "warning",
  "secret-class-parameter-invalid": "warning",
  "secret-class-on-node-identity": "warning",
  "csi-driver-without-audience": "warning",
  "csi-driver-not-checked": "info",
  "flex-volume-on-pod-identity": "warning",
  "keda-provider-gone": "warning",
  "secret-store-account-needed": "warning",
  "consumer-settings-elsewhere": "error",
};
