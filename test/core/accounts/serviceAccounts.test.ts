import { describe, expect, it } from "vitest";
import { createdForAnnotation, insteadOfAnnotation } from "../../../src/core/accounts/accountNames.ts";
import { mountableSecretsAnnotation } from "../../../src/core/accounts/accountSettings.ts";
import {
  chooseServiceAccounts,
  newServiceAccount,
  type ServiceAccountChoice,
} from "../../../src/core/accounts/serviceAccounts.ts";
import type { JsonObject, KubernetesObject } from "../../../src/core/kubernetes.ts";
import type { Decisions } from "../../../src/core/model.ts";
import { find } from "../../../src/core/usages.ts";
import {
  clientIDAnnotation,
  tenantIDAnnotation,
  tokenExpirationAnnotation,
  useLabel,
} from "../../../src/core/workloadIdentity/workloadIdentity.ts";
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
} from "../factories.ts";

const identities = [...bound("shop/red"), ...bound("shop/green")];
const red = (name: string, account: string, kind = "Deployment") =>
  workload(`shop/${name}`, { kind, label: "red", account });
const green = (name: string, account: string, kind = "Deployment") =>
  workload(`shop/${name}`, { kind, label: "green", account });

function choices(
  objects: readonly KubernetesObject[],
  options: FactsOptions = {},
  choice: Partial<Decisions> = {},
): Map<string, ServiceAccountChoice> {
  const facts = factsOf([...identities, ...objects], options);
  const decided = { ...decisions, ...choice };
  return chooseServiceAccounts(facts, find(facts, decided).usages, decided);
}

