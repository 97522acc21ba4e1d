import type { ReadKind } from "../kinds.ts";
import { kindKey } from "../kubernetes.ts";
import type { FoundObject } from "../model.ts";
import type { Consumer } from "./consumer.ts";
import { type Controller, controllersOf } from "./controllers.ts";
import { textOf } from "./read.ts";
import { settingsElsewhere, useOf, useThrough } from "./settings.ts";

interface FluxKind extends ReadKind {
  /** Which controller asks for the token. */
  by: string;
  isAzure(object: unknown): boolean;
}

const hasAzureProvider = (object: unknown) => textOf(object, "spec", "provider") === "azure";
const sourceKind = (kind: string, plural: string): FluxKind => {
  const group = "source.toolkit.fluxcd.io";
  return { group, kind, plural, namespaced: true, by: "source-controller", isAzure: hasAzureProvider };
};

const fluxKinds: readonly FluxKind[] = [
  sourceKind("Bucket", "buckets"),
  sourceKind("GitRepository", "gitrepositories"),
  sourceKind("HelmRepository", "helmrepositories"),
  sourceKind("OCIRepository", "ocirepositories"),
  {
    group: "image.toolkit.fluxcd.io",
    kind: "ImageRepository",
    plural: "imagerepositories",
    namespaced: true,
    by: "image-reflector-controller",
    isAzure: hasAzureProvider,
  },
  {
    group: "kustomize.toolkit.fluxcd.io",
    kind: "Kustomization",
    plural: "kustomizations",
    namespaced: true,
    by: "kustomize-controller",
    // SOPS with a key of Azure Key Vault: without a Secret of its own it asks as the controller.
    isAzure: object =>
      textOf(object, "spec", "decryption", "provider") === "sops" &&
      textOf(object, "spec", "decryption", "secretRef", "name") === undefined,
  },
];

const names = [...new Set(fluxKinds.map(kind => kind.by)), "image-automation-controller", "notification-controller"];

/** Flux's controllers and the objects that they fetch with their own identity (fluxcd/source-controller, docs/spec; fluxcd/website, azure.md). */
export const flux: Consumer = {
  name: "flux",
  kinds: fluxKinds.map(({ group, kind, plural, namespaced }) => ({ group, kind, plural, namespaced })),
  detect(view) {
    const byName = new Map(names.map(name => [name, controllersOf(view, shapeOf(name))]));
    const controllers = [...byName.values()].flat();
    const uses = fluxKinds.flatMap(({ group, kind, by, isAzure }) =>
      view.facts.objects
        .ofKind(view.source, kindKey({ apiVersion: `${group}/v1`, kind }))
        .filter(({ object }) => isAzure(object))
        .flatMap((found: FoundObject) => useThrough("flux", found, byName.get(by) ?? []) ?? []),
    );
    return {
      uses: [...controllers.map(one => useOf("flux", one)), ...uses],
      findings: controllers.filter(one => one.usesPodIdentity).flatMap(bootstrapFindings),
    };
  },
};

function shapeOf(name: string) {
  return { image: new RegExp(`(^|/)${name}$`), labels: { app: [name] } };
}

/** What `flux bootstrap` made comes back from its repository, whatever is patched in the cluster. */
function bootstrapFindings(controller: Controller) {
  const labels = controller.found.object.metadata.labels ?? {};
  const name = labels["kustomize.toolkit.fluxcd.io/name"];
  if (name === undefined) return [];
  const namespace = labels["kustomize.toolkit.fluxcd.io/namespace"] ?? controller.ref.namespace ?? "flux-system";
  const settings = {
    object: `Kustomization ${namespace}/${name}`,
    before: `a patch of Deployment ${controller.ref.name} that sets the pod label aadpodidbinding, in kustomization.yaml of the bootstrap repository`,
    after: `a patch there that sets the pod label azure.workload.identity/use: "true", and one of its ServiceAccount with azure.workload.identity/client-id`,
  };
  return [settingsElsewhere("flux", controller, settings)];
}
