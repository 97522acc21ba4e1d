import type { ReadKind } from "../kinds.ts";
import { agic } from "./agic.ts";
import { akv2k8s } from "./akv2k8s.ts";
import { argocd } from "./argocd.ts";
import { azureServiceOperator } from "./azureServiceOperator.ts";
import { certManager } from "./certManager.ts";
import type { Consumer } from "./consumer.ts";
import { crossplane } from "./crossplane.ts";
import { dapr } from "./dapr.ts";
import { externalDNS } from "./externalDNS.ts";
import { externalSecrets } from "./externalSecrets.ts";
import { flux } from "./flux.ts";
import { grafana } from "./grafana.ts";
import { helm } from "./helm.ts";
import { keda } from "./keda.ts";
import { prometheus } from "./prometheus.ts";
import { secretsStoreCSI } from "./secretsStoreCSI.ts";
import { velero } from "./velero.ts";

/** Every consumer that is known. */
export const consumers: readonly Consumer[] = [
  secretsStoreCSI,
  keda,
  externalSecrets,
  certManager,
  externalDNS,
  agic,
  azureServiceOperator,
  velero,
  flux,
  argocd,
  crossplane,
  prometheus,
  grafana,
  dapr,
  akv2k8s,
  // Last: what the others know better is told by them.
  helm,
];

export const consumerKinds: readonly ReadKind[] = consumers.flatMap(consumer => consumer.kinds);
