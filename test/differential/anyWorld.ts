import fc from "fast-check";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { nodes, podIdentityObject, type World } from "./world.ts";

// Pod `web` of `@-b` with identity `i`, and pod `web` of `@` with identity `b-i`, share the name of an AzureAssignedIdentity.
const namespaces = ["@", "@-b", "@-c"];
const identityNames = ["i", "b-i", "shared"];

/** Mostly what works, or nothing would ever match; `rarity` times as often as what is odd. */
function often<T>(common: readonly T[], rare: readonly T[], rarity = 5): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: rarity, arbitrary: fc.constantFrom(...common) },
    { weight: 1, arbitrary: fc.constantFrom(...rare) },
  );
}

function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: 12 });
}

/** Without the fields that are undefined: the API server gets what a person would write. */
function given<T extends Record<string, unknown>>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

const good = "/subscriptions/5/resourcegroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/@-x";
const resourceIDs = often(
  [good, good.replace("resourcegroups", "resourceGroups")],
  [
    "",
    good.slice(1),
    `${good}/`,
    `${good} `,
    ` ${good}`,
    good.toUpperCase(),
    good.toLowerCase(),
    `https://management.azure.com${good}`,
    good.replace("@-x", ""),
    good.replace("@-x", " "),
    good.replace("/5/", "//"),
    good.replace("Microsoft.", "Microsoft-"),
    good.replace("userAssignedIdentities", "systemAssignedIdentities"),
    good.replace("resourcegroups/r/", ""),
    good.replace("@-x", "\n"),
    good.replace("/r/", "/r\ns/"),
    // What is one character, or a letter in another case, is not the same for every regular expression.
    good.replace("@-x", "\r"),
    good.replace("@-x", "\u2028"),
    good.replace("Microsoft.", "Microsoft\u{1f511}"),
    good.replace("subscriptions", "ſubscriptions"),
    "/subscriptions/5/resourceGroups/r/providers/Microsoft.ContainerService/managedClusters/@-x",
    "/a/b/c",
  ],
  2,
);

const behavior = "aadpodidentity.k8s.io/Behavior";
const annotations = often<Record<string, string> | undefined>(
  [undefined, undefined, { [behavior]: "namespaced" }],
  [
    { [behavior]: "Namespaced" },
    { [behavior]: "namespaced " },
    { [behavior]: "" },
    { [behavior]: "true" },
    { [behavior.toLowerCase()]: "namespaced" },
    { [`${behavior}s`]: "namespaced" },
  ],
  3,
);

const anyIdentity = fc
  .record({
    namespace: fc.constantFrom(...namespaces),
    name: fc.constantFrom(...identityNames),
    annotations,
    spec: often(["as written"], ["none", "capitals"], 15),
    type: often([0, 0, 0, undefined], [1, 2, 3, -1, 4_294_967_296]),
    resourceID: maybe(resourceIDs),
    clientID: maybe(often(["10000000-0000-4000-8000-000000000001"], ["10000000-0000-4000-8000-00000000000A", ""])),
  })
  .map(({ namespace, name, annotations, spec, type, resourceID, clientID }) => {
    const fields =
      spec === "capitals" ? { type, ResourceID: resourceID, ClientID: clientID } : { type, resourceID, clientID };
    const metadata = given({ namespace, name, annotations });
    return podIdentityObject("AzureIdentity", metadata, spec === "none" ? undefined : given(fields));
  });

const labelValues = often(["@-app"], ["@-App", "@-APP", "@.b_c", "@", ""], 2);
const selectors = often(
  ["@-app"],
  ["@-App", "@-APP", " @-app", "@-app ", "@-app\n", "@.b_c", "@", "", "@-app/x", `@-${"x".repeat(70)}`],
);

const anyBinding = fc
  .record({
    namespace: fc.constantFrom(...namespaces),
    name: fc.constantFrom("a", "b", "b-1", "b.1", "z"),
    annotations,
    spec: often(["as written"], ["none", "capitals"], 15),
    azureIdentity: maybe(often(identityNames, ["I", " i", "i ", "gone", "", "@/i", "@-b/i"])),
    selector: maybe(selectors),
    weight: fc.constantFrom(undefined, 0, 5),
  })
  .map(({ namespace, name, annotations, spec, azureIdentity, selector, weight }) => {
    const fields =
      spec === "capitals" ? { AzureIdentity: azureIdentity, Selector: selector } : { azureIdentity, selector, weight };
    const metadata = given({ namespace, name, annotations });
    return podIdentityObject("AzureIdentityBinding", metadata, spec === "none" ? undefined : given(fields));
  });

