import { describe, expect, it } from "vitest";
import { createdForAnnotation, insteadOfAnnotation } from "../../src/core/accountNames.ts";
import type { JsonObject, KubernetesObject } from "../../src/core/kubernetes.ts";
import { chooseServiceAccounts, newServiceAccount, type ServiceAccountChoice } from "../../src/core/serviceAccounts.ts";
import { find } from "../../src/core/usages.ts";
import { clientIDAnnotation, tenantIDAnnotation } from "../../src/core/workloadIdentity.ts";
import {
  bound,
  clientIDOf,
  decisions,
  type FactsOptions,
  factsOf,
  roleBinding,
  serviceAccount,
  west,
  workload,
} from "./factories.ts";

const identities = [...bound("shop/red"), ...bound("shop/green")];
const red = (name: string, account: string, kind = "Deployment") =>
  workload(`shop/${name}`, { kind, label: "red", account });
const green = (name: string, account: string, kind = "Deployment") =>
  workload(`shop/${name}`, { kind, label: "green", account });

function choices(objects: readonly KubernetesObject[], options: FactsOptions = {}): Map<string, ServiceAccountChoice> {
  const facts = factsOf([...identities, ...objects], options);
  return chooseServiceAccounts(facts, find(facts, decisions).usages);
}

/** Per workload `KIND/NAME`: which account, whether it is there, and why. */
function chosen(objects: readonly KubernetesObject[], options: FactsOptions = {}): Record<string, string> {
  return Object.fromEntries(
    [...choices(objects, options)].map(([id, { name, use, reasons }]) => [
      id.replace(`${west}/shop/`, ""),
      `${use} ${name}: ${reasons.map(one => one.code).join(", ")}`,
    ]),
  );
}

describe("the service account of a workload", () => {
  it("is its own where nobody else has another identity with it", () => {
    expect(
      chosen([
        red("cart", "till"),
        red("orders", "till"),
        workload("shop/web", { account: "till" }),
        serviceAccount("shop/till"),
      ]),
    ).toEqual({
      "Deployment/cart": "existing till: service-account-reused",
      "Deployment/orders": "existing till: service-account-reused",
    });
  });

  it("is never default", () => {
    expect(chosen([red("cart", "default"), serviceAccount("shop/default")])).toEqual({
      "Deployment/cart": "create cart: service-account-default",
    });
    expect(chosen([workload("shop/cart", { label: "red" })])).toEqual({
      "Deployment/cart": "create cart: service-account-default",
    });
  });

  it("is a dedicated one for each where workloads with several identities share one", () => {
    expect(chosen([red("cart", "till"), green("orders", "till"), serviceAccount("shop/till")])).toEqual({
      "Deployment/cart": "create cart: service-account-shared",
      "Deployment/orders": "create orders: service-account-shared",
    });
  });

  it("is not shared by an account of the same name in another namespace", () => {
    const elsewhere = workload("bank/orders", { label: "green", account: "till" });
    expect(
      chosen([red("cart", "till"), elsewhere, serviceAccount("shop/till"), serviceAccount("bank/till")]),
    ).toMatchObject({
      "Deployment/cart": "existing till: service-account-reused",
    });
  });

  it("is a dedicated one where pods on workload identity would be given the identity with it", () => {
    const web = (labels?: Record<string, string>) =>
      workload("shop/web", { account: "till", ...(labels ? { labels } : {}) });
    const use = { "azure.workload.identity/use": "true" };
    const annotated = serviceAccount("shop/till", { [clientIDAnnotation]: clientIDOf("red") });
    expect([
      chosen([red("cart", "till"), web(use), serviceAccount("shop/till")]),
      chosen([red("cart", "till"), web(), serviceAccount("shop/till")]),
      chosen([red("cart", "till"), web(use), annotated]),
    ]).toEqual([
      { "Deployment/cart": "create cart: service-account-shared" },
      { "Deployment/cart": "existing till: service-account-reused" },
      { "Deployment/cart": "existing till: service-account-reused" },
    ]);
  });

  it("is not shared by a workload whose label matches nothing", () => {
    const unmatched = workload("shop/orders", { label: "nobody", account: "till" });
    expect(chosen([red("cart", "till"), unmatched, serviceAccount("shop/till")])).toEqual({
      "Deployment/cart": "existing till: service-account-reused",
    });
  });

  it.each<[string, Record<string, string>, string]>([
    [
      "its own client id",
      { [clientIDAnnotation]: clientIDOf("red").toUpperCase() },
      "existing till: service-account-reused",
    ],
    [
      "another client id",
      { [clientIDAnnotation]: clientIDOf("green") },
      "create cart: service-account-names-other-identity",
    ],
    ["an empty client id", { [clientIDAnnotation]: "" }, "create cart: service-account-names-other-identity"],
    ["a tenant id", { [tenantIDAnnotation]: "t" }, "create cart: service-account-names-other-identity"],
  ])("with %s in its annotations", (_, annotations, expected) => {
    expect(chosen([red("cart", "till"), serviceAccount("shop/till", annotations)])).toEqual({
      "Deployment/cart": expected,
    });
  });

  it("is created where it does not exist, and only then", () => {
    expect(chosen([red("cart", "till")])).toEqual({ "Deployment/cart": "create till: service-account-missing" });
    const hidden = choices([red("cart", "till")], { unknown: [{ kind: "ServiceAccount", except: [] }] });
    expect([...hidden.values()]).toMatchObject([
      { name: "till", use: "existing", notChecked: [{ code: "service-account-not-checked" }] },
    ]);
    const readable = choices([red("cart", "till")], { unknown: [{ kind: "ServiceAccount", except: ["shop"] }] });
    expect([...readable.values()]).toMatchObject([{ name: "till", use: "create", notChecked: [] }]);
  });
});

