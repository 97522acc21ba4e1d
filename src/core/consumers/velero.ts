import type { ReadKind } from "../kinds.ts";
import { kindKey } from "../kubernetes.ts";
import type { FoundObject } from "../model.ts";
import { imageVersion } from "../podIdentity/podIdentityComponents.ts";
import { chartUses, podLabelsChart } from "./charts.ts";
import type { Consumer, ConsumerView } from "./consumer.ts";
import { type Controller, controllersOf, imagePathOf, mountedFrom } from "./controllers.ts";
import { recordsOf, textOf } from "./read.ts";
import { releaseKinds } from "./releases.ts";
import { settingsElsewhere, useOf, useThrough } from "./settings.ts";

const locationKinds: readonly ReadKind[] = [
  { group: "velero.io", kind: "BackupStorageLocation", plural: "backupstoragelocations", namespaced: true },
  { group: "velero.io", kind: "VolumeSnapshotLocation", plural: "volumesnapshotlocations", namespaced: true },
];

/**
 * Velero's server and node agents with the Azure plugin (vmware-tanzu/velero-plugin-for-microsoft-azure, README.md at v1.7.0
 * and later). `spec.config.useAAD` of a location is no condition and needs another role, so that it is not asked for.
 */
export const velero: Consumer = {
  name: "velero",
  kinds: [...locationKinds, ...releaseKinds],
  detect(view) {
    const shape = { image: /(^|\/)velero$/, labels: { component: ["velero"], "app.kubernetes.io/name": ["velero"] } };
    const controllers = controllersOf(view, shape);
    const locations = azureLocations(view);
    const askers = controllers.filter(one => pluginOf(one) !== undefined || locations.some(isBeside(one)));
    const chart = podLabelsChart(/^velero$/, ["podLabels"], ["nodeAgent", "labels"]);
    const charts = chartUses("velero", view, askers, chart);
    const uses = locations
      .filter(({ object }) => !textOf(object, "spec", "config", "storageAccountKeyEnvVar"))
      .flatMap(
        location =>
          useThrough(
            "velero",
            location,
            askers.filter(one => isBeside(one)(location)),
          ) ?? [],
      );
    const findings = askers.filter(one => one.usesPodIdentity).flatMap(one => credentialFindings(one, locations));
    return {
      uses: [...askers.map(one => withPlugin(one)), ...uses, ...charts.uses],
      findings: [...findings, ...charts.findings],
    };
  },
};

function azureLocations({ facts, source }: ConsumerView): FoundObject[] {
  return locationKinds
    .flatMap(({ group, kind }) => facts.objects.ofKind(source, kindKey({ apiVersion: `${group}/v1`, kind })))
    .filter(({ object }) => /^(velero\.io\/)?azure$/.test(textOf(object, "spec", "provider") ?? ""));
}

/** Velero looks at its own namespace only. */
function isBeside({ ref }: Controller): (location: FoundObject) => boolean {
  return location => location.ref.namespace === ref.namespace;
}

function pluginOf({ template }: Controller) {
  return recordsOf(template, "spec", "initContainers")
    .map(one => ({ name: "", image: textOf(one, "image") ?? "" }))
    .find(one => /(^|\/)velero-plugin-for-microsoft-azure$/.test(imagePathOf(one.image)));
}

/** The plugin's version is what counts; node agents have none of their own and go by the server's. */
function withPlugin(controller: Controller) {
  const plugin = pluginOf(controller);
  const version = plugin && imageVersion(plugin);
  const use = useOf("velero", controller);
  if (!plugin) return use;
  const { version: _server, ...rest } = use;
  return { ...rest, needsVersion: "1.8.0", ...(version === undefined ? {} : { version }) };
}

function credentialFindings(controller: Controller, locations: readonly FoundObject[]) {
  const variable = recordsOf(controller.container, "env").find(one => one.name === "AZURE_CREDENTIALS_FILE");
  const own = mountedFrom(controller, textOf(variable, "value") ?? "/credentials/cloud");
  const named = locations.filter(isBeside(controller)).flatMap(({ object, ref }) => {
    const name = textOf(object, "spec", "credential", "name");
    return name === undefined ? [] : [`Secret ${ref.namespace ?? "default"}/${name}`];
  });
  const settings = (object: string) =>
    settingsElsewhere("velero", controller, {
      object,
      before: "AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP and AZURE_CLOUD_NAME",
      after: "the same, without AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH, which would win",
    });
  return [...new Set([...(own === undefined ? [] : [own]), ...named])].map(settings);
}