/** Label keys that exceptions name too; some are names of what every JavaScript object has. */
const keys = ["app", "App", "tier", "app.kubernetes.io/component", "constructor", "aadpodidbinding"];

function anyLabels(values: fc.Arbitrary<string>): fc.Arbitrary<Record<string, string>> {
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom(...keys), values), { selector: ([key]) => key, maxLength: 3 })
    .map(Object.fromEntries);
}

const anyException = fc
  .record({
    namespace: fc.constantFrom(...namespaces),
    name: fc.constantFrom("e", "f"),
    spec: often(["as written"], ["none", "capitals"], 15),
    podLabels: maybe(anyLabels(often(["mic", "yes"], ["MIC", "Yes", "yeſ", "", "@-APP", " mic", "K8s"], 1))),
  })
  .map(({ namespace, name, spec, podLabels }) => {
    const fields = spec === "capitals" ? { PodLabels: podLabels } : { podLabels };
    const metadata = { namespace, name };
    return podIdentityObject("AzurePodIdentityException", metadata, spec === "none" ? undefined : given(fields));
  });

/** The hyphen in NMI's pattern for the ReplicaSets of MIC, `^mic-*`, is optional. */
const anyOwner = fc
  .record({
    kind: often(["ReplicaSet"], ["replicaset", "Job"]),
    name: often(["mic-5d7f", "web-5d7f"], ["mic", "microservice-5d7f", "mi-c", "atomic-5d7f", "mi", "mic.5d7f"], 1),
  })
  .map(({ kind, name }) => ({ apiVersion: "apps/v1", kind, name, uid: "00000000-0000-4000-8000-0000000000a1" }));

const anyPod = fc
  .record({
    namespace: fc.constantFrom(...namespaces),
    name: fc.constantFrom("web", "web-2", "web.3", "c-web"),
    labels: anyLabels(often(["mic", "yes"], ["MIC", "YES", "", "k8s", "no"], 1)),
    label: maybe(labelValues),
    ownerReferences: fc.option(fc.array(anyOwner, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 2 }),
    nodeName: often<string | undefined>(nodes, [undefined, "gone"]),
    hostNetwork: often<boolean | undefined>([undefined], [true]),
    phase: often<string | undefined>([undefined, "Running"], ["Succeeded", "Failed", "Unknown"]),
    deletionTimestamp: often<string | undefined>([undefined, undefined], ["2026-01-01T00:00:00Z"]),
  })
  .map(({ namespace, name, labels, label, ownerReferences, deletionTimestamp, phase, ...spec }): KubernetesObject => {
    const { aadpodidbinding: _, ...others } = labels;
    const metadata = given({
      namespace,
      // MIC may give the name of an assignment to a pod whose node is gone, and then make none: the pod that shares the name
      // goes without one, and nothing tells why. No other pod shares this one.
      name: spec.nodeName === "gone" ? `left-${name}` : name,
      labels: label === undefined ? others : { ...others, aadpodidbinding: label },
      ownerReferences,
      deletionTimestamp,
    });
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec: { ...given(spec), containers: [{ name: "app", image: "app" }] },
      ...(phase === undefined ? {} : { status: { phase } }),
    };
  });

function several(one: fc.Arbitrary<KubernetesObject>, minLength: number, maxLength: number) {
  const selector = ({ metadata }: KubernetesObject) => `${metadata.namespace}/${metadata.name}`;
  return fc.uniqueArray(one, { selector, minLength, maxLength });
}

/** Everything that can be odd about pod identity's objects and that an API server accepts, mostly together with what works. */
export const anyWorld: fc.Arbitrary<World> = fc
  .tuple(several(anyIdentity, 3, 8), several(anyBinding, 3, 9), several(anyException, 0, 4), several(anyPod, 2, 7))
  .map(objects => objects.flat());

/** World `number` of a seed; the same one however many are asked for. */
export function worldOf(seed: number, number: number): World {
  const [world] = fc.sample(anyWorld, { seed: seed + number * 7919, numRuns: 1 });
  if (!world) throw new Error("fast-check gave no sample");
  return world;
}
