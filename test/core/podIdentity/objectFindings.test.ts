import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../src/core/kubernetes.ts";
import { objectFindings } from "../../../src/core/podIdentity/objectFindings.ts";
import { azureIdentity, binding, bound, exception, factsOf, factsOfFiles, files, west } from "../factories.ts";

type Told = [code: string, name: string | undefined, args?: object][];

const managed = {
  podIdentity: [{ mode: "managed" as const, namespaced: true, addon: true, namespace: "kube-system" }],
};
const toldOf = (objects: readonly KubernetesObject[], options: Parameters<typeof factsOf>[1] = {}): Told =>
  objectFindings(factsOf(objects, options), west, {}).map(one => [one.code, one.subject?.name, one.args]);

describe("the objects of pod identity", () => {
  it.each<[string, KubernetesObject[], Told]>([
    ["identity and binding", bound("shop/cart"), []],
    ["a binding alone", [binding("shop/cart")], [["binding-without-identity", "cart", { azureIdentity: "cart" }]]],
    ["an identity alone", [azureIdentity("shop/cart")], [["identity-without-binding", "cart", {}]]],
    [
      "no client id",
      [azureIdentity("shop/cart", { clientID: "" }), binding("shop/cart")],
      [["client-id-missing", "cart", {}]],
    ],
    [
      "no resource id",
      [azureIdentity("shop/cart", { resourceID: "" }), binding("shop/cart")],
      [["resource-id-invalid", "cart", { resourceID: "" }]],
    ],
    [
      "a service principal without either",
      [azureIdentity("shop/cart", { type: 1, clientID: "", resourceID: "" }), binding("shop/cart")],
      [],
    ],
    [
      "an identity in another namespace",
      [azureIdentity("bank/cart"), binding("shop/cart")],
      [
        ["binding-without-identity", "cart", { azureIdentity: "cart" }],
        ["identity-without-binding", "cart", {}],
      ],
    ],
    [
      "a type that does not exist",
      [azureIdentity("shop/cart", { type: 3 }), binding("shop/cart")],
      [["identity-type-unsupported", "cart", { type: "3" }]],
    ],
    [
      "a type in words",
      [azureIdentity("shop/cart", { type: "0" }), binding("shop/cart")],
      [["identity-type-unsupported", "cart", { type: '"0"' }]],
    ],
  ])("%s", (_, objects, expected) => {
    expect(toldOf(objects)).toEqual(expected);
  });

  it.each(["a/b", " x", "x ", "-x", "x.", "ä", "x".repeat(64), ""])("no label can have the selector %j", selector => {
    expect(toldOf([azureIdentity("shop/cart"), binding("shop/cart", { selector })])).toEqual([
      ["selector-never-matches", "cart", { selector }],
    ]);
  });

  it.each(["x", "X_1.b-c", "x".repeat(63)])("a label can have the selector %j", selector => {
    expect(toldOf([azureIdentity("shop/cart"), binding("shop/cart", { selector })])).toEqual([]);
  });

  it("an empty selector has a meaning in managed mode", () => {
    const objects = [azureIdentity("shop/cart"), binding("shop/cart", { selector: "" })];
    expect(toldOf(objects, { cluster: managed })).toEqual([]);
  });

  it("an annotation that is not just so restricts nothing", () => {
    const key = "aadpodidentity.k8s.io/Behavior";
    const annotated = (annotations: Record<string, string>) => [
      azureIdentity("shop/cart", {}, annotations),
      binding("shop/cart"),
    ];
    const ignored = (args: object) => [["namespaced-annotation-ignored", "cart", args]];
    expect(toldOf(annotated({ [key]: "namespaced" }))).toEqual([]);
    expect(toldOf(annotated({ [key]: "Namespaced" }))).toEqual(ignored({ key, value: "Namespaced" }));
    expect(toldOf(annotated({ [key.toLowerCase()]: "namespaced" }))).toEqual(
      ignored({ key: key.toLowerCase(), value: "namespaced" }),
    );
    expect(toldOf(annotated({ [key]: "Namespaced" }), { cluster: managed })).toEqual([]);
    const onBinding = binding("shop/cart");
    onBinding.metadata.annotations = { [key]: "namespaced" };
    expect(toldOf([azureIdentity("shop/cart"), onBinding])).toEqual(ignored({ key, value: "namespaced" }));
  });

  it("fields in the old capitals are told of live objects, unless the right ones are there too", () => {
    const objects = [
      azureIdentity("shop/cart", { ResourceID: "x", resourceid: "y" }),
      {
        ...binding("shop/cart"),
        spec: { AzureIdentity: "cart", Selector: "cart", selector: "cart", azureIdentity: "cart" },
      },
      { ...binding("shop/old"), spec: { AzureIdentity: "cart", selector: "old" } },
      { ...exception("shop/ex", {}), spec: { PodLabels: { app: "x" } } },
    ];
    expect(toldOf(objects)).toEqual([
      ["binding-without-identity", "old", { azureIdentity: "" }],
      ["legacy-field-ignored", "old", { field: "spec.AzureIdentity", expected: "spec.azureIdentity" }],
      ["legacy-field-ignored", "ex", { field: "spec.PodLabels", expected: "spec.podLabels" }],
    ]);
    const { spec: _spec, ...rest } = objects[2] as KubernetesObject;
    expect(
      objectFindings(factsOfFiles([{ ...rest, spec: { AzureIdentity: "cart", selector: "old" } }]), files, {}).map(
        one => one.code,
      ),
    ).toEqual(["binding-without-identity"]);
  });

  it("are not missing where they could not be listed", () => {
    const unknown = (kind: string) => ({ unknown: [{ kind, except: ["shop"] }] });
    expect(toldOf([binding("bank/cart")], unknown("AzureIdentity"))).toEqual([]);
    expect(toldOf([azureIdentity("bank/cart")], unknown("AzureIdentityBinding"))).toEqual([]);
    expect(toldOf([binding("shop/cart")], unknown("AzureIdentity"))).toEqual([
      ["binding-without-identity", "cart", { azureIdentity: "cart" }],
    ]);
  });

  it("in files may rest on what the cluster has, and say where they are", () => {
    const inFiles = (live: readonly KubernetesObject[], ...objects: KubernetesObject[]) =>
      objectFindings(factsOf(live, { files: objects }), files, {});
    expect(inFiles([azureIdentity("shop/cart")], binding("shop/cart"))).toEqual([]);
    expect(inFiles([binding("shop/cart")], azureIdentity("shop/cart"))).toEqual([]);
    expect(inFiles([], binding("shop/cart"))).toMatchObject([
      { code: "binding-without-identity", at: { file: "deploy/all.yaml", line: 1 } },
    ]);
  });
});
