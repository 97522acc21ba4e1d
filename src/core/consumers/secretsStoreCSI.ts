import { isKnown, nameOf } from "../facts.ts";
import { finding } from "../findings/codes.ts";
import { type Json, serviceAccountOf } from "../kubernetes.ts";
import type { Change, Finding, FoundObject } from "../model.ts";
import { azureIdentityOf } from "../podIdentity/azureIdentities.ts";
import { imageVersion } from "../podIdentity/podIdentityComponents.ts";
import { defaultAudience, isSameClientID } from "../workloadIdentity/workloadIdentity.ts";
import type { Workload } from "../workloads/workloads.ts";
import type { Consumer, ConsumerUse, ConsumerView, UnreadKind } from "./consumer.ts";
import { imagePathOf } from "./controllers.ts";
import { partOf, recordsOf, textOf } from "./read.ts";
import { type SecretClass, secretClassOf } from "./secretClass.ts";
import { csiDriver, type SecretMounts, secretClassKind, secretMountsOf } from "./secretMounts.ts";

const group = "secrets-store.csi.x-k8s.io";

/**
 * Secrets Store CSI driver with the Azure provider: on behalf of the pod that mounts, which NMI looks up by its name
 * (Azure/secrets-store-csi-driver-provider-azure, pkg/auth/auth.go; Azure/aad-pod-identity, pkg/nmi/server/server.go:hostHandler).
 */
export const secretsStoreCSI: Consumer = {
  name: "secrets-store-csi",
  kinds: [
    { group, kind: "SecretProviderClass", plural: "secretproviderclasses", namespaced: true },
    { group: "storage.k8s.io", kind: "CSIDriver", plural: "csidrivers", namespaced: false },
  ],
  detect(view) {
    const mounts = secretMountsOf(view);
    const version = providerVersion(view);
    const uses: ConsumerUse[] = [];
    const findings: Finding[] = [];
    for (const object of view.facts.objects.ofKind(view.source, secretClassKind)) {
      const read = secretClassOf(object.object);
      if (!read) continue;
      const mounting = mounts.byClass.get(`${object.ref.namespace ?? "default"}/${object.ref.name}`) ?? [];
      const use = useOf(view, object, { read, mounting, version });
      if (use) uses.push(use);
      findings.push(...classFindings(view, object, read, mounting));
    }
    for (const { found, volumes } of mounts.flexVolumes) {
      const use = { object: found, state: "legacy" as const, askedBy: [found.ref], changes: [] };
      uses.push({ consumer: "secrets-store-csi", ...use });
      findings.push(finding("flex-volume-on-pod-identity", about(found), { volumes }));
    }
    if (uses.some(use => use.object.ref.kind === "SecretProviderClass")) findings.push(...driverFindings(view));
    return { uses, findings, unread: unreadClasses(view, mounts) };
  },
};

interface ReadClass {
  read: SecretClass;
  mounting: readonly Workload[];
  version: string | undefined;
}

function useOf(view: ConsumerView, object: FoundObject, { read, mounting, version }: ReadClass) {
  const use = {
    consumer: "secrets-store-csi" as const,
    object,
    ...(version === undefined ? {} : { version }),
    askedBy: mounting.map(one => one.found.ref),
  };
  if (read.signsInBy === "podIdentity") {
    // NMI goes by the pod: a clientID that stands there is not read.
    const changes = changesOf(object, read, clientIDsOf(view, mounting));
    return { ...use, state: "legacy" as const, needsVersion: "1.1.0", changes };
  }
  if (read.signsInBy !== "workloadIdentity" || read.clientID === undefined) return undefined;
  return { ...use, state: "migrated" as const, clientID: read.clientID, changes: [] };
}

function changesOf({ object }: FoundObject, read: SecretClass, clientIDs: readonly string[]): Change[] {
  const parameters = ["spec", "parameters"];
  const before = partOf(object, ...parameters, "usePodIdentity") as Json;
  const changes: Change[] = [{ path: [...parameters, "usePodIdentity"], before, after: "false" }];
  const [clientID, ...others] = clientIDs;
  if (clientID !== undefined && others.length === 0 && !isSameClientID(clientID, read.clientID)) {
    const present = read.clientID === undefined ? {} : { before: read.clientID };
    changes.push({ path: [...parameters, "clientID"], ...present, after: clientID });
  }
  return changes;
}

