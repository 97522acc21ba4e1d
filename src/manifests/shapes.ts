import { kindKey } from "../core/kubernetes.ts";
import type { podIdentityFields } from "../core/podIdentity/legacyFields.ts";

/** What a value must be for the API server to take it. Fields that are not named are left as they are. */
export type Shape =
  | "string"
  | "number"
  | "boolean"
  | { mapOf: "string" }
  | { listOf: Shape }
  | { fields: Readonly<Record<string, Shape>>; required?: string };

const strings: Shape = { mapOf: "string" };
const stringList: Shape = { listOf: "string" };
const named: Shape = { listOf: { fields: { name: "string" }, required: "name" } };

const metadata: Shape = {
  fields: {
    name: "string",
    generateName: "string",
    namespace: "string",
    uid: "string",
    resourceVersion: "string",
    generation: "number",
    creationTimestamp: "string",
    deletionTimestamp: "string",
    labels: strings,
    annotations: strings,
    ownerReferences: {
      listOf: {
        fields: { apiVersion: "string", kind: "string", name: "string", uid: "string", controller: "boolean" },
        required: "name",
      },
    },
    finalizers: stringList,
  },
};

const containers: Shape = {
  listOf: {
    fields: {
      name: "string",
      image: "string",
      args: stringList,
      command: stringList,
      env: { listOf: { fields: { name: "string", value: "string" }, required: "name" } },
    },
    required: "name",
  },
};

const podSpec: Shape = {
  fields: {
    serviceAccountName: "string",
    serviceAccount: "string",
    automountServiceAccountToken: "boolean",
    hostNetwork: "boolean",
    nodeName: "string",
    nodeSelector: strings,
    os: { fields: { name: "string" } },
    imagePullSecrets: named,
    containers,
    initContainers: containers,
    volumes: {
      listOf: {
        fields: {
          name: "string",
          projected: {
            fields: {
              sources: {
                listOf: {
                  fields: {
                    serviceAccountToken: {
                      fields: { audience: "string", path: "string", expirationSeconds: "number" },
                    },
                  },
                },
              },
            },
          },
        },
        required: "name",
      },
    },
  },
};

const podTemplate: Shape = { fields: { metadata, spec: podSpec } };

const labelSelector: Shape = {
  fields: {
    matchLabels: strings,
    matchExpressions: {
      listOf: { fields: { key: "string", operator: "string", values: stringList }, required: "key" },
    },
  },
};

const workloadFields: Readonly<Record<string, Shape>> = {
  replicas: "number",
  paused: "boolean",
  suspend: "boolean",
  schedule: "string",
  strategy: { fields: { type: "string" } },
  updateStrategy: { fields: { type: "string" } },
};

const workload: Shape = { fields: { ...workloadFields, selector: labelSelector, template: podTemplate } };

const azureIdentity: Readonly<Record<keyof typeof podIdentityFields.AzureIdentity, Shape>> = {
  type: "number",
  resourceID: "string",
  clientID: "string",
  clientPassword: { fields: { name: "string", namespace: "string" } },
  tenantID: "string",
  auxiliaryTenantIDs: stringList,
  adEndpoint: "string",
  adResourceID: "string",
  replicas: "number",
};

const azureIdentityBinding: Readonly<Record<keyof typeof podIdentityFields.AzureIdentityBinding, Shape>> = {
  azureIdentity: "string",
  selector: "string",
  weight: "number",
};

/** The `spec` of the pod identity kinds. */
const podIdentitySpecs: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  AzureIdentity: azureIdentity,
  AzureIdentityBinding: azureIdentityBinding,
  AzurePodIdentityException: { podLabels: strings },
  AzureAssignedIdentity: {
    azureIdentityRef: { fields: { metadata, spec: { fields: azureIdentity } } },
    azureBindingRef: { fields: { metadata, spec: { fields: azureIdentityBinding } } },
    pod: "string",
    podNamespace: "string",
    nodename: "string",
  },
};

const specs: Readonly<Record<string, Shape>> = {
  Deployment: workload,
  StatefulSet: workload,
  DaemonSet: workload,
  ReplicaSet: workload,
  Job: workload,
  ReplicationController: { fields: { ...workloadFields, selector: strings, template: podTemplate } },
  CronJob: { fields: { ...workloadFields, jobTemplate: { fields: { metadata, spec: workload } } } },
  Pod: podSpec,
};

/**
 * The fields of an object of this kind that are read somewhere below, with their types. Kinds of other groups are read with a
 * look at each value's type instead.
 */
export function shapeOf(object: { apiVersion: string; kind: string }): Shape {
  const kind = kindKey(object);
  const podIdentity = Object.hasOwn(podIdentitySpecs, kind) ? podIdentitySpecs[kind] : undefined;
  const spec = podIdentity ? { fields: podIdentity } : Object.hasOwn(specs, kind) ? specs[kind] : undefined;
  return {
    fields: {
      metadata,
      spec: spec ?? { fields: {} },
      status: { fields: {} },
      ...(kind === "ServiceAccount" && {
        secrets: named,
        imagePullSecrets: named,
        automountServiceAccountToken: "boolean" as const,
      }),
      ...(kind.endsWith("RoleBinding") && {
        subjects: {
          listOf: {
            fields: { apiGroup: "string", kind: "string", name: "string", namespace: "string" },
            required: "name",
          } satisfies Shape,
        },
        roleRef: { fields: { apiGroup: "string", kind: "string", name: "string" } } satisfies Shape,
      }),
    },
  };
}
