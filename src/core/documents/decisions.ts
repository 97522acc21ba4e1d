import { type Static, Type } from "@sinclair/typebox";
import { object, TrustBackend } from "./parts.ts";

export const ClientPath = Type.Union([Type.Literal("sdk"), Type.Literal("proxy")], {
  description: "sdk: the application's SDK exchanges the token; proxy: a sidecar answers for IMDS",
});

export const ServiceAccountPolicy = Type.Union(
  [Type.Literal("auto"), Type.Literal("reuse"), Type.Literal("dedicated")],
  {
    description:
      "auto: the workload's own account where only it and its like use it; reuse: its own or nothing; dedicated: always one of its own",
  },
);

const TrustDecision = Type.Union(TrustBackend.anyOf, {
  description:
    "federatedCredential: one on the identity for each service account; identityBinding: one AKS identity binding (preview) for each identity and cluster, whose SDK or sidecar has to opt in",
});

/** What is decided for one workload. */
export const WorkloadDecision = object({
  serviceAccount: Type.Optional(ServiceAccountPolicy),
  clientPath: Type.Optional(ClientPath),
  proxyPort: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })),
  defaultIdentity: Type.Optional(
    Type.String({
      description:
        "the identity that requests without a client id get, where there are several or where today the node answers them: NAMESPACE/NAME of its AzureIdentity, or its client id",
    }),
  ),
  covered: Type.Optional(
    Type.Array(Type.String(), {
      description:
        "what was seen to by hand and blocks no more: objects that name the old service account or depend on pod identity, as the finding names them (AuthorizationPolicy shop/allow-cart)",
    }),
  ),
  identity: Type.Optional(
    Type.String({
      description:
        "resource id of another managed identity that exists, in place of the one that pod identity gives (the default one of several); its rights are yours to give",
    }),
  ),
  trust: Type.Optional(TrustDecision),
  egress: Type.Optional(
    Type.Literal("accepted", { description: "the pods reach the authority host on 443, whatever the policies say" }),
  ),
  live: Type.Optional(
    Type.Boolean({ description: "patch it in the cluster although Git, Helm or another tool writes it" }),
  ),
});

/** What is decided for one identity. */
export const IdentityDecision = object({
  resourceID: Type.Optional(
    Type.String({ description: "the managed identity's resource id, where the AzureIdentity has none or a wrong one" }),
  ),
  trust: Type.Optional(TrustDecision),
});

/** What flags, prompts and the config file decided. */
export const Decisions = object({
  namespaces: Type.Optional(
    Type.Array(Type.String(), {
      minItems: 1,
      description: "only workloads of these namespaces get steps; absent: all",
    }),
  ),
  selector: Type.Optional(Type.String({ description: "only workloads whose labels fit, as -l has it" })),
  issuer: Type.Optional(
    Type.String({ description: "the cluster's OIDC issuer with its trailing slash, where it cannot be read" }),
  ),
  audience: Type.String({
    minLength: 1,
    description: "of the token that the webhook projects; default api://AzureADTokenExchange",
  }),
  serviceAccount: ServiceAccountPolicy,
  clientPath: ClientPath,
  proxyPort: Type.Integer({ minimum: 1, maximum: 65535 }),
  trust: Type.Optional(TrustDecision),
  podIdentityMode: Type.Optional(
    Type.Union([Type.Literal("standard"), Type.Literal("namespaced"), Type.Literal("managed")], {
      description: "how bindings are matched, where the cluster does not say",
    }),
  ),
  probePods: Type.Optional(
    Type.Boolean({
      description:
        "before the switch a pod like the workload's exchanges a token; where policies leave its egress in doubt, that decides instead of blocking",
    }),
  ),
  live: Type.Optional(
    Type.Boolean({ description: "patch objects in the cluster although Git, Helm or another tool writes them" }),
  ),
  workloads: Type.Optional(
    Type.Record(Type.String({ pattern: "^[^/]+/[^/]+/[^/]+$" }), WorkloadDecision, {
      additionalProperties: false,
      description: "by NAMESPACE/KIND/NAME: shop/Deployment/cart",
    }),
  ),
  identities: Type.Optional(
    Type.Record(Type.String({ pattern: "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$" }), IdentityDecision, {
      additionalProperties: false,
      description: "by client id",
    }),
  ),
});
export type Decisions = Static<typeof Decisions>;
export type WorkloadDecision = Static<typeof WorkloadDecision>;
