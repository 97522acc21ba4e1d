import { describe, expect, it } from "vitest";
import { azureServiceOperator } from "../../../src/core/consumers/azureServiceOperator.ts";
import { workload } from "../factories.ts";
import { controller, foreign, told } from "./told.ts";

const manager = "azureserviceoperator-system/azureserviceoperator-controller-manager";
const use = {
  consumer: "azure-service-operator",
  object: `Deployment ${manager}`,
  state: "legacy",
  version: "2.6.0",
  askedBy: [`Deployment ${manager}`],
  follows: "pods",
  needsVersion: "2.0.0",
  changes: [],
};
const settings = (object: string) => ({
  code: "consumer-settings-elsewhere",
  subject: `Deployment ${manager}`,
  consumer: "azure-service-operator",
  object,
  before: 'USE_POD_IDENTITY_AUTH: "true"',
  after: "no such key; the others stay, and without a client secret workload identity is what it takes",
});
const global = {
  ...settings("Secret azureserviceoperator-system/aso-controller-settings"),
  before: "neither AZURE_CLIENT_SECRET nor USE_WORKLOAD_IDENTITY_AUTH",
  after: 'USE_WORKLOAD_IDENTITY_AUTH: "true" beside the keys that are there, which all stay',
};

describe("Azure Service Operator", () => {
  it("v2 signs in as Secrets say, which are named and not read", () => {
    const image = "mcr.microsoft.com/k8s/azureserviceoperator:v2.6.0";
    const annotated = (path: string, secret: string) =>
      foreign(
        "resources.azure.com/v1api20200601",
        "ResourceGroup",
        path,
        {},
        {
          annotations: { "serviceoperator.azure.com/credential-from": secret },
        },
      );
    expect(
      told(azureServiceOperator, [
        controller(manager, image),
        annotated("shop/data", "shop-credential"),
        annotated("shop/web", "shop-credential"),
        annotated("bank/data", "platform/bank-credential"),
        foreign("resources.azure.com/v1api20200601", "ResourceGroup", "bank/web", {}),
      ]),
    ).toEqual({
      uses: [use],
      findings: [
        global,
        settings("Secret */aso-credential"),
        settings("Secret platform/bank-credential"),
        settings("Secret shop/shop-credential"),
      ],
    });
  });

  it("finds the global Secret under another name, in each of several operators", () => {
    const env = [{ name: "AZURE_CLIENT_ID", valueFrom: { secretKeyRef: { name: "own", key: "AZURE_CLIENT_ID" } } }];
    const { findings } = told(azureServiceOperator, [
      controller("tenant-a/aso", "mcr.microsoft.com/k8s/azureserviceoperator:v2.6.0", { container: { env } }),
      controller("tenant-b/aso", "mcr.microsoft.com/k8s/azureserviceoperator:v2.6.0"),
    ]);
    expect(findings.map(one => "object" in one && one.object)).toEqual([
      "Secret tenant-a/own",
      "Secret */aso-credential",
      "Secret tenant-b/aso-controller-settings",
      "Secret */aso-credential",
    ]);
  });

  it("v1 is known by the binding that its manifests name, and never learned workload identity", () => {
    const { uses } = told(azureServiceOperator, [
      workload("azureoperator-system/azureoperator-controller-manager", {
        label: "aso_manager_binding",
        podSpec: { containers: [{ name: "manager", image: "shop.azurecr.io/aso:latest" }] },
      }),
    ]);
    expect(uses).toMatchObject([{ version: "1.0.0", needsVersion: "2.0.0", state: "legacy" }]);
  });

  it("cannot tell which Secrets its resources name where they cannot be read", () => {
    const image = "mcr.microsoft.com/k8s/azureserviceoperator:v2.6.0";
    const unknown = [{ kind: "ResourceGroup.resources.azure.com", except: [] }];
    expect(told(azureServiceOperator, [controller(manager, image)], { unknown })).toEqual({
      uses: [use],
      findings: [global, settings("Secret */aso-credential")],
      unread: [{ kind: "ResourceGroup.resources.azure.com", askedBy: [`Deployment ${manager}`] }],
    });
  });
});
