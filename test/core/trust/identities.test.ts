import { describe, expect, test } from "vitest";
import type { Decisions, WorkloadDecision } from "../../../src/core/documents/decisions.ts";
import type { KubernetesObject } from "../../../src/core/kubernetes.ts";
import { judge } from "../../../src/core/reports.ts";
import { clientIDAnnotation, useLabel } from "../../../src/core/workloadIdentity/workloadIdentity.ts";
import {
  azureIdentity,
  binding,
  bound,
  clientIDOf,
  decisions,
  exception,
  type FactsOptions,
  factsOf,
  resourceIDOf,
  serviceAccount,
  type WorkloadOptions,
  workload,
} from "../factories.ts";

const key = "shop/Deployment/cart";
const cartWith = (options: WorkloadOptions = {}) =>
  workload("shop/cart", { label: "cart", account: "cart", ...options });
const naming = (name: string, value: string) => ({ containers: [{ name: "app", env: [{ name, value }] }] });

describe("pods past NMI, whose requests without a client id the node answers", () => {
  const excepted = [...bound("shop/cart"), exception("shop/legacy", { app: "cart" }), serviceAccount("shop/cart")];
  const labels = { app: "cart" };
  const judged = (objects: readonly KubernetesObject[], decision?: WorkloadDecision) => {
    const { mapped, steps } = judge(factsOf(objects), {
      ...decisions,
      ...(decision ? { workloads: { [key]: decision } } : {}),
    });
    const [mapping] = mapped.mappings;
    const told = mapped.findings.find(one => one.code === "default-identity-of-node");
    return { blockedBy: mapping?.blockedBy, named: mapping?.defaultPrincipal?.clientID, told, steps: steps.steps };
  };

  const blocked = { blockedBy: ["default-identity-of-node"], named: undefined, steps: [] };
  test.each<[string, KubernetesObject[]]>([
    ["an exception fits them", [...excepted, cartWith({ labels })]],
    [
      "NMI takes them for MIC",
      [
        azureIdentity("default/cart"),
        binding("default/cart"),
        serviceAccount("default/cart"),
        workload("default/microservice-cart", { label: "cart", account: "cart" }),
      ],
    ],
    [
      "they are on the host network",
      [...bound("shop/cart"), serviceAccount("shop/cart"), cartWith({ podSpec: { hostNetwork: true } })],
    ],
  ])("are blocked until people say who they are where %s", (_, objects) => {
    expect(judged(objects)).toMatchObject(blocked);
  });

  test("are told with the binding's identity and the place to decide", () => {
    expect(judged([...excepted, cartWith({ labels })]).told?.args).toEqual({
      candidates: [`shop/cart (${clientIDOf("cart")})`],
      key,
    });
  });

  test("are asked once where the binding's identities are several", () => {
    const second = [azureIdentity("shop/second"), binding("shop/second", { selector: "cart" })];
    expect(judged([...excepted, ...second, cartWith({ labels })])).toMatchObject(blocked);
  });

  test("become what the config file says", () => {
    const objects = [...excepted, cartWith({ labels })];
    expect(judged(objects, { defaultIdentity: "shop/cart" })).toMatchObject({
      blockedBy: [],
      named: clientIDOf("cart"),
    });
    expect(judged(objects, { identity: resourceIDOf("cart") }).blockedBy).toEqual([]);
    expect(judged(objects, { defaultIdentity: "shop/other" }).blockedBy).toEqual(["default-identity-unknown"]);
  });

  test("need no decision where a container names the binding's identity, or the service account does already", () => {
    const asItself = naming("AZURE_CLIENT_ID", clientIDOf("cart").toUpperCase());
    expect(judged([...excepted, cartWith({ labels, podSpec: asItself })])).toMatchObject({
      blockedBy: [],
      named: clientIDOf("cart"),
    });
    const [identity, fitting, one] = excepted as [KubernetesObject, KubernetesObject, KubernetesObject];
    const account = serviceAccount("shop/cart", { [clientIDAnnotation]: clientIDOf("cart") });
    const moved = cartWith({ labels: { ...labels, [useLabel]: "true" } });
    expect(judged([identity, fitting, one, account, moved]).blockedBy).toEqual([]);
  });
});

describe("a resource id that is none", () => {
  const managed: FactsOptions = {
    cluster: { podIdentity: [{ mode: "managed", namespaced: true, addon: false, namespace: "kube-system" }] },
  };
  const goodAndBad = [
    azureIdentity("shop/good"),
    azureIdentity("shop/zbad", { resourceID: "n/a" }),
    ...["good", "zbad"].map(name => binding(`shop/${name}`, { selector: "cart" })),
    serviceAccount("shop/cart"),
    cartWith(),
  ];
  const told = (given: Partial<Decisions>) =>
    judge(factsOf(goodAndBad, managed), { ...decisions, ...given })
      .mapped.findings.filter(one => one.code === "resource-id-invalid")
      .map(({ args }) => args);
  const identities = { [clientIDOf("zbad")]: { resourceID: "/nowhere" } };

  test.each<[string, Partial<Decisions>, object]>([
    ["of the AzureIdentity that has it", {}, { resourceID: "n/a", azureIdentity: "shop/zbad" }],
    [
      "of that one also where people chose another identity for the default",
      { workloads: { [key]: { identity: resourceIDOf("spare"), defaultIdentity: "shop/good" } } },
      { resourceID: "n/a", azureIdentity: "shop/zbad" },
    ],
    ["of the config file's identity", { identities }, { resourceID: "/nowhere", key: clientIDOf("zbad") }],
  ])("is told %s", (_, given, args) => {
    expect(told(given)).toEqual([args]);
  });
});
