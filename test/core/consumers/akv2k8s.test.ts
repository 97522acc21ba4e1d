import { describe, expect, it } from "vitest";
import { akv2k8s } from "../../../src/core/consumers/akv2k8s.ts";
import { controller, foreign, told } from "./told.ts";

const sync = controller("akv2k8s/controller", "spvest/azure-keyvault-controller:1.4.0");
const use = {
  consumer: "akv2k8s",
  object: "Deployment akv2k8s/controller",
  state: "legacy",
  version: "1.4.0",
  needsVersion: "1.5.0",
  askedBy: ["Deployment akv2k8s/controller"],
  follows: "pods",
  changes: [],
};

describe("akv2k8s", () => {
  it("syncs AzureKeyVaultSecrets with its controller's identity", () => {
    const { needsVersion: _own, ...through } = use;
    expect(told(akv2k8s, [sync, foreign("spv.no/v2beta1", "AzureKeyVaultSecret", "shop/cart", {})])).toEqual({
      uses: [use, { ...through, object: "AzureKeyVaultSecret shop/cart" }],
      findings: [],
    });
  });

  it("hands its own label on to the pods that it injects", () => {
    const fieldRef = { fieldPath: "metadata.labels['aadpodidbinding']" };
    const injector = controller("akv2k8s/env-injector", "spvest/azure-keyvault-webhook:1.3.0", {
      container: { env: [{ name: "AAD_POD_BINDING_LABEL", valueFrom: { fieldRef } }] },
    });
    expect(told(akv2k8s, [injector])).toEqual({
      uses: [
        {
          ...use,
          object: "Deployment akv2k8s/env-injector",
          version: "1.3.0",
          askedBy: ["Deployment akv2k8s/env-injector"],
        },
      ],
      findings: [
        {
          code: "consumer-settings-elsewhere",
          subject: "Deployment akv2k8s/env-injector",
          consumer: "akv2k8s",
          object: "pods that Deployment akv2k8s/env-injector injects",
          before: "AAD_POD_BINDING_LABEL of the injector becomes the label aadpodidbinding of every pod it changes",
          after:
            "each of those workloads with its own service account and label azure.workload.identity/use, before the injector moves",
        },
      ],
    });
  });

  it("is told to use pod identity by a value of its chart as well", () => {
    const release = foreign("helm.toolkit.fluxcd.io/v2beta2", "HelmRelease", "akv2k8s/akv2k8s", {
      chart: { spec: { chart: "akv2k8s" } },
      values: { env_injector: { keyVault: { customAuth: { enabled: true, podIdentitySelector: "vault" } } } },
    });
    expect(told(akv2k8s, [release]).uses).toEqual([
      {
        consumer: "akv2k8s",
        object: "HelmRelease akv2k8s/akv2k8s",
        state: "legacy",
        askedBy: [],
        changes: [
          { path: ["spec", "values", "env_injector", "podLabels", "azure.workload.identity/use"], after: "true" },
        ],
      },
    ]);
  });
});
