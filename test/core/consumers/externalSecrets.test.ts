import { describe, expect, it } from "vitest";
import { externalSecrets } from "../../../src/core/consumers/externalSecrets.ts";
import type { Json, JsonObject } from "../../../src/core/kubernetes.ts";
import { bound, clientIDOf } from "../factories.ts";
import { controller, foreign, told, toldOfFiles } from "./told.ts";

const image = "ghcr.io/external-secrets/external-secrets:v0.10.7";
const eso = controller("eso/external-secrets", image);
const world = [...bound("eso/external-secrets"), eso];
const store = (path: string, azurekv: Json, version = "v1") => {
  const kind = path.includes("/") ? "SecretStore" : "ClusterSecretStore";
  return foreign(`external-secrets.io/${version}`, kind, path, { provider: { azurekv } });
};
const authType = {
  path: ["spec", "provider", "azurekv", "authType"],
  before: "ManagedIdentity",
  after: "WorkloadIdentity",
};
const use = {
  consumer: "external-secrets",
  object: "SecretStore shop/vault",
  state: "legacy",
  version: "0.10.7",
  askedBy: ["Deployment eso/external-secrets"],
  changes: [authType],
};

describe("External Secrets", () => {
  it.each(["v1", "v1beta1", "v1alpha1"])("asks for tokens with its controller's identity in %s", version => {
    expect(told(externalSecrets, [...world, store("shop/vault", { authType: "ManagedIdentity" }, version)])).toEqual({
      uses: [use],
      findings: [],
    });
  });

  it("gives up an identityId, which only managed identities have", () => {
    const own = clientIDOf("external-secrets");
    const { uses, findings } = told(externalSecrets, [
      ...world,
      store("vault", { authType: "ManagedIdentity", identityId: own.toUpperCase() }),
    ]);
    expect(uses).toEqual([
      {
        ...use,
        object: "ClusterSecretStore vault",
        clientID: own.toUpperCase(),
        changes: [authType, { path: ["spec", "provider", "azurekv", "identityId"], before: own.toUpperCase() }],
      },
    ]);
    expect(findings).toEqual([]);
  });

  it("needs an account for another identity than the controller's", () => {
    const { findings } = told(externalSecrets, [
      ...world,
      store("shop/vault", { authType: "ManagedIdentity", identityId: clientIDOf("cart") }),
    ]);
    expect(findings).toEqual([
      { code: "secret-store-account-needed", subject: "SecretStore shop/vault", clientID: clientIDOf("cart") },
    ]);
  });

  it("is migrated with workload identity, of its own account or of one that is named", () => {
    const own = { authType: "WorkloadIdentity" };
    const { uses } = told(externalSecrets, [
      ...world,
      store("shop/own", own),
      store("shop/named", { ...own, serviceAccountRef: { name: "vault" } }),
    ]);
    expect(uses).toEqual([
      { ...use, object: "SecretStore shop/own", state: "migrated", changes: [] },
      { consumer: "external-secrets", object: "SecretStore shop/named", state: "migrated", askedBy: [], changes: [] },
    ]);
  });

  it("does not ask NMI from pods that have the node's identity", () => {
    const objects = [
      controller("eso/external-secrets", image, { on: "neither" }),
      store("shop/vault", { authType: "ManagedIdentity" }),
    ];
    expect(told(externalSecrets, objects)).toEqual({ uses: [], findings: [] });
  });

  it("is asked by its controller alone, though its webhook runs the same image", () => {
    const others = ["webhook", "certcontroller"].map(arg =>
      controller(`eso/${arg}`, image, { on: "both", container: { args: [arg, "--port=10250"] } }),
    );
    const { uses } = told(externalSecrets, [...world, ...others, store("shop/vault", { authType: "ManagedIdentity" })]);
    expect(uses).toEqual([use]);
  });

  it("is found in files without its controller, whose identity is not known then", () => {
    const objects = [store("shop/vault", { authType: "ManagedIdentity", identityId: clientIDOf("cart") })];
    expect(toldOfFiles(externalSecrets, objects)).toMatchObject({
      uses: [{ state: "legacy", askedBy: [] }],
      findings: [],
    });
  });

  it.each<[Json]>([
    [{ authType: "ServicePrincipal" }],
    [{ vaultUrl: "https://x" }],
    ["ManagedIdentity"],
    [{ authType: ["ManagedIdentity"] }],
    [null],
  ])("is of no interest with %j", azurekv => {
    const vault = foreign("external-secrets.io/v1", "SecretStore", "shop/other", { provider: { vault: {} } });
    expect(told(externalSecrets, [...world, store("shop/vault", azurekv), vault])).toEqual({ uses: [], findings: [] });
  });

  it("may use pod identity through what cannot be read", () => {
    const kind = "ClusterSecretStore.external-secrets.io";
    const objects: JsonObject = { kind, askedBy: ["Deployment eso/external-secrets"] };
    expect(told(externalSecrets, world, { unknown: [{ kind, except: [] }] })).toMatchObject({ unread: [objects] });
  });

  it.each<[string, string, string[], (auth: JsonObject) => JsonObject]>([
    ["ACRAccessToken", "shop/acr", ["spec", "auth"], auth => ({ registry: "shop.azurecr.io", auth })],
    [
      "ClusterGenerator",
      "acr",
      ["spec", "generator", "acrAccessTokenSpec", "auth"],
      auth => ({ kind: "ACRAccessToken", generator: { acrAccessTokenSpec: { auth } } }),
    ],
  ])("makes tokens for a registry as %s says", (kind, path, at, specOf) => {
    const generator = (auth: JsonObject) =>
      foreign("generators.external-secrets.io/v1alpha1", kind, path, specOf(auth));
    const object = `${kind} ${path}`;
    const managedIdentity = { identityId: clientIDOf("cart") };
    const legacy = {
      ...use,
      object,
      clientID: clientIDOf("cart"),
      changes: [
        { path: [...at, "managedIdentity"], before: managedIdentity },
        { path: [...at, "workloadIdentity"], after: {} },
      ],
    };
    const toldWith = (auth: JsonObject) => told(externalSecrets, [...world, generator(auth)]);
    expect(toldWith({ managedIdentity })).toEqual({
      uses: [legacy],
      findings: [{ code: "secret-store-account-needed", subject: object, clientID: clientIDOf("cart") }],
    });
    expect(toldWith({ workloadIdentity: {} }).uses).toEqual([{ ...use, object, state: "migrated", changes: [] }]);
    expect(toldWith({ workloadIdentity: { serviceAccountRef: { name: "acr" } } }).uses).toMatchObject([
      { state: "migrated", askedBy: [] },
    ]);
    expect(toldWith({ servicePrincipal: {} })).toEqual({ uses: [], findings: [] });
  });
});
