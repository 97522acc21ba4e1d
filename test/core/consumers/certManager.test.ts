import { describe, expect, it } from "vitest";
import { certManager } from "../../../src/core/consumers/certManager.ts";
import type { Json, JsonObject } from "../../../src/core/kubernetes.ts";
import { azureIdentity, bound, clientIDOf, resourceIDOf } from "../factories.ts";
import { controller, foreign, told, toldOfFiles } from "./told.ts";

const image = "quay.io/jetstack/cert-manager-controller:v1.18.2";
const world = [...bound("cert-manager/cert-manager"), controller("cert-manager/cert-manager", image)];
const zone = { hostedZoneName: "shop.example", resourceGroupName: "dns", subscriptionID: "s" };
const issuer = (path: string, ...azureDNS: Json[]) => {
  const kind = path.includes("/") ? "Issuer" : "ClusterIssuer";
  const solvers = azureDNS.map(one => ({ dns01: { azureDNS: one } }));
  return foreign("cert-manager.io/v1", kind, path, { acme: { server: "https://acme.example", solvers } });
};
const use = {
  consumer: "cert-manager",
  object: "ClusterIssuer acme",
  state: "legacy",
  version: "1.18.2",
  needsVersion: "1.11.0",
  askedBy: ["Deployment cert-manager/cert-manager"],
  follows: "pods",
  changes: [],
};

describe("cert-manager", () => {
  it("takes what its controller's pods have, and goes over with them", () => {
    const named = { ...zone, managedIdentity: { clientID: clientIDOf("dns") } };
    const objects = [issuer("acme", zone, zone, named)];
    expect(told(certManager, [...world, ...objects])).toEqual({
      uses: [use, { ...use, clientID: clientIDOf("dns") }],
      findings: [],
    });
    const both = controller("cert-manager/cert-manager", image, { on: "both" });
    expect(told(certManager, [...bound("cert-manager/cert-manager"), both, ...objects]).uses).toEqual([
      { ...use, state: "migrated" },
      { ...use, state: "migrated", clientID: clientIDOf("dns") },
    ]);
  });

  it("understands no resource id with workload identity", () => {
    const byResource = { ...zone, managedIdentity: { resourceID: resourceIDOf("dns").toUpperCase() } };
    const http = { http01: { ingress: {} } };
    const before = [{ dns01: { azureDNS: zone } }, http, { dns01: { azureDNS: byResource } }];
    const object = foreign("cert-manager.io/v1", "ClusterIssuer", "acme", { acme: { solvers: before } });
    const changed = { ...zone, managedIdentity: { clientID: clientIDOf("dns") } };
    const { follows, ...waits } = use;
    expect(told(certManager, [...world, azureIdentity("dns/dns"), object]).uses).toEqual([
      { ...waits, follows },
      {
        ...waits,
        resourceID: resourceIDOf("dns").toUpperCase(),
        changes: [
          {
            path: ["spec", "acme", "solvers"],
            before,
            after: [{ dns01: { azureDNS: zone } }, http, { dns01: { azureDNS: changed } }],
          },
        ],
      },
    ]);
  });

  it("drops a resource id whose client id is not known", () => {
    const { uses } = told(certManager, [...world, issuer("acme", { ...zone, managedIdentity: { resourceID: "/x" } })]);
    expect(uses[0]?.changes).toMatchObject([{ after: [{ dns01: { azureDNS: { ...zone, managedIdentity: {} } } }] }]);
  });

  it("has to allow ambient credentials", () => {
    const withArgs = (...args: string[]) => [
      ...bound("cert-manager/cert-manager"),
      controller("cert-manager/cert-manager", image, { container: { args } }),
      issuer("acme", zone),
      issuer("shop/acme", zone),
    ];
    const objectsOf = (...args: string[]) => told(certManager, withArgs(...args)).uses.map(one => one.object);
    expect(objectsOf()).toEqual(["ClusterIssuer acme"]);
    expect(objectsOf("--issuer-ambient-credentials")).toEqual(["Issuer shop/acme", "ClusterIssuer acme"]);
    expect(objectsOf("--issuer-ambient-credentials=true", "--cluster-issuer-ambient-credentials=false")).toEqual([
      "Issuer shop/acme",
    ]);
  });

  it("may have anything where its controller is not among what was read", () => {
    expect(toldOfFiles(certManager, [issuer("acme", zone)])).toEqual({
      uses: [],
      findings: [{ code: "consumer-pods-not-seen", subject: "ClusterIssuer acme", consumer: "cert-manager" }],
    });
  });

  it("has the node's identity where its controller is on neither", () => {
    const objects = [controller("cert-manager/cert-manager", image, { on: "neither" }), issuer("acme", zone)];
    expect(told(certManager, objects)).toEqual({ uses: [], findings: [] });
  });

  it.each<[JsonObject]>([
    [{ acme: { solvers: [{ dns01: { azureDNS: { ...zone, clientID: "sp", tenantID: "t" } } }] } }],
    [{ acme: { solvers: [{ dns01: { azureDNS: "x" } }, { dns01: { route53: {} } }, null] } }],
    [{ acme: { solvers: "x" } }],
    [{ ca: {} }],
  ])("is of no interest with %j", spec => {
    const object = foreign("cert-manager.io/v1", "ClusterIssuer", "acme", spec);
    expect(told(certManager, [...world, object])).toEqual({ uses: [], findings: [] });
  });

  it("may use pod identity through what cannot be read", () => {
    const kind = "ClusterIssuer.cert-manager.io";
    expect(told(certManager, world, { unknown: [{ kind, except: [] }] })).toMatchObject({
      unread: [{ kind, askedBy: ["Deployment cert-manager/cert-manager"] }],
    });
  });
});
