import type { ConsumersFindings } from "../../../src/core/findings/consumers.ts";
import { hostile } from "./hostile.ts";

export const consumersSamples: ConsumersFindings = {
  "consumer-not-migrated": {
    consumer: hostile,
    object: hostile,
    fields: [
      { field: hostile, before: hostile },
      { field: hostile, before: [hostile], after: { [hostile]: hostile } },
    ],
    usedBy: [hostile],
    serviceAccount: hostile,
  },
  "consumer-uses-pod-identity": {
    consumer: hostile,
    fields: [{ field: hostile, after: hostile }],
    usedBy: [hostile, hostile],
    askedBy: [hostile],
  },
  "consumer-too-old": { consumer: hostile, object: hostile, version: hostile, needed: hostile },
  "consumer-version-not-checked": { consumer: hostile, object: hostile, version: hostile, needed: hostile },
  "consumer-pods-not-seen": { consumer: hostile },
  "consumers-not-checked": { kinds: [hostile] },
  "secret-class-shared": { clientIDs: [hostile, hostile], serviceAccounts: [hostile], workloads: [hostile] },
  "secret-class-without-label": { secretProviderClass: hostile },
  "secret-class-modes-conflict": { parameters: [hostile, hostile] },
  "secret-class-parameter-invalid": { parameter: hostile, value: hostile },
  "secret-class-on-node-identity": { clientID: hostile, azureIdentity: hostile },
  "csi-driver-without-audience": { audience: hostile },
  "csi-driver-not-checked": { reason: hostile },
  "flex-volume-on-pod-identity": { volumes: [hostile] },
  "keda-provider-gone": { version: hostile },
  "secret-store-account-needed": { clientID: hostile },
  "consumer-settings-elsewhere": { consumer: hostile, object: hostile, before: hostile, after: hostile },
};