describe("the name of a dedicated account", () => {
  it.each<[string, KubernetesObject[], string]>([
    ["is the workload's", [], "cart"],
    ["has the kind too where an account has that name", [serviceAccount("shop/cart")], "cart-deployment"],
    ["has a number too", [serviceAccount("shop/cart"), serviceAccount("shop/cart-deployment")], "cart-deployment-2"],
    ["is not one that another workload runs as", [red("other", "cart")], "cart-deployment"],
    [
      "is not one that has rights already",
      [roleBinding("shop/left-over", [{ kind: "ServiceAccount", name: "cart", namespace: "shop" }])],
      "cart-deployment",
    ],
    [
      "is not one that has rights as a user",
      [roleBinding("left-over", [{ kind: "User", name: "system:serviceaccount:shop:cart" }])],
      "cart-deployment",
    ],
    [
      "may be one that has rights in another namespace only",
      [roleBinding("bank/left-over", [{ kind: "ServiceAccount", name: "cart" }])],
      "cart",
    ],
    ["may be that of an account in another namespace", [serviceAccount("bank/cart")], "cart"],
  ])("%s", (_, objects, expected) => {
    expect(choices([red("cart", "default"), ...objects]).get(`${west}/shop/Deployment/cart`)?.name).toBe(expected);
  });

  it("is not that of a missing account which others were taken off", () => {
    const made = serviceAccount("shop/orders", {
      [createdForAnnotation]: "Deployment/orders",
      [insteadOfAnnotation]: "cart",
    });
    expect(choices([red("cart", "default"), made]).get(`${west}/shop/Deployment/cart`)?.name).toBe("cart-deployment");
  });

  it("is another one for each of several workloads of one name", () => {
    expect(
      chosen([red("cart", "default"), red("cart", "default", "StatefulSet"), red("cart-statefulset", "default")]),
    ).toEqual({
      "Deployment/cart": "create cart: service-account-default",
      "Deployment/cart-statefulset": "create cart-statefulset: service-account-default",
      "StatefulSet/cart": "create cart-statefulset-2: service-account-default",
    });
  });

  it("stays legal where the workload's is as long as can be", () => {
    const long = `${"a".repeat(229)}.${"b".repeat(23)}`;
    const name = choices([red(long, "default"), serviceAccount(`shop/${long}`)])
      .values()
      .next().value?.name;
    expect(name).toBe(`${"a".repeat(229)}-deployment`);
  });
});

