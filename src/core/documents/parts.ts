import { type TSchema, Type } from "@sinclair/typebox";
import { consumerNames } from "../consumers/consumer.ts";
import type { Code } from "../findings/codes.ts";
import type { Json, JsonObject } from "../kubernetes.ts";

/**
 * The parts that documents are made of. Each schema is the one source of its JSON Schema and of its TypeScript type (`model.ts`
 * names those). Unknown fields are refused: `apply` must not run what it does not understand.
 */
const closed = { additionalProperties: false } as const;

const object = <P extends Record<string, TSchema>>(properties: P, description?: string) =>
  Type.Object(properties, { ...closed, ...(description === undefined ? {} : { description }) });

const AnyJson = Type.Unsafe<Json>({ description: "any JSON value" });
const AnyObject = Type.Unsafe<JsonObject>({ type: "object" });
const FindingCode = Type.Unsafe<Code>({ type: "string", pattern: "^[a-z0-9]+(-[a-z0-9]+)*$" });
const Strings = Type.Array(Type.String());

export const ObjectRef = object({
  source: Type.String({ description: "uid of the cluster's namespace kube-system, or files:<path>" }),
  apiVersion: Type.String(),
  kind: Type.String(),
  namespace: Type.Optional(Type.String()),
  name: Type.String(),
  uid: Type.Optional(Type.String()),
});

export const FileLocation = object({
  file: Type.String({ description: "starts with the -f argument as it was typed" }),
  line: Type.Integer({ minimum: 1 }),
});

export const FederatedCredential = object({
  name: Type.String(),
  issuer: Type.String(),
  subject: Type.String(),
  audience: Type.String(),
});

export const PrincipalRef = object({
  id: Type.String({ description: "resource id in lower case, or the application's client id" }),
  type: Type.Union([Type.Literal("userAssigned"), Type.Literal("application")]),
  clientID: Type.String(),
  tenantID: Type.Optional(Type.String()),
});

export const TrustBackend = Type.Union([Type.Literal("federatedCredential"), Type.Literal("identityBinding")]);

export const Trust = object({
  principal: Type.String({ description: "the PrincipalRef's id" }),
  issuer: Type.String(),
  subject: Type.String(),
  audience: Type.String(),
  backend: TrustBackend,
  name: Type.String(),
  adopts: Type.Optional(
    Type.String({ description: "an existing credential with the same issuer, subject and audience" }),
  ),
});

export const Change = object({
  path: Type.Array(Type.Union([Type.String(), object({ match: Type.Record(Type.String(), Type.String()) })]), {
    minItems: 1,
  }),
  before: Type.Optional(AnyJson),
  after: Type.Optional(AnyJson),
});

export const AzureRef = object({
  source: Type.String(),
  kind: Type.Literal("FederatedIdentityCredential"),
  principal: Type.String({ description: "resource id of the identity, or the application's client id, in lower case" }),
  name: Type.String(),
});

export const IdentityBindingRef = object({
  source: Type.String(),
  kind: Type.Literal("IdentityBinding"),
  cluster: Type.String({ description: "resource id of the AKS cluster, in lower case" }),
  principal: Type.String({ description: "resource id of the identity, in lower case" }),
  name: Type.String(),
});

const stepBase = {
  id: Type.String(),
  stage: Type.Union([Type.Literal("prepare"), Type.Literal("switch"), Type.Literal("cleanup")]),
  dependsOn: Strings,
  usages: Type.Array(Type.String(), { minItems: 1 }),
  restartsPods: Type.Optional(Type.Literal(true)),
  irreversible: Type.Optional(Type.Literal(true)),
};
const liveOrGit = Type.Union([Type.Literal("live"), Type.Literal("git")]);