/** Per workload `KIND/NAME`: which account, whether it is there, and why. */
function chosen(
  objects: readonly KubernetesObject[],
  options: FactsOptions = {},
  choice: Partial<Decisions> = {},
): Record<string, string> {
  return Object.fromEntries(
    [...choices(objects, options, choice)].map(([id, { name, use, reasons }]) => [
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
    ["its own tenant id", { [tenantIDAnnotation]: "ABC" }, "existing till: service-account-reused"],
    ["another tenant id", { [tenantIDAnnotation]: "t" }, "create cart: service-account-names-other-identity"],
  ])("with %s in its annotations", (_, annotations, expected) => {
    const azure = { red: { tenantID: "abc" } };
    expect(chosen([red("cart", "till"), serviceAccount("shop/till", annotations)], { azure })).toEqual({
      "Deployment/cart": expected,
    });
  });

  it("is its own with a tenant id in its annotations where Azure does not tell the identity's", () => {
    const objects = [red("cart", "till"), serviceAccount("shop/till", { [tenantIDAnnotation]: "t" })];
    const reused = { "Deployment/cart": "existing till: service-account-reused" };
    expect(chosen(objects)).toEqual(reused);
    expect(chosen(objects, { azure: { red: "notAsked" } })).toEqual(reused);
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

  it("is never default, also where the workload is called so", () => {
    expect(chosen([red("default", "till"), serviceAccount("shop/till")], {}, { serviceAccount: "dedicated" })).toEqual({
      "Deployment/default": "create default-deployment: service-account-dedicated",
    });
  });

  it.each([
    ["import-", "import"],
    ["Import_1", "import-1"],
    ["-", "job"],
    ["$(NAME)-import", "$(NAME)-import"],
    ["__NAME__", "__NAME__"],
  ])("is legal where the workload's is not, as that of a generateName: %s, %s", (name, expected) => {
    expect(chosen([red(name, "default", "Job")])).toEqual({
      [`Job/${name}`]: `create ${expected}: service-account-default`,
    });
  });

  it("stays legal where the workload's is as long as can be", () => {
    const named = (long: string, ...taken: string[]) =>
      choices([
        red(long, "default", "ReplicationController"),
        ...[long, ...taken].map(name => serviceAccount(`shop/${name}`)),
      ])
        .values()
        .next().value?.name;
    expect(named(`${"a".repeat(230)}.${"b".repeat(22)}`)).toBe(`${"a".repeat(230)}-replicationcontroller`);
    const first = `${"a".repeat(231)}-replicationcontroller`;
    expect(named("a".repeat(253), first)).toBe(`${"a".repeat(229)}-replicationcontroller-2`);
    expect(first).toHaveLength(253);
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

  it("shows nothing of the kind where its workload has the same identity: that one was taken off by decision", () => {
    const objects = [red("cart", "cart"), made("cart", "till"), red("orders", "till"), serviceAccount("shop/till")];
    expect(chosen(objects)).toEqual({
      "Deployment/cart": "existing cart: service-account-reused",
      "Deployment/orders": "existing till: service-account-reused",
    });
  });

  it("shows it by the identity that it names where the workload does not use pod identity any more", () => {
    const rest = [made("cart", "till"), serviceAccount("shop/till")];
    expect(chosen([...rest, green("orders", "till")])).toEqual({
      "Deployment/orders": "create orders: service-account-shared",
    });
    expect(chosen([...rest, red("orders", "till")])).toEqual({
      "Deployment/orders": "existing till: service-account-reused",
    });
  });

  it("may have the rights of the account that it replaces, as far as a run has come", () => {
    const till = { kind: "ServiceAccount", name: "till", namespace: "shop" };
    const cart = { ...till, name: "cart" };
    const world = (...bindings: KubernetesObject[]) =>
      chosen([
        red("cart", "till"),
        green("orders", "till"),
        serviceAccount("shop/till"),
        made("cart", "till"),
        ...bindings,
      ])["Deployment/cart"];
    const kept = "existing cart: service-account-shared";
    expect(world(roleBinding("shop/read", [till, cart]), roleBinding("watch", [till]))).toBe(kept);
    expect(world(roleBinding("shop/read", [till, cart]), roleBinding("watch", [till, cart]))).toBe(kept);
    const another = "create cart-deployment: service-account-shared";
    expect(world(roleBinding("shop/read", [till, cart]), roleBinding("admin", [cart]))).toBe(another);
    expect(world(roleBinding("shop/read", [cart]))).toBe(another);
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
    expect(newServiceAccount(usage, "cart", { clientID: clientIDOf("red") }, undefined)).toEqual({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "cart", namespace: "shop", annotations: { ...annotations, [insteadOfAnnotation]: "till" } },
    });
    const old = serviceAccount("shop/till", {}, { imagePullSecrets: [{ name: "acr" }] });
    expect(newServiceAccount(usage, "till", { clientID: clientIDOf("red") }, old)).toEqual({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "till", namespace: "shop", annotations },
    });
  });
});

describe("the policy for service accounts", () => {
  const till = serviceAccount("shop/till");
  const of = (policy: Decisions["serviceAccount"], ...objects: KubernetesObject[]) =>
    chosen(objects, {}, { serviceAccount: policy });

  it("dedicated makes one for every workload, whoever uses its own", () => {
    const own = serviceAccount("shop/orders");
    expect(of("dedicated", red("cart", "till"), red("orders", "orders"), till, own)).toEqual({
      "Deployment/cart": "create cart: service-account-dedicated",
      "Deployment/orders": "create orders-deployment: service-account-dedicated",
    });
  });

  it("dedicated still says why where the own account would not have done", () => {
    expect(of("dedicated", red("cart", "default"))).toEqual({
      "Deployment/cart": "create cart: service-account-default",
    });
  });

  it("dedicated is content with the account that was made for the workload", () => {
    const made = serviceAccount("shop/cart", {
      [createdForAnnotation]: "Deployment/cart",
      [insteadOfAnnotation]: "till",
      [clientIDAnnotation]: clientIDOf("red"),
    });
    expect(of("dedicated", red("cart", "till"), made, till)).toEqual({
      "Deployment/cart": "existing cart: service-account-dedicated",
    });
    expect(of("dedicated", red("cart", "cart"), made, till)).toEqual({
      "Deployment/cart": "existing cart: service-account-reused",
    });
  });

  const others = ["Deployment/orders"];
  it.each<[string, KubernetesObject[], JsonObject]>([
    ["is default", [red("cart", "default")], { serviceAccount: "default", because: "default" }],
    [
      "is shared",
      [red("cart", "till"), green("orders", "till"), till],
      { serviceAccount: "till", because: "shared", others },
    ],
    [
      "would give the identity away",
      [red("cart", "till"), workload("shop/orders", { account: "till", labels: { [useLabel]: "true" } }), till],
      { serviceAccount: "till", because: "shared", others },
    ],
    [
      "names another identity",
      [red("cart", "till"), serviceAccount("shop/till", { [clientIDAnnotation]: "x" })],
      { serviceAccount: "till", because: "other-identity", annotation: clientIDAnnotation, value: "x" },
    ],
  ])("reuse blocks where the workload's own account %s", (_, objects, args) => {
    const [choice] = choices(objects, {}, { serviceAccount: "reuse" }).values();
    expect(choice).toMatchObject({
      name: args.serviceAccount,
      reasons: [],
      blocks: [{ code: "service-account-not-reusable", args }],
    });
  });

  it("reuse keeps, or makes, the workload's own account", () => {
    expect(of("reuse", red("cart", "till"), red("orders", "till"), till)).toEqual({
      "Deployment/cart": "existing till: service-account-reused",
      "Deployment/orders": "existing till: service-account-reused",
    });
    expect(of("reuse", red("cart", "till"))).toEqual({ "Deployment/cart": "create till: service-account-missing" });
  });

  it("may be another one for a workload", () => {
    const workloads = { "shop/Deployment/orders": { serviceAccount: "dedicated" as const } };
    expect(chosen([red("cart", "till"), red("orders", "till"), till], {}, { workloads })).toEqual({
      "Deployment/cart": "existing till: service-account-reused",
      "Deployment/orders": "create orders: service-account-dedicated",
    });
  });
});

describe("what a dedicated account does not get", () => {
  const left = (account: KubernetesObject) =>
    [...choices([red("cart", "till"), green("orders", "till"), account]).values()][0]?.reasons
      .filter(one => one.code === "service-account-settings-left-behind")
      .map(one => one.args);

  it("is what other tools and clouds know the old one by", () => {
    const account = serviceAccount(
      "shop/till",
      {
        "eks.amazonaws.com/role-arn": "arn",
        "azure.workload.identity/client-id": "x",
        "meta.helm.sh/release-name": "shop",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
      },
      { secrets: [{ name: "till-token" }] },
      { labels: { role: "till", "app.kubernetes.io/managed-by": "Helm" } },
    );
    expect(left(account)).toEqual([
      {
        serviceAccount: "till",
        dedicated: "cart",
        annotations: ["eks.amazonaws.com/role-arn"],
        labels: ["role"],
        secrets: ["till-token"],
      },
    ]);
  });

  it("is nothing to tell of where all that there is goes over", () => {
    const account = serviceAccount(
      "shop/till",
      { [tokenExpirationAnnotation]: "7200", [mountableSecretsAnnotation]: "true" },
      { imagePullSecrets: [{ name: "acr" }], automountServiceAccountToken: false, secrets: [{ name: "tls" }] },
    );
    expect(left(account)).toEqual([]);
  });

  it("is no token expiration that the webhook takes, as it reads numbers", () => {
    expect(left(serviceAccount("shop/till", { [tokenExpirationAnnotation]: "+3600" }))).toEqual([]);
  });

  it("is a token expiration that the webhook would refuse", () => {
    expect(left(serviceAccount("shop/till", { [tokenExpirationAnnotation]: "60" }))).toMatchObject([
      { annotations: [tokenExpirationAnnotation] },
    ]);
  });
});

describe("the rights of an account", () => {
  const notChecked = (objects: KubernetesObject[], options: FactsOptions) =>
    [...choices(objects, options).values()][0]?.notChecked.map(one => one.code);
  const till = serviceAccount("shop/till");

  it("are not known where bindings of any namespace cannot be read, and the account is to be replaced", () => {
    for (const kind of ["RoleBinding", "ClusterRoleBinding"]) {
      const unknown = [{ kind, except: ["shop"] }];
      expect(notChecked([red("cart", "till"), green("orders", "till"), till], { unknown })).toEqual([
        "role-bindings-not-checked",
      ]);
      expect(notChecked([red("cart", "till"), till], { unknown })).toEqual([]);
    }
  });
});