describe("an account that was made for a workload", () => {
  const claimed = (name: string, identity?: string) =>
    serviceAccount(`shop/${name}`, {
      [createdForAnnotation]: "Deployment/cart",
      ...(identity === undefined ? {} : { [clientIDAnnotation]: clientIDOf(identity) }),
    });
  const made = (name: string, instead: string) =>
    serviceAccount(`shop/${name}`, {
      [createdForAnnotation]: "Deployment/cart",
      [insteadOfAnnotation]: instead,
      [clientIDAnnotation]: clientIDOf("red"),
    });

  it("stays its account, before and after it runs as that", () => {
    expect(chosen([red("cart", "default"), made("cart", "default")])).toEqual({
      "Deployment/cart": "existing cart: service-account-default",
    });
    expect(chosen([red("cart", "cart"), made("cart", "default")])).toEqual({
      "Deployment/cart": "existing cart: service-account-reused",
    });
  });

  it("shows that the account it came from was shared, to the workloads that are left on it", () => {
    const till = serviceAccount("shop/till");
    expect(chosen([red("cart", "cart"), made("cart", "till"), green("orders", "till"), till])).toEqual({
      "Deployment/cart": "existing cart: service-account-reused",
      "Deployment/orders": "create orders: service-account-shared",
    });
    expect(chosen([red("cart", "cart"), made("cart", "other"), green("orders", "till"), till])).toMatchObject({
      "Deployment/orders": "existing till: service-account-reused",
    });
  });

  it.each<[string, KubernetesObject[], string]>([
    ["it is default", [red("cart", "default"), claimed("default")], "create cart: service-account-default"],
    [
      "it has rights of its own",
      [
        red("cart", "default"),
        claimed("admin"),
        roleBinding("rule", [{ kind: "ServiceAccount", name: "admin", namespace: "shop" }]),
      ],
      "create cart: service-account-default",
    ],
    [
      "somebody else runs as it",
      [red("cart", "default"), claimed("web"), workload("shop/web", { account: "web" })],
      "create cart: service-account-default",
    ],
    [
      "it names another identity",
      [red("cart", "till"), claimed("till", "green"), serviceAccount("shop/till")],
      "create cart: service-account-names-other-identity",
    ],
    [
      "a copy of it comes first",
      [red("cart", "cart"), claimed("a-copy", "red"), claimed("cart", "red")],
      "existing cart: service-account-reused",
    ],
  ])("is not one by its annotation alone: %s", (_, objects, expected) => {
    expect(chosen(objects)).toMatchObject({ "Deployment/cart": expected });
  });

  it("is not one for a workload of another kind or namespace", () => {
    const elsewhere = serviceAccount("bank/bespoke", { [createdForAnnotation]: "Deployment/cart" });
    const otherKind = serviceAccount("shop/bespoke", { [createdForAnnotation]: "StatefulSet/cart" });
    expect(chosen([red("cart", "default"), elsewhere, otherKind])).toEqual({
      "Deployment/cart": "create cart: service-account-default",
    });
  });

  it("carries who it is for, who it is and what it replaces", () => {
    const facts = factsOf([...identities, red("cart", "till")]);
    const [usage] = find(facts, decisions).usages;
    if (!usage) throw new Error("no usage");
    const annotations = { [clientIDAnnotation]: clientIDOf("red"), [createdForAnnotation]: "Deployment/cart" };
    expect(newServiceAccount(usage, "cart", clientIDOf("red"))).toEqual({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "cart", namespace: "shop", annotations: { ...annotations, [insteadOfAnnotation]: "till" } },
    });
    expect(newServiceAccount(usage, "till", clientIDOf("red"))).toMatchObject({ metadata: { annotations } });
  });
});

