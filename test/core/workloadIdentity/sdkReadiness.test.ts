import { describe, expect, test } from "vitest";
import type { PodTemplate } from "../../../src/core/kubernetes.ts";
import { type ReadinessVerdict, sdkReadiness } from "../../../src/core/workloadIdentity/sdkReadiness.ts";

function template(container: object): PodTemplate {
  return { spec: { containers: [{ name: "app", ...container }] } };
}

function env(name: string, value: string) {
  return { env: [{ name, value }] };
}

describe("what a template shows of an application's SDK", () => {
  test.each<[object, ReadinessVerdict, string[]]>([
    [{}, "unknown", []],
    [{ image: "shop/cart:1" }, "unknown", []],
    [env("AZURE_CLIENT_ID", "x"), "unknown", ["app: env AZURE_CLIENT_ID"]],
    [env("IDENTITY_ENDPOINT", "http://x"), "not-ready", ["app: env IDENTITY_ENDPOINT"]],
    [env("AAD_LOGIN_METHOD", "msi"), "not-ready", ["app: env AAD_LOGIN_METHOD=msi"]],
    [env("AAD_LOGIN_METHOD", "workloadidentity"), "ready", ["app: env AAD_LOGIN_METHOD=workloadidentity"]],
    [env("ARM_USE_OIDC", "true"), "ready", ["app: env ARM_USE_OIDC=true"]],
    [env("CONNECTION", "RunAs=App;AppId=hidden"), "not-ready", ['app: env CONNECTION has "RunAs=App"']],
    [
      env("CONNECTION", "Server=db;Authentication=Active Directory Managed Identity;User Id=hidden"),
      "unknown",
      ['app: env CONNECTION has "Authentication=Active Directory Managed Identity"'],
    ],
    [
      env("CONNECTION", "Authentication=Active Directory Workload Identity"),
      "ready",
      ['app: env CONNECTION has "Authentication=Active Directory Workload Identity"'],
    ],
    [
      { command: ["sh", "-c", "az login --identity && az group list"] },
      "not-ready",
      ['app: command has "az login --identity"'],
    ],
    [
      { command: ["sh", "-c", "az login --service-principal --federated-token $(cat $AZURE_FEDERATED_TOKEN_FILE)"] },
      "ready",
      ['app: command has "AZURE_FEDERATED_TOKEN_FILE"', 'app: command has "--federated-token"'],
    ],
    [{ args: ["wget", "http://169.254.169.254/x"] }, "not-ready", ['app: command has "169.254.169.254"']],
    [
      { image: "quay.io/jetstack/cert-manager-controller:v1.10.2" },
      "not-ready",
      [
        "app: image quay.io/jetstack/cert-manager-controller:v1.10.2 (cert-manager takes workload identity from 1.11.0 on)",
      ],
    ],
    [
      { image: "registry:5000/external-dns/external-dns:v0.14.2@sha256:abc" },
      "ready",
      [
        "app: image registry:5000/external-dns/external-dns:v0.14.2@sha256:abc (external-dns takes workload identity from 0.14.0 on)",
      ],
    ],
    [
      { image: "ghcr.io/kedacore/keda:latest" },
      "unknown",
      ["app: image ghcr.io/kedacore/keda:latest (KEDA takes workload identity from 2.8.0 on)"],
    ],
    [{ image: "node:20-alpine" }, "unknown", ["app: image node:20-alpine (needs @azure/identity 3.2.0 or later)"]],
  ])("%j: %s", (container, verdict, evidence) => {
    expect(sdkReadiness(template(container))).toEqual({ verdict, evidence });
  });

  test("what is against it goes before what is for it", () => {
    const both = { ...env("ARM_USE_OIDC", "true"), args: ["curl", "169.254.169.254"] };
    expect(sdkReadiness(template(both))).toEqual({
      verdict: "not-ready",
      evidence: ['app: command has "169.254.169.254"', "app: env ARM_USE_OIDC=true"],
    });
  });
});
