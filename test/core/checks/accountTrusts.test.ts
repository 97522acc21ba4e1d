import { describe, expect, test } from "vitest";
import type { JsonObject, KubernetesObject } from "../../../src/core/kubernetes.ts";
import { judge } from "../../../src/core/reports.ts";
import { foreign } from "../consumers/told.ts";
import { bound, clientIDOf, decisions, factsOf, issuer, serviceAccount, workload } from "../factories.ts";

const secretVolume = (more: JsonObject = {}): JsonObject => ({
  name: "secrets",
  csi: { driver: "secrets-store.csi.k8s.io", volumeAttributes: { secretProviderClass: "vault" }, ...more },
});
const tokenVolume = (audience?: string): JsonObject => {
  const serviceAccountToken = { path: "token", ...(audience === undefined ? {} : { audience }) };
  return { name: "token", projected: { sources: [{ serviceAccountToken }] } };
};
const secretClass = (provider: string, parameters: JsonObject) =>
  foreign("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", "shop/vault", { provider, parameters });
const asClient = (name: string) => secretClass("azure", { usePodIdentity: "false", clientID: clientIDOf(name) });

/** `cart` runs as `account`: it leaves `default`, and keeps an account of its own. */
function blocksOf(
  podSpec: JsonObject,
  objects: readonly KubernetesObject[] = [],
  { account = "default", covered = [] as string[] } = {},
) {
  const cart = workload("shop/cart", { label: "cart", account, podSpec });
  const facts = factsOf([...bound("shop/cart"), serviceAccount(`shop/${account}`), cart, ...objects]);
  const { mapped } = judge(facts, { ...decisions, workloads: { "shop/Deployment/cart": { covered } } });
  const told = mapped.findings.filter(one => one.code === "account-named-elsewhere").map(one => one.args);
  return { blockedBy: mapped.mappings[0]?.blockedBy, told };
}

const blocked = (object: string, field: string) => ({
  blockedBy: ["account-named-elsewhere"],
  told: [{ serviceAccount: "default", object, field }],
});
const free = { blockedBy: [], told: [] };

describe("a SecretProviderClass of a workload that leaves its account", () => {
  const volumes = { volumes: [secretVolume()] };

  test("blocks where it is somebody else already, whose credential names the old account", () => {
    const object = `Trust ${clientIDOf("tls")}`;
    expect(blocksOf(volumes, [asClient("tls")])).toEqual(
      blocked(object, "client id in SecretProviderClass shop/vault"),
    );
    expect(blocksOf(volumes, [asClient("tls")], { covered: [object] })).toEqual(free);
  });

  test("does not block as the workload's own identity, for which a credential is planned", () => {
    expect(blocksOf(volumes, [asClient("cart")])).toEqual(free);
  });

  test("blocks until Vault's role is said to mean the new account", () => {
    const vault = secretClass("vault", { roleName: "cart", vaultAddress: "https://vault" });
    expect(blocksOf(volumes, [vault])).toEqual(
      blocked("Vault role cart", "spec.parameters.roleName of SecretProviderClass shop/vault"),
    );
    expect(blocksOf(volumes, [vault], { covered: ["Vault role cart"] })).toEqual(free);
  });

  test.each(["aws", "gcp"])("blocks with provider %s, which goes by the account too", provider => {
    const object = "SecretProviderClass shop/vault";
    expect(blocksOf(volumes, [secretClass(provider, {})])).toEqual(blocked(object, `spec.provider: ${provider}`));
    expect(blocksOf(volumes, [secretClass(provider, {})], { covered: [object] })).toEqual(free);
  });

  test("does not matter where the volume names a Secret to sign in with", () => {
    const signedIn = { volumes: [secretVolume({ nodePublishSecretRef: { name: "creds" } })] };
    expect(blocksOf(signedIn, [secretClass("gcp", {})])).toEqual(free);
  });

  test("does not matter where the account is kept", () => {
    expect(blocksOf(volumes, [asClient("tls")], { account: "cart" })).toEqual(free);
    expect(blocksOf(volumes, [secretClass("vault", { roleName: "cart" })], { account: "cart" })).toEqual(free);
  });
});

describe("a token that the template of a workload projects which leaves its account", () => {
  const volumes = (audience?: string) => ({ volumes: [tokenVolume(audience)] });

  test.each(["vault", "sts.amazonaws.com"])("blocks for %s until that is said to take the new subject", audience => {
    const object = `Trust ${audience}`;
    expect(blocksOf(volumes(audience))).toEqual(blocked(object, "audience of the token in volume token"));
    expect(blocksOf(volumes(audience), [], { covered: [object] })).toEqual(free);
  });

  test.each([undefined, issuer, "https://kubernetes.default.svc", "https://kubernetes.default.svc.cluster.local"])(
    "does not matter to the API server, with audience %s",
    audience => {
      expect(blocksOf(volumes(audience))).toEqual(free);
    },
  );

  test("blocks for Entra too, unless the template says that it is for the workload's own identity", () => {
    const entra = "api://AzureADTokenExchange";
    const as = (name: string) => ({
      ...volumes(entra),
      containers: [{ name: "app", env: [{ name: "AZURE_CLIENT_ID", value: clientIDOf(name) }] }],
    });
    expect(blocksOf(volumes(entra))).toEqual(blocked(`Trust ${entra}`, "audience of the token in volume token"));
    expect(blocksOf(as("cart"))).toEqual(free);
    expect(blocksOf(as("cart"), [], { account: "cart" })).toEqual(free);
    expect(blocksOf(as("tls")).told).toHaveLength(1);
  });

  test("does not matter where the account is kept", () => {
    expect(blocksOf(volumes("vault"), [], { account: "cart" })).toEqual(free);
  });
});

test("a TriggerAuthentication on workload identity blocks its operator as somebody else, who trusts the old account", () => {
  const operator = workload("keda/keda-operator", {
    label: "keda-operator",
    podSpec: { containers: [{ name: "keda", image: "ghcr.io/kedacore/keda:2.14.0" }] },
  });
  const queue = foreign("keda.sh/v1alpha1", "TriggerAuthentication", "shop/queue", {
    podIdentity: { provider: "azure-workload", identityId: clientIDOf("queue") },
  });
  const { mapped } = judge(factsOf([...bound("keda/keda-operator"), operator, queue]), decisions);
  expect(mapped.mappings[0]?.blockedBy).toEqual(["account-named-elsewhere"]);
});