describe("what a dedicated account would lose", () => {
  const blocks = (objects: KubernetesObject[], options: FactsOptions = {}) => {
    const [choice] = choices(objects, options).values();
    return {
      blocks: choice?.blocks.map(({ code, args }) => ({ code, args })),
      notChecked: choice?.notChecked.map(one => one.code),
    };
  };
  const cart = red("cart", "till");
  const shared = [cart, green("orders", "till")];
  const subject = (rest: JsonObject) => [{ kind: "ServiceAccount", name: "till", ...rest }];

  it.each<[string, KubernetesObject, string]>([
    ["a RoleBinding", roleBinding("shop/read", subject({ namespace: "shop" })), "RoleBinding shop/read"],
    ["a RoleBinding that leaves the namespace out", roleBinding("shop/read", subject({})), "RoleBinding shop/read"],
    [
      "a RoleBinding of another namespace",
      roleBinding("bank/read", subject({ namespace: "shop" })),
      "RoleBinding bank/read",
    ],
    ["a ClusterRoleBinding", roleBinding("read", subject({ namespace: "shop" })), "ClusterRoleBinding read"],
    [
      "a binding of the user that the account is",
      roleBinding("read", [{ kind: "User", name: "system:serviceaccount:shop:till" }]),
      "ClusterRoleBinding read",
    ],
  ])("%s", (_, one, name) => {
    expect(blocks([...shared, serviceAccount("shop/till"), one])).toEqual({
      blocks: [{ code: "role-bindings-not-carried-over", args: { serviceAccount: "till", bindings: [name] } }],
      notChecked: [],
    });
  });

  it.each<[string, JsonObject[]]>([
    ["another account", [{ kind: "ServiceAccount", name: "tills", namespace: "shop" }]],
    ["an account of another namespace", [{ kind: "ServiceAccount", name: "till", namespace: "bank" }]],
    ["a group", [{ kind: "Group", name: "system:serviceaccounts:shop" }]],
    ["a user that only looks like it", [{ kind: "User", name: "x:system:serviceaccount:shop:till" }]],
    ["nobody", []],
  ])("is not a binding of %s", (_, subjects) => {
    expect(blocks([...shared, serviceAccount("shop/till"), roleBinding("read", subjects)]).blocks).toEqual([]);
  });

  it("is image pull secrets and the choice about its token", () => {
    const till = serviceAccount(
      "shop/till",
      {},
      { imagePullSecrets: [{ name: "acr" }, {}], automountServiceAccountToken: true },
    );
    expect(blocks([...shared, till]).blocks).toEqual([
      { code: "image-pull-secrets-not-carried-over", args: { serviceAccount: "till", secrets: ["acr"] } },
      { code: "automount-not-carried-over", args: { serviceAccount: "till", value: true } },
    ]);
  });

  it("is nothing where the account is kept", () => {
    const till = serviceAccount("shop/till", {}, { imagePullSecrets: [{ name: "acr" }] });
    const nobodyAsked = { unknown: [{ kind: "RoleBinding", except: ["shop"] }] };
    expect(blocks([cart, till, roleBinding("shop/read", subject({}))], nobodyAsked)).toEqual({
      blocks: [],
      notChecked: [],
    });
  });

  it("is not known where bindings of any namespace cannot be read", () => {
    for (const kind of ["RoleBinding", "ClusterRoleBinding"]) {
      expect(blocks([...shared, serviceAccount("shop/till")], { unknown: [{ kind, except: ["shop"] }] })).toEqual({
        blocks: [],
        notChecked: ["role-bindings-not-checked"],
      });
    }
  });
});