export const Step = Type.Union([
  object({ ...stepBase, op: Type.Literal("create"), route: liveOrGit, target: ObjectRef, object: AnyObject }),
  object({ ...stepBase, op: Type.Literal("patch"), route: liveOrGit, target: ObjectRef, changes: Type.Array(Change) }),
  object({ ...stepBase, op: Type.Literal("trust"), route: Type.Literal("live"), target: AzureRef, trust: Trust }),
  // The same whoever needs it: the cluster's roles say which accounts may use it.
  object({ ...stepBase, op: Type.Literal("bind"), route: Type.Literal("live"), target: IdentityBindingRef }),
  object({
    ...stepBase,
    op: Type.Literal("manual"),
    route: Type.Literal("manual"),
    target: ObjectRef,
    code: FindingCode,
    changes: Type.Array(Change),
  }),
]);

export const Finding = object({
  code: FindingCode,
  severity: Type.Union([Type.Literal("error"), Type.Literal("warning"), Type.Literal("info")]),
  subject: Type.Optional(ObjectRef),
  at: Type.Optional(FileLocation),
  args: AnyObject,
});

export const IdentityType = Type.Union([
  Type.Literal("userAssigned"),
  Type.Literal("servicePrincipal"),
  Type.Literal("servicePrincipalCertificate"),
]);

export const BindingRef = object({ namespace: Type.String(), name: Type.String() });

export const Owner = object({
  tool: Type.Union(
    (
      [
        "argocd",
        "flux",
        "helm",
        "kustomize",
        "terraform",
        "pulumi",
        "kapp",
        "fleet",
        "configsync",
        "octopus",
        "addon",
        "operator",
      ] as const
    ).map(tool => Type.Literal(tool)),
  ),
  evidence: Type.String(),
  kind: Type.Optional(
    Type.String({ description: "of what the tool writes it for: Application, Kustomization, release" }),
  ),
  namespace: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
});

export const UsageDocument = object({
  id: Type.String(),
  source: Type.String(),
  via: Type.Union((["label", "emptySelector", "exception", ...consumerNames] as const).map(via => Type.Literal(via))),
  workload: object({
    apiVersion: Type.String(),
    kind: Type.String(),
    namespace: Type.Optional(Type.String()),
    name: Type.String(),
  }),
  locations: Type.Array(FileLocation),
  bindingLabel: Type.Optional(Type.String({ description: "the value of the label aadpodidbinding" })),
  serviceAccount: Type.Optional(
    Type.String({ description: "what the pods use today; absent where a consumer's object stands for a workload" }),
  ),
  identities: Type.Array(
    object({
      namespace: Type.Optional(Type.String({ description: "absent where a consumer names what no AzureIdentity has" })),
      name: Type.Optional(Type.String()),
      type: Type.Optional(IdentityType),
      clientID: Type.Optional(Type.String()),
      resourceID: Type.Optional(Type.String()),
      binding: Type.Optional(BindingRef),
    }),
  ),
  state: Type.Union([
    Type.Literal("legacy"),
    Type.Literal("both"),
    Type.Literal("migrated"),
    Type.Literal("unmatched"),
  ]),
  owner: Type.Optional(Owner),
  findings: Type.Array(FindingCode),
});

export const MappingDocument = object({
  usage: Type.String(),
  serviceAccount: object({
    name: Type.String(),
    use: Type.Union([Type.Literal("existing"), Type.Literal("create")]),
  }),
  client: Type.Union([Type.Literal("sdk"), Type.Literal("proxy")]),
  trusts: Type.Array(Trust),
  defaultPrincipal: Type.Optional(Type.String()),
  reasons: Type.Array(FindingCode),
  blockedBy: Type.Array(FindingCode, { description: "nothing is done for it" }),
  switchBlockedBy: Type.Optional(
    Type.Array(FindingCode, { description: "its pods are not switched; stage prepare goes on" }),
  ),
  notChecked: Type.Array(FindingCode),
});

export const header = <Kind extends string>(kind: Kind) => ({
  apiVersion: Type.Literal("azwi-migrate.dev/v1alpha1"),
  kind: Type.Literal(kind),
  toolVersion: Type.String(),
});

export const ContentHash = Type.String({ pattern: "^sha256:[0-9a-f]{64}$" });

export { AnyJson, AnyObject, closed, FindingCode, object, Strings };
