import { describe, expect, it } from "vitest";
import { flux } from "../../../src/core/consumers/flux.ts";
import { controller, foreign, told, toldOfFiles } from "./told.ts";

const fromBootstrap = {
  "kustomize.toolkit.fluxcd.io/name": "flux-system",
  "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
};
const part = (name: string, options: Parameters<typeof controller>[2] = {}) =>
  controller(`flux-system/${name}`, `ghcr.io/fluxcd/${name}:v1.2.4`, options);
const source = (kind: string, spec: object = { provider: "azure" }) =>
  foreign("source.toolkit.fluxcd.io/v1", kind, "flux-system/shop", { ...spec });
const use = (object: string, by: string) => ({
  consumer: "flux",
  object,
  state: "legacy",
  version: "1.2.4",
  askedBy: [`Deployment flux-system/${by}`],
  follows: "pods",
  changes: [],
});

describe("Flux", () => {
  it("fetches with its controllers' identity, and says where they are patched", () => {
    expect(
      told(flux, [
        part("source-controller", { metadata: { labels: fromBootstrap } }),
        source("Bucket"),
        source("OCIRepository"),
        source("HelmRepository", { provider: "generic" }),
        source("GitRepository", {}),
      ]),
    ).toEqual({
      uses: [
        use("Deployment flux-system/source-controller", "source-controller"),
        use("Bucket flux-system/shop", "source-controller"),
        use("OCIRepository flux-system/shop", "source-controller"),
      ],
      findings: [
        {
          code: "consumer-settings-elsewhere",
          subject: "Deployment flux-system/source-controller",
          consumer: "flux",
          object: "Kustomization flux-system/flux-system",
          before:
            "a patch of Deployment source-controller that sets the pod label aadpodidbinding, in kustomization.yaml of the bootstrap repository",
          after:
            'a patch there that sets the pod label azure.workload.identity/use: "true", and one of its ServiceAccount with azure.workload.identity/client-id',
        },
      ],
    });
  });

  it("scans images and decrypts with SOPS through other controllers", () => {
    const sops = (name: string, decryption: object) =>
      foreign("kustomize.toolkit.fluxcd.io/v1", "Kustomization", `flux-system/${name}`, {
        decryption: { ...decryption },
      });
    const { uses } = told(flux, [
      part("image-reflector-controller"),
      part("kustomize-controller", { on: "workloadIdentity" }),
      foreign("image.toolkit.fluxcd.io/v1beta2", "ImageRepository", "flux-system/cart", { provider: "azure" }),
      sops("apps", { provider: "sops" }),
      sops("keys", { provider: "sops", secretRef: { name: "age" } }),
    ]);
    expect(uses).toEqual([
      use("Deployment flux-system/image-reflector-controller", "image-reflector-controller"),
      { ...use("Deployment flux-system/kustomize-controller", "kustomize-controller"), state: "migrated" },
      use("ImageRepository flux-system/cart", "image-reflector-controller"),
      { ...use("Kustomization flux-system/apps", "kustomize-controller"), state: "migrated" },
    ]);
  });

  it("on the node's identity, or where nobody sees its controllers, is no use", () => {
    expect(told(flux, [part("source-controller", { on: "neither" }), source("Bucket")])).toEqual({
      uses: [],
      findings: [],
    });
    expect(toldOfFiles(flux, [source("Bucket")])).toEqual({ uses: [], findings: [] });
  });
});
