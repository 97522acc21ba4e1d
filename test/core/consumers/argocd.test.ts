import { describe, expect, it } from "vitest";
import { argocd } from "../../../src/core/consumers/argocd.ts";
import { controller, told } from "./told.ts";

const part = (name: string, kind = "Deployment") =>
  controller(`argocd/${name}`, "quay.io/argoproj/argocd:v2.9.3", {
    kind,
    labels: { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "argocd" },
  });
const use = (object: string) => ({
  consumer: "argocd",
  object,
  state: "legacy",
  version: "2.9.3",
  askedBy: [object],
  follows: "pods",
  changes: [],
});
const settings = (subject: string, type: string) => ({
  code: "consumer-settings-elsewhere",
  subject,
  consumer: "argocd",
  object: `Secret argocd/* (argocd.argoproj.io/secret-type: ${type})`,
});

describe("Argo CD", () => {
  it("is its parts with the label; what they sign in to is in Secrets", () => {
    expect(
      told(argocd, [
        part("argocd-repo-server"),
        part("argocd-application-controller", "StatefulSet"),
        part("argocd-applicationset-controller"),
      ]),
    ).toEqual({
      uses: [
        use("Deployment argocd/argocd-repo-server"),
        use("Deployment argocd/argocd-applicationset-controller"),
        use("StatefulSet argocd/argocd-application-controller"),
      ],
      findings: [
        {
          ...settings("Deployment argocd/argocd-repo-server", "repository"),
          before: "no setting: repositories of Azure DevOps and ACR were reached with what IMDS gave",
          after: 'useAzureWorkloadIdentity: "true" in the Secret of each repository of Azure DevOps or ACR',
        },
        {
          ...settings("StatefulSet argocd/argocd-application-controller", "cluster"),
          before: "AAD_LOGIN_METHOD: msi in execProviderConfig.env",
          after: "AAD_LOGIN_METHOD: workloadidentity",
        },
      ],
    });
  });
});
