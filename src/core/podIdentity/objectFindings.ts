import { isOtherCloud } from "../azure/clouds.ts";
import type { ServicePrincipal } from "../azure/servicePrincipal.ts";
import { type Facts, isKnown } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import type { Decisions, FileLocation, FoundObject, ObjectRef, SourceId } from "../model.ts";
import { podIdentityFields } from "./legacyFields.ts";
import {
  type AzureIdentity,
  type AzureIdentityBinding,
  isResourceIDForMIC,
  readAzureIdentity,
  readAzureIdentityBinding,
} from "./match.ts";
import { clustersOf, modesOfSource } from "./worlds.ts";

const behaviorKey = "aadpodidentity.k8s.io/Behavior";

/** What is odd about the AzureIdentities, bindings and exceptions of one source; files may rest on what clusters have. */
export function objectFindings(
  facts: Facts,
  source: SourceId,
  decisions: Pick<Decisions, "podIdentityMode">,
): Finding[] {
  const clusters = clustersOf(facts, source).map(cluster => cluster.id);
  const seen = [...new Set([source, ...clusters])];
  const all = (kind: string) => seen.flatMap(one => facts.objects.ofKind(one, kind));
  const isFullyKnown = (kind: string, namespace: string) => seen.every(one => isKnown(facts, one, kind, namespace));
  const identities = new Set(all("AzureIdentity").map(readAzureIdentity).map(keyOf));
  const bound = new Set(
    all("AzureIdentityBinding")
      .map(readAzureIdentityBinding)
      .map(one => `${one.namespace}/${one.azureIdentity}`),
  );
  const modes = modesOfSource(facts, source, decisions);
  const isLive = clusters.includes(source);
  const reachesOut = modes.some(mode => !mode.namespaced);
  const findings: Finding[] = [];
  for (const found of facts.objects.ofKind(source, "AzureIdentityBinding")) {
    const binding = readAzureIdentityBinding(found);
    if (
      !identities.has(`${binding.namespace}/${binding.azureIdentity}`) &&
      isFullyKnown("AzureIdentity", binding.namespace)
    )
      findings.push(finding("binding-without-identity", about(found), { azureIdentity: binding.azureIdentity }));
    if (!canMatch(binding, modes.some(mode => mode.mode === "managed") ? "managed" : "standard"))
      findings.push(finding("selector-never-matches", about(found), { selector: binding.selector }));
    if (reachesOut) findings.push(...ignoredAnnotations(found));
    if (isLive) findings.push(...legacyFields(found, podIdentityFields.AzureIdentityBinding));
  }
  for (const found of facts.objects.ofKind(source, "AzureIdentity")) {
    const identity = readAzureIdentity(found);
    if (!bound.has(keyOf(identity)) && isFullyKnown("AzureIdentityBinding", identity.namespace))
      findings.push(finding("identity-without-binding", about(found), {}));
    findings.push(...fieldsOf(identity));
    if (reachesOut) findings.push(...ignoredAnnotations(found));
    if (isLive) findings.push(...legacyFields(found, podIdentityFields.AzureIdentity));
  }
  if (isLive)
    for (const found of facts.objects.ofKind(source, "AzurePodIdentityException"))
      findings.push(...legacyFields(found, podIdentityFields.AzurePodIdentityException));
  return findings;
}

function fieldsOf(identity: AzureIdentity): Finding[] {
  const { found, type, clientID, resourceID, servicePrincipal } = identity;
  if (type === undefined)
    return [finding("identity-type-unsupported", about(found), { type: JSON.stringify(found.object.spec?.type) })];
  if (servicePrincipal) return findingsOfServicePrincipal(identity, servicePrincipal);
  return [
    ...(clientID === "" ? [finding("client-id-missing", about(found), {})] : []),
    ...(isResourceIDForMIC(resourceID) ? [] : [finding("resource-id-invalid", about(found), { resourceID })]),
  ];
}

function findingsOfServicePrincipal({ found, type, clientID }: AzureIdentity, spec: ServicePrincipal): Finding[] {
  const { adResourceID, adEndpoint, secret } = spec;
  // pkg/nmi: the default of an empty adEndpoint.
  const authority = adEndpoint || "https://login.microsoftonline.com/";
  const what = type === "servicePrincipal" ? "secret" : "certificate";
  return [
    ...(adResourceID !== "" && isOtherCloud(adResourceID, authority)
      ? [finding("resource-of-other-cloud", about(found), { adResourceID, authority })]
      : []),
    ...(secret
      ? [
          finding("client-secret-removable", about(found), {
            // Without a namespace NMI finds none; people may know where it is meant to be.
            secret: [secret.namespace, secret.name].filter(part => part !== "").join("/"),
            clientID,
            what,
          }),
        ]
      : []),
  ];
}

/**
 * Whether a pod's label can have this value at all (k8s.io/apimachinery pkg/util/validation:IsValidLabelValue). An empty one
 * counts in managed mode, where it stands for pods without the label.
 */
function canMatch({ selector }: AzureIdentityBinding, mode: "standard" | "managed"): boolean {
  if (selector === "") return mode === "managed";
  return selector.length <= 63 && /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(selector);
}

/** utils.go:IsNamespacedIdentity reads one annotation of the identity, with exact key and value; nothing else is looked at. */
function ignoredAnnotations(found: FoundObject): Finding[] {
  return Object.entries(found.object.metadata.annotations ?? {})
    .filter(([key]) => key.toLowerCase() === behaviorKey.toLowerCase())
    .filter(([key, value]) => found.ref.kind !== "AzureIdentity" || key !== behaviorKey || value !== "namespaced")
    .map(([key, value]) => [key, String(value)] as const)
    .map(([key, value]) => finding("namespaced-annotation-ignored", about(found), { key, value }));
}

/** Since v1.6.0 a field in another case is no field; of files this is told where they are read. */
function legacyFields(found: FoundObject, names: object): Finding[] {
  const fields = Object.keys(names);
  const keys = Object.keys(found.object.spec ?? {});
  const others = keys.filter(key => !fields.includes(key));
  if (others.length === 0) return [];
  return fields.flatMap(expected => {
    const field = keys.includes(expected)
      ? undefined
      : others.find(key => key.toLowerCase() === expected.toLowerCase());
    return field === undefined
      ? []
      : [finding("legacy-field-ignored", about(found), { field: `spec.${field}`, expected: `spec.${expected}` })];
  });
}

function keyOf({ namespace, name }: Pick<AzureIdentity, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}

function about({ ref, location }: FoundObject): { subject: ObjectRef; at?: FileLocation } {
  return { subject: ref, ...(location ? { at: location } : {}) };
}
