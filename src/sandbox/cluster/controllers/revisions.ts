import { canonicalJson, suffixOf } from "../identifiers.ts";
import { controllerReference, type KubernetesObject, type PodTemplate, type Workload } from "../object.ts";
import { type Control, controlledBy } from "./control.ts";

/** The label that tells from which revision of the template a StatefulSet's or DaemonSet's pod was made. */
export const REVISION_LABEL = "controller-revision-hash";

/** The ControllerRevision of the workload's present template, made when there is none. */
export function presentRevision(control: Control, workload: Workload): KubernetesObject {
  const kind = control.catalogue.byKind("ControllerRevision");
  const known = revisionsOf(control, workload);
  const key = canonicalJson(workload.spec.template);
  const same = known.find(revision => canonicalJson(templateOf(revision)) === key);
  if (same) return same;
  const { name = "", namespace } = workload.metadata;
  const hash = suffixOf(key, 10);
  return control.registry.create(kind, {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...workload.spec.template.metadata?.labels,
        [workload.kind === "StatefulSet" ? "controller.kubernetes.io/hash" : REVISION_LABEL]: hash,
      },
      ownerReferences: [controllerReference(workload)],
    },
    data: { spec: { template: { ...workload.spec.template, $patch: "replace" } } },
    revision: Math.max(0, ...known.map(revision => Number(revision.revision))) + 1,
  });
}

/** The template of the revision with this name; undefined when it is gone. */
export function templateOfRevision(control: Control, workload: Workload, name: string): PodTemplate | undefined {
  const revision = revisionsOf(control, workload).find(({ metadata }) => metadata.name === name);
  return revision && templateOf(revision);
}

function revisionsOf(control: Control, workload: Workload): KubernetesObject[] {
  return controlledBy(control, workload, "ControllerRevision");
}

function templateOf(revision: KubernetesObject): PodTemplate {
  const data = revision.data as { spec: { template: PodTemplate & { $patch?: string } } };
  const { $patch: _patch, ...template } = data.spec.template;
  return template;
}
