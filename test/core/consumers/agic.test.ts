import { describe, expect, it } from "vitest";
import { agic } from "../../../src/core/consumers/agic.ts";
import { bound } from "../factories.ts";
import { controller, foreign, told } from "./told.ts";

const image = "mcr.microsoft.com/azure-application-gateway/kubernetes-ingress:1.5.3";
const use = {
  consumer: "agic",
  object: "Deployment agic/ingress-azure",
  state: "legacy",
  version: "1.5.3",
  askedBy: ["Deployment agic/ingress-azure"],
  follows: "pods",
  needsVersion: "1.7.0",
  changes: [],
};

describe("the Application Gateway Ingress Controller", () => {
  it("needs 1.7.0, and its chart's armAuth", () => {
    const labels = { app: "ingress-azure", chart: "ingress-azure-1.5.3", heritage: "Helm", release: "agic" };
    expect(
      told(agic, [...bound("agic/ingress-azure"), controller("agic/ingress-azure", image, { metadata: { labels } })]),
    ).toEqual({
      uses: [use],
      findings: [
        {
          code: "consumer-settings-elsewhere",
          subject: "Deployment agic/ingress-azure",
          consumer: "agic",
          object: "Helm release agic/agic",
          before: "armAuth with type: aadPodIdentity, identityResourceID and identityClientID",
          after: "armAuth with type: workloadIdentity and the same identityClientID, of chart 1.7.0 or later",
        },
      ],
    });
  });

  it("is not the add-on of AKS, which has an identity of its own", () => {
    expect(told(agic, [controller("kube-system/ingress-appgw-deployment", image, { on: "neither" })]).uses).toEqual([]);
  });

  it("is known by its label where a registry flattens paths, and is no other ingress controller", () => {
    const { uses } = told(agic, [
      controller("agic/ingress-azure", "shop.azurecr.io/kubernetes-ingress:1.7.1", {
        labels: { app: "ingress-azure" },
      }),
      controller("web/haproxy", "haproxytech/kubernetes-ingress:1.11"),
    ]);
    expect(uses).toEqual([{ ...use, version: "1.7.1" }]);
  });

  it("has exact changes where Flux shows the values", () => {
    const release = foreign("helm.toolkit.fluxcd.io/v2", "HelmRelease", "agic/agic", {
      chart: { spec: { chart: "ingress-azure" } },
      values: { armAuth: { type: "aadPodIdentity", identityResourceID: "/subscriptions/s", identityClientID: "c" } },
    });
    expect(told(agic, [release]).uses).toEqual([
      {
        consumer: "agic",
        object: "HelmRelease agic/agic",
        state: "legacy",
        askedBy: [],
        changes: [
          { path: ["spec", "values", "armAuth", "type"], before: "aadPodIdentity", after: "workloadIdentity" },
          { path: ["spec", "values", "armAuth", "identityResourceID"], before: "/subscriptions/s" },
        ],
      },
    ]);
  });
});