/** The identities of the mounting pods, without regard to case. */
function clientIDsOf(view: ConsumerView, mounting: readonly Workload[]): string[] {
  const identities = mounting.flatMap(one => view.usageOf(one.found.ref)?.identities ?? []);
  const known = identities.filter(one => one.clientID !== "").map(one => [one.clientID.toLowerCase(), one.clientID]);
  return [...new Map(known as [string, string][]).values()].sort();
}

function classFindings(
  view: ConsumerView,
  object: FoundObject,
  read: SecretClass,
  mounting: readonly Workload[],
): Finding[] {
  const findings = read.invalid.map(args => finding("secret-class-parameter-invalid", about(object), { ...args }));
  if (read.modes.length > 1)
    findings.push(finding("secret-class-modes-conflict", about(object), { parameters: read.modes }));
  if (read.signsInBy === "node") findings.push(...nodeFindings(view, object, read));
  if (read.signsInBy !== "podIdentity") return findings;
  for (const { found } of mounting) {
    if (view.usageOf(found.ref)) continue;
    const secretProviderClass = nameOf(object.ref);
    findings.push(finding("secret-class-without-label", about(found), { secretProviderClass }));
  }
  const clientIDs = clientIDsOf(view, mounting);
  const accounts = mounting.flatMap(one => one.templates.map(template => serviceAccountOf(template.spec)));
  const serviceAccounts = [...new Set(accounts)].sort();
  if (clientIDs.length > 1 || serviceAccounts.length > 1) {
    const workloads = mounting.map(one => nameOf(one.found.ref)).sort();
    findings.push(finding("secret-class-shared", about(object), { clientIDs, serviceAccounts, workloads }));
  }
  return findings;
}

/** What MIC put on the nodes it takes off them again, whoever else uses it there. */
function nodeFindings({ facts, source }: ConsumerView, object: FoundObject, { nodeIdentity }: SecretClass): Finding[] {
  const shared = nodeIdentity === undefined ? undefined : azureIdentityOf(facts, source, { clientID: nodeIdentity });
  if (!shared || nodeIdentity === undefined) return [];
  const args = { clientID: nodeIdentity, azureIdentity: `${shared.namespace}/${shared.name}` };
  return [finding("secret-class-on-node-identity", about(object), args)];
}

/** Files seldom hold the driver's own objects: of them nothing is said. */
function driverFindings({ facts, source }: ConsumerView): Finding[] {
  if (!facts.sources.some(one => one.id === source && one.type === "cluster")) return [];
  const driver = facts.objects.find(source, "CSIDriver", undefined, csiDriver);
  const subject = driver?.ref ?? { source, apiVersion: "storage.k8s.io/v1", kind: "CSIDriver", name: csiDriver };
  if (!driver) {
    const reason = isKnown(facts, source, "CSIDriver") ? "it is not installed" : "it cannot be listed";
    return [finding("csi-driver-not-checked", { subject }, { reason })];
  }
  const audiences = recordsOf(driver.object, "spec", "tokenRequests").map(one => textOf(one, "audience"));
  if (audiences.includes(defaultAudience)) return [];
  return [finding("csi-driver-without-audience", { subject }, { audience: defaultAudience })];
}

/** A DaemonSet, of the provider's own chart or of the AKS add-on. */
function providerVersion({ workloads }: ConsumerView): string | undefined {
  const containers = workloads.flatMap(({ templates }) => templates.flatMap(({ spec }) => spec?.containers ?? []));
  const provider = containers.find(({ image }) => /(^|\/)provider-azure$/.test(imagePathOf(image)));
  return provider && imageVersion(provider);
}

/** Who mounts classes of a namespace whose classes could not be read. */
function unreadClasses({ facts, source }: ConsumerView, { byClass }: SecretMounts): UnreadKind[] {
  return [...byClass].flatMap(([name, mounting]) => {
    const [namespace] = name.split("/");
    if (isKnown(facts, source, secretClassKind, namespace)) return [];
    return [{ kind: secretClassKind, askedBy: mounting.map(one => one.found.ref) }];
  });
}

function about({ ref, location }: FoundObject) {
  return { subject: ref, ...(location ? { at: location } : {}) };
}
