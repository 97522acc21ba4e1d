import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/kubernetes.ts";
import {
  isMutated,
  missingMutations,
  selectsWorkloadIdentity,
} from "../../../src/core/workloadIdentity/workloadIdentity.ts";
import { audience, mutated, workload } from "../factories.ts";

const pod = (podSpec: JsonObject) => workload("shop/cart", { kind: "Pod", podSpec });
const names = ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST"];
const env = (...variables: string[]) => ({ name: "app", env: variables.map(name => ({ name })) });
const token = (about: JsonObject) => [
  { name: "t", projected: { sources: [{ configMap: {} }, { serviceAccountToken: about }] } },
];

describe("a pod that the webhook changed", () => {
  it("has the variables and a token of the audience, under whatever names and paths", () => {
    expect(missingMutations(pod(mutated), { audience })).toEqual([]);
    expect(isMutated(pod(mutated), { audience })).toBe(true);
    const sidecar = { containers: [{ name: "log" }, env(...names)], volumes: token({ audience, path: "elsewhere" }) };
    expect(isMutated(pod(sidecar), { audience })).toBe(true);
  });

  it.each<[string, JsonObject, string[]]>([
    ["nothing", {}, [...names, `projected token volume for ${audience}`]],
    [
      "no client id, since the account names none",
      { ...mutated, containers: [env(...names.slice(1))] },
      ["AZURE_CLIENT_ID"],
    ],
    ["no volume", { containers: [env(...names)] }, [`projected token volume for ${audience}`]],
    [
      "a token for another audience",
      { ...mutated, volumes: token({ audience: "vault" }) },
      [`projected token volume for ${audience}`],
    ],
    [
      "a token for the API server",
      { ...mutated, volumes: token({ path: "token" }) },
      [`projected token volume for ${audience}`],
    ],
    [
      "variables of init containers only",
      { ...mutated, containers: [{ name: "app" }], initContainers: [env(...names)] },
      names,
    ],
  ])("is not one with %s", (_, podSpec, missing) => {
    expect(missingMutations(pod(podSpec), { audience })).toEqual(missing);
    expect(isMutated(pod(podSpec), { audience })).toBe(false);
  });
});

describe("the webhook takes a pod", () => {
  it.each<[Record<string, string> | undefined, boolean]>([
    [{ "azure.workload.identity/use": "true" }, true],
    [{ "azure.workload.identity/use": "True" }, false],
    [{ "azure.workload.identity/use": "" }, false],
    [{}, false],
    [undefined, false],
  ])("with labels %j: %s", (labels, selected) => {
    expect(selectsWorkloadIdentity({ metadata: labels ? { labels } : {} })).toBe(selected);
  });
});
