import { describe, expect, it } from "vitest";
import { type Body, type Caller, refusal, until } from "./caller.ts";

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** Discovery in one document, which a client asks for by its Accept header. */
export function aggregatedContract(caller: () => Caller): void {
  describe("aggregated discovery", () => {
    const ask = (path: string, accept: string) => caller().request("GET", path, undefined, { accept });
    const groupIn = (body: Body, name: string) =>
      body.items.find(({ metadata }) => (metadata?.name as unknown) === name)?.versions as Body[] | undefined;
    const resourceIn = (versions: Body[] | undefined, name: string) =>
      (versions?.[0]?.resources as Body[] | undefined)?.find(({ resource }) => (resource as unknown) === name);

    it("tells the kinds of every group with their versions", async () => {
      const { status, headers, body } = await ask("/apis", `${aggregated},application/json`);
      expect({ status, type: headers["content-type"] }).toEqual({ status: 200, type: aggregated });
      expect({ ...body, items: [] }).toEqual({
        kind: "APIGroupDiscoveryList",
        apiVersion: "apidiscovery.k8s.io/v2",
        metadata: {},
        items: [],
      });
      expect(groupIn(body, "policy")).toEqual([
        {
          version: "v1",
          resources: [
            {
              resource: "poddisruptionbudgets",
              responseKind: { group: "", version: "", kind: "PodDisruptionBudget" },
              scope: "Namespaced",
              singularResource: "poddisruptionbudget",
              verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
              shortNames: ["pdb"],
              subresources: [
                {
                  subresource: "status",
                  responseKind: { group: "", version: "", kind: "PodDisruptionBudget" },
                  verbs: ["get", "patch", "update"],
                },
              ],
            },
          ],
          freshness: "Current",
        },
      ]);
      expect(resourceIn(groupIn(body, "authorization.k8s.io"), "selfsubjectaccessreviews")).toEqual({
        resource: "selfsubjectaccessreviews",
        responseKind: { group: "", version: "", kind: "SelfSubjectAccessReview" },
        scope: "Cluster",
        singularResource: "selfsubjectaccessreview",
        verbs: ["create"],
      });
      expect(resourceIn(groupIn(body, "aadpodidentity.k8s.io"), "azureidentities")).toMatchObject({
        responseKind: { group: "aadpodidentity.k8s.io", version: "v1", kind: "AzureIdentity" },
        scope: "Namespaced",
        singularResource: "azureidentity",
      });
    });

    it("tells the core group at its own place", async () => {
      const { body } = await ask("/api", aggregated);
      expect(body.items.map(({ metadata }) => metadata)).toEqual([{}]);
      const [core] = body.items;
      expect(resourceIn(core?.versions as Body[] | undefined, "serviceaccounts")).toEqual({
        resource: "serviceaccounts",
        responseKind: { group: "", version: "", kind: "ServiceAccount" },
        scope: "Namespaced",
        singularResource: "serviceaccount",
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["sa"],
        subresources: [
          {
            subresource: "token",
            responseKind: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" },
            verbs: ["create"],
          },
        ],
      });
    });

    it.each([
      ["application/json", "APIGroupList"],
      ["*/*", "APIGroupList"],
      [`application/json,${aggregated}`, "APIGroupDiscoveryList"],
      [`${aggregated.replace("v=v2", "v=v9")},application/json`, "APIGroupList"],
      [`${aggregated.replace("v=v2", "v=v9")}, ${aggregated}`, "APIGroupDiscoveryList"],
    ])("answers Accept: %s with an %s", async (accept, kind) => {
      expect((await ask("/apis", accept)).body.kind).toBe(kind);
    });

    it("answers 406 where it has no form that is asked for", async () => {
      expect(refusal(await ask("/apis", aggregated.replace("v=v2", "v=v9")))).toEqual({
        status: 406,
        reason: "NotAcceptable",
        message:
          "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
      });
    });

    it("puts the version first that it prefers, whatever the definition's order", async () => {
      const group = "order.contract.example";
      const version = (name: string, more: object = {}) => ({
        name,
        served: true,
        storage: false,
        schema: { openAPIV3Schema: { type: "object" } },
        ...more,
      });
      const definition = {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `things.${group}` },
        spec: {
          group,
          scope: "Namespaced",
          names: { kind: "Thing", plural: "things", singular: "thing", listKind: "ThingList" },
          versions: [
            version("v1beta1"),
            version("v1alpha2"),
            version("v10"),
            version("v1", { storage: true }),
            version("v1beta2"),
            version("v3", { served: false }),
          ],
        },
      };
      const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
      expect((await caller().request("POST", path, definition)).status).toBe(201);
      const names = async () => groupIn((await ask("/apis", aggregated)).body, group)?.map(one => one.version);
      await until(async () => (await names()) !== undefined);
      expect(await names()).toEqual(["v10", "v1", "v1beta2", "v1beta1", "v1alpha2"]);
      const { body } = await caller().request("GET", `/apis/${group}`);
      expect(body.preferredVersion).toEqual({ groupVersion: `${group}/v10`, version: "v10" });
      await caller().request("DELETE", `${path}/things.${group}`);
    });
  });
}
