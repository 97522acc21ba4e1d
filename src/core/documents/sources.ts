import { Type } from "@sinclair/typebox";
import { object } from "./parts.ts";

export const Installation = object({
  mode: Type.Union([Type.Literal("standard"), Type.Literal("managed")]),
  namespaced: Type.Boolean({ description: "what NMI or MIC, either of them, restricts to a namespace" }),
  assignedAcross: Type.Optional(
    Type.Literal(true, { description: "NMI alone restricts: MIC assigns identities across namespaces" }),
  ),
  addon: Type.Boolean(),
  namespace: Type.String(),
  nmi: Type.Optional(Type.String({ description: "version, without v" })),
  mic: Type.Optional(Type.String({ description: "version, without v" })),
  missing: Type.Optional(
    Type.Union([Type.Literal("nmi"), Type.Literal("mic")], { description: "half removed: what is not there" }),
  ),
  nodes: Type.Optional(Type.Integer({ minimum: 0, description: "nodes that NMI is to run on" })),
  micReplicas: Type.Optional(Type.Integer({ minimum: 0, description: "spec.replicas, where it is given" })),
  micNamespace: Type.Optional(Type.String({ description: "--MICNamespace of NMI, where it is given" })),
  blocksInstanceMetadata: Type.Optional(Type.Literal(true, { description: "--block-instance-metadata of NMI" })),
  immutableUserMSIs: Type.Optional(
    Type.Array(Type.String(), { description: "--immutable-user-msis of MIC: never taken off the nodes" }),
  ),
});

export const Webhook = object({
  installed: Type.Optional(Type.Boolean({ description: "absent where the webhook configurations could not be read" })),
  version: Type.Optional(Type.String({ description: "without v" })),
  ready: Type.Optional(Type.Integer()),
  namespace: Type.Optional(Type.String()),
  addon: Type.Optional(
    Type.Boolean({ description: "whether AKS installed it; absent where its Deployment was not seen" }),
  ),
  audience: Type.Optional(Type.String({ description: "--audience, where it is given" })),
  tenantID: Type.Optional(Type.String({ description: "AZURE_TENANT_ID of its Deployment, where it could be read" })),
  environment: Type.Optional(Type.String({ description: "AZURE_ENVIRONMENT of its Deployment, likewise" })),
  identityBinding: Type.Optional(
    object(
      {
        annotation: Type.String({ description: "on pods, with the value true" }),
        audience: Type.String(),
      },
      "tokens for another endpoint than Entra's own, as AKS identity bindings need",
    ),
  ),
});

export const AzureCluster = object(
  {
    resourceID: Type.String(),
    foundBy: Type.Union([Type.Literal("flag"), Type.Literal("nodes"), Type.Literal("host")], {
      description: "--cluster-resource-id; who manages the nodes' resource group; the API server's host",
    }),
    issuer: Type.Optional(Type.String({ description: "as ARM has it; absent while it is not enabled" })),
    workloadIdentity: Type.Boolean({ description: "the cluster's switch, which brings the webhook" }),
    podIdentityAddon: Type.Optional(Type.Boolean({ description: "absent where the cluster never had it" })),
    nodeResourceGroup: Type.Optional(Type.String()),
    kubernetesVersion: Type.Optional(Type.String()),
    tenantID: Type.Optional(Type.String({ description: "of the cluster's own identity" })),
    apiServerVnetIntegration: Type.Optional(Type.Literal(true)),
    automatic: Type.Optional(Type.Literal(true, { description: "AKS Automatic" })),
  },
  "what ARM says of an AKS cluster",
);

export const ClusterSource = object({
  id: Type.String(),
  type: Type.Literal("cluster"),
  context: Type.String(),
  server: Type.String(),
  serverVersion: Type.Optional(Type.String()),
  issuer: Type.Optional(Type.String({ description: "byte for byte, with its trailing slash" })),
  issuerFrom: Type.Optional(
    Type.Literal("azure", { description: "where the cluster's own discovery document could not be read" }),
  ),
  podIdentity: Type.Array(Installation),
  webhook: Webhook,
  azure: Type.Optional(AzureCluster),
});

export const FilesSource = object({
  id: Type.String(),
  type: Type.Literal("files"),
  path: Type.String(),
  files: Type.Integer(),
  documents: Type.Integer(),
});

export const Source = Type.Union([ClusterSource, FilesSource]);
