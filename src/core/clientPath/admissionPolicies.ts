import { glob } from "../glob.ts";
import { isRecord, type KubernetesObject } from "../kubernetes.ts";
import { all, matchesSelector } from "../labelSelector.ts";
import { records, strings } from "../workloads/templateContainers.ts";

/** Where pods with the proxy would be made. */
export interface Place {
  namespace: string;
  labels: Record<string, string>;
  podLabels: Record<string, string>;
}

type Fields = Record<string, unknown>;

const init = "azwi-proxy-init";
/** Where the webhook takes it from; its tag follows. */
const initImages = ["mcr.microsoft.com/oss/azure/workload-identity/proxy-init:"];

const withoutNetAdmin = ({ allowedCapabilities }: Fields) =>
  !strings(allowedCapabilities).some(one => ["*", "net_admin"].includes(one.toLowerCase()));

/** Constraints of Azure Policy and of Gatekeeper's library that forbid privileged containers or NET_ADMIN, by their parameters. */
const constraints: ReadonlyMap<string, (parameters: Fields) => boolean> = new Map([
  ["K8sAzureV2NoPrivilege.constraints.gatekeeper.sh", () => true],
  ["K8sPSPPrivilegedContainer.constraints.gatekeeper.sh", () => true],
  ["K8sAzureV3AllowedCapabilities.constraints.gatekeeper.sh", withoutNetAdmin],
  ["K8sPSPCapabilities.constraints.gatekeeper.sh", withoutNetAdmin],
]);

/** How they are called where objects are looked up. */
export const constraintKinds: readonly string[] = [...constraints.keys()];

/** As Gatekeeper matches; what cannot be read of a constraint counts as meant. Only "deny" (also what holds where nothing is said) refuses. */
export function forbidsProxy(kind: string, { spec }: KubernetesObject, place: Place): boolean {
  const action = spec?.enforcementAction;
  if (action !== undefined && action !== "deny") return false;
  const parameters = isRecord(spec?.parameters) ? spec.parameters : {};
  if (strings(parameters.excludedContainers).includes(init)) return false;
  const images = [...strings(parameters.excludedImages), ...strings(parameters.exemptImages)];
  if (images.some(isInitImage)) return false;
  const match = isRecord(spec?.match) ? spec.match : {};
  if (strings(match.excludedNamespaces).some(pattern => fits(pattern, place.namespace))) return false;
  const named = strings(match.namespaces);
  if (named.length > 0 && !named.some(pattern => fits(pattern, place.namespace))) return false;
  const selected = all([
    match.namespaceSelector === undefined || matchesSelector(match.namespaceSelector, place.labels),
    match.labelSelector === undefined || matchesSelector(match.labelSelector, place.podLabels),
  ]);
  return selected !== false && (constraints.get(kind)?.(parameters) ?? false);
}

function isInitImage(pattern: string): boolean {
  return pattern.endsWith("*")
    ? initImages.some(image => image.startsWith(pattern.slice(0, -1)) || pattern.startsWith(image))
    : initImages.some(image => pattern.startsWith(image));
}

/** Names of Gatekeeper may begin or end with an asterisk. */
function fits(pattern: string, namespace: string): boolean {
  if (pattern.startsWith("*") && pattern.endsWith("*") && pattern.length > 1)
    return namespace.includes(pattern.slice(1, -1));
  if (pattern.endsWith("*")) return namespace.startsWith(pattern.slice(0, -1));
  return pattern.startsWith("*") ? namespace.endsWith(pattern.slice(1)) : pattern === namespace;
}

/** Policies in a language of their own, with what tells whether they may refuse a pod for the proxy's containers. */
const languages: ReadonlyMap<string, (object: KubernetesObject, place: Place) => boolean> = new Map([
  ["ClusterPolicy.kyverno.io", mayKyvernoRefuse],
  [
    "Policy.kyverno.io",
    (object, place) => object.metadata.namespace === place.namespace && mayKyvernoRefuse(object, place),
  ],
  ["ValidatingAdmissionPolicy", mayExpressionsRefuse],
]);

export const languageKinds: readonly string[] = [...languages.keys()];

/** Whether a policy judges containers of pods there and refuses what it does not like; of what it says nothing is understood. */
export function mayRefuseProxy(kind: string, object: KubernetesObject, place: Place): boolean {
  return languages.get(kind)?.(object, place) ?? false;
}

/** The proxy adds containers alone: what does not look at them does not mind it. */
function looksAtContainers(rule: unknown): boolean {
  return /containers|images|podSecurity/i.test(JSON.stringify(rule) ?? "");
}

/** Rules for pods that validate, where the policy or the rule says Enforce; older ones say so in small letters. */
function mayKyvernoRefuse({ spec }: KubernetesObject, { namespace }: Place): boolean {
  const isEnforced = (value: unknown) => /"enforce"/i.test(JSON.stringify(value) ?? "");
  const ofAll = [spec?.validationFailureAction, spec?.validationFailureActionOverrides];
  return records(spec?.rules).some(({ match, exclude, validate, verifyImages }) => {
    const own = isRecord(validate) ? [validate.failureAction, validate.failureActionOverrides] : [];
    return (
      isEnforced([...own, ...ofAll]) &&
      looksAtContainers([validate, verifyImages ? "images" : ""]) &&
      resourcesIn(match).some(one => isOfPods(one) && isIn(one, namespace)) &&
      !resourcesIn(exclude).some(one => "namespaces" in one && !("selector" in one) && isIn(one, namespace))
    );
  });
}

function resourcesIn(block: unknown): Fields[] {
  if (!isRecord(block)) return [];
  return [block, ...records(block.any), ...records(block.all)].map(one => one.resources).filter(isRecord);
}

function isOfPods({ kinds }: Fields): boolean {
  return kinds === undefined || strings(kinds).some(kind => /(^|\/)(Pod|\*)$/.test(kind));
}

function isIn({ namespaces }: Fields, namespace: string): boolean {
  return namespaces === undefined || strings(namespaces).some(pattern => glob(pattern)(namespace));
}

/** Whether a binding enforces it is not read. */
function mayExpressionsRefuse({ spec }: KubernetesObject, { labels }: Place): boolean {
  const { namespaceSelector, resourceRules } = isRecord(spec?.matchConstraints)
    ? spec.matchConstraints
    : ({} as Fields);
  const isOfNewPods = records(resourceRules).some(
    ({ apiGroups, operations, resources }) =>
      strings(apiGroups).some(one => one === "" || one === "*") &&
      strings(operations).some(one => one === "CREATE" || one === "*") &&
      strings(resources).some(one => one === "pods" || one === "*" || one === "*/*"),
  );
  return (
    isOfNewPods &&
    looksAtContainers([spec?.validations, spec?.variables]) &&
    (namespaceSelector === undefined || matchesSelector(namespaceSelector, labels) !== false)
  );
}
