import { describe, expect, it, test } from "vitest";
import { applicationsToRead, principalsToRead } from "../../../src/core/azure/azureToRead.ts";
import { isOtherCloud } from "../../../src/core/azure/clouds.ts";
import { readKinds } from "../../../src/core/kinds.ts";
import type { KubernetesObject } from "../../../src/core/kubernetes.ts";
import type { Code, Decisions, Step } from "../../../src/core/model.ts";
import { questionsOf } from "../../../src/core/questions.ts";
import { judge, planDocument, scanDocument } from "../../../src/core/reports.ts";
import { checksOf } from "../../../src/core/verify.ts";
import {
  clientIDAnnotation,
  tenantIDAnnotation,
  useLabel,
} from "../../../src/core/workloadIdentity/workloadIdentity.ts";
import {
  audience,
  azureIdentity,
  binding,
  bound,
  boundApplication,
  clientIDOf,
  credential,
  decisions,
  type FactsOptions,
  factsOf,
  issuer,
  mutated,
  resourceIDOf,
  serviceAccount,
  tenant,
  west,
  workload,
} from "../factories.ts";

const otherTenant = "bbbbbbbb-0000-0000-0000-00000000000b";
const aksIssuer = `https://westeurope.oic.prod-aks.azure.com/${tenant}/11110000-0000-4000-8000-000000000001/`;
const secret = { clientPassword: { name: "till-sp", namespace: "shop" } };

const till = [
  serviceAccount("shop/till"),
  workload("shop/till", { label: "till", account: "till" }),
] satisfies KubernetesObject[];

interface World extends FactsOptions {
  identities?: KubernetesObject[];
  workloads?: KubernetesObject[];
  decisions?: Partial<Decisions>;
  authorityHost?: string;
}

function judged({ identities, workloads = till, decisions: choice, authorityHost, ...options }: World = {}) {
  const facts = factsOf([...(identities ?? boundApplication("shop/till")), ...workloads], options);
  if (authorityHost !== undefined) facts.azure = { ...facts.azure, authorityHost };
  return judge(facts, { ...decisions, ...choice });
}

function mappingOf(world: World = {}) {
  const [mapping, ...others] = judged(world).mapped.mappings;
  if (!mapping || others.length > 0) throw new Error("not one mapping");
  return mapping;
}

function stepsOf(world: World = {}): Step[] {
  return judged(world).steps.steps;
}

/** What the step for a service account makes of its annotations. */
function annotationsOf(steps: readonly Step[], name = "till") {
  const step = steps.find(
    one => "kind" in one.target && one.target.kind === "ServiceAccount" && one.target.name === name,
  );
  if (step?.op === "patch") return Object.fromEntries(step.changes.map(({ path, after }) => [path.at(-1), after]));
  if (step?.op === "create") return (step.object.metadata as { annotations?: Record<string, string> }).annotations;
  return undefined;
}

describe("an AzureIdentity of type 1 or 2", () => {
  it.each([1, 2])("gives its workload a credential of the application (type %d)", type => {
    const mapping = mappingOf({ identities: boundApplication("shop/till", { type }) });
    expect(mapping).toMatchObject({
      trusts: [
        {
          principal: clientIDOf("till"),
          issuer,
          subject: "system:serviceaccount:shop:till",
          audience,
          backend: "federatedCredential",
        },
      ],
      defaultPrincipal: { id: clientIDOf("till"), type: "application", clientID: clientIDOf("till"), tenantID: tenant },
      reasons: ["service-account-reused", "tenant-named-by-account"],
      blockedBy: [],
      notChecked: [],
    });
  });

  it("is asked of Graph by its client id in lower case, and of nobody else", () => {
    const facts = factsOf([
      ...boundApplication("shop/till", { clientID: clientIDOf("till").toUpperCase() }),
      ...bound("shop/cart"),
      ...till,
      workload("shop/cart", { label: "cart" }),
    ]);
    expect(applicationsToRead(facts, decisions)).toEqual([clientIDOf("till")]);
    expect(principalsToRead(facts, decisions).map(({ clientID }) => clientID)).toEqual([clientIDOf("cart")]);
  });

  it("has a step of its own, whose id tells an application from a managed identity", () => {
    const [step] = stepsOf().filter(({ op }) => op === "trust");
    expect(step?.id.replace(/-[0-9a-f]{10}#/, "-HASH#")).toBe(
      `${west}/applications/${clientIDOf("till")}/federatedidentitycredentials/shop-till-HASH#prepare`,
    );
    expect(step).toMatchObject({ route: "live", target: { principal: clientIDOf("till") } });
  });

  it("adopts a credential whatever its name, and has no step then", () => {
    const world = { applications: { till: { credentials: [credential("mine", "shop:till")] } } };
    expect(mappingOf(world)).toMatchObject({
      trusts: [{ adopts: "mine" }],
      reasons: expect.arrayContaining(["credential-adopted"]),
    });
    expect(stepsOf(world).map(({ op }) => op)).not.toContain("trust");
  });

  it("is listed in the plan with its credentials and its limit", () => {
    const credentials = [credential("mine", "shop:other")];
    const plan = planDocument(judged({ applications: { till: { credentials } } }), "0.0.0");
    expect(plan.principals).toEqual([
      { id: clientIDOf("till"), type: "application", clientID: clientIDOf("till"), limit: 20, credentials },
    ]);
  });

  it.each<[Code, string, World]>([
    ["application-not-found", "Graph has none", { applications: { till: "notFound" } }],
    ["application-of-other-tenant", "it is only a guest", { applications: { till: { homeTenant: otherTenant } } }],
    [
      "credential-audience-differs",
      "issuer and subject have a credential with another audience",
      { applications: { till: { credentials: [credential("x", "shop:till", { audience: "other" })] } } },
    ],
    [
      "credential-budget-exceeded",
      "it has twenty already",
      {
        applications: {
          till: { credentials: Array.from({ length: 20 }, (_, index) => credential(`x${index}`, `bank:x${index}`)) },
        },
      },
    ],
    [
      "application-id-invalid",
      "its client id is empty",
      { identities: boundApplication("shop/till", { clientID: "" }) },
    ],
    [
      "application-id-invalid",
      "its client id is none",
      { identities: boundApplication("shop/till", { clientID: "x')/owners" }) },
    ],
    ["tenant-id-invalid", "it has no tenant", { identities: boundApplication("shop/till", { tenantID: "" }) }],
    [
      "tenant-id-invalid",
      "its tenant is a path",
      { identities: boundApplication("shop/till", { tenantID: "../other" }) },
    ],
    [
      "auxiliary-tenants",
      "its answers have tokens of several tenants",
      { identities: boundApplication("shop/till", { auxiliaryTenantIDs: [otherTenant] }) },
    ],
    [
      "authority-of-other-cloud",
      "its tokens come from another cloud",
      {
        identities: boundApplication("shop/till", { adEndpoint: "https://login.microsoftonline.us/" }),
        authorityHost: "https://login.microsoftonline.com",
      },
    ],
  ])("is blocked by %s when %s", (code, _, world) => {
    expect(mappingOf(world)).toMatchObject({ blockedBy: [code], notChecked: [] });
  });

  it("is blocked by the name of its credential when that is taken", () => {
    const [trust] = mappingOf().trusts;
    const taken = credential(trust?.name ?? "", "shop:orders");
    expect(mappingOf({ applications: { till: { credentials: [taken] } } }).blockedBy).toEqual([
      "credential-name-taken",
    ]);
  });

  it.each<[string, World, string]>([
    ["nobody asked", { applications: { till: "notAsked" } }, "Azure was not asked"],
    [
      "Graph refused",
      { applications: { till: { failed: "403 Authorization_RequestDenied" } } },
      "403 Authorization_RequestDenied",
    ],
  ])("is not checked when %s", (_, world, reason) => {
    const { mapped } = judged(world);
    expect(mapped.mappings).toMatchObject([{ blockedBy: [], notChecked: ["azure-not-checked"] }]);
    const told = mapped.findings.find(({ code }) => code === "azure-not-checked");
    expect(told?.args).toEqual({ reason, application: clientIDOf("till") });
  });

  it.each<[string, World]>([
    [
      "auxiliary tenants that its code asks for by itself",
      {
        identities: boundApplication("shop/till", { auxiliaryTenantIDs: [otherTenant] }),
        decisions: { workloads: { "shop/Deployment/till": { covered: ["AzureIdentity shop/till"] } } },
      },
    ],
    [
      "auxiliary tenants of a certificate, which NMI does not read",
      { identities: boundApplication("shop/till", { type: 2, auxiliaryTenantIDs: [otherTenant] }) },
    ],
    [
      "another address of the same cloud",
      {
        identities: boundApplication("shop/till", { adEndpoint: "https://sts.windows.net" }),
        authorityHost: "https://login.microsoftonline.com",
      },
    ],
    [
      "what is wrong with one that people chose another identity for",
      {
        identities: [...boundApplication("shop/till", { tenantID: "" }), ...bound("shop/cart")],
        decisions: { workloads: { "shop/Deployment/till": { identity: resourceIDOf("cart") } } },
      },
    ],
    ["a tenant by its domain", { identities: boundApplication("shop/till", { tenantID: "contoso.onmicrosoft.com" }) }],
  ])("is not blocked by %s", (_, world) => {
    expect(mappingOf(world)).toMatchObject({ blockedBy: [], notChecked: [] });
  });

  it("is blocked by auxiliary tenants on the path of the proxy, whatever its code does", () => {
    expect(
      mappingOf({
        identities: boundApplication("shop/till", { auxiliaryTenantIDs: [otherTenant] }),
        decisions: {
          clientPath: "proxy",
          workloads: { "shop/Deployment/till": { covered: ["AzureIdentity shop/till"] } },
        },
      }).blockedBy,
    ).toContain("auxiliary-tenants");
  });
});

describe("the question about auxiliary tenants", () => {
  const answersOf = (clientPath: "sdk" | "proxy") =>
    questionsOf(
      judged({
        identities: boundApplication("shop/till", { auxiliaryTenantIDs: [otherTenant] }),
        decisions: { clientPath },
      }),
    )
      .filter(({ finding }) => finding.code === "auxiliary-tenants")
      .flatMap(({ answers }) => answers.map(({ decision }) => decision));

  it("is whether the code asks each tenant by itself, on the path of the SDK alone", () => {
    expect(answersOf("sdk")).toEqual([{ covered: ["AzureIdentity shop/till"] }]);
    expect(answersOf("proxy")).toEqual([{ clientPath: "sdk" }]);
  });
});

describe("the objects of an application", () => {
  const told = (spec: Parameters<typeof boundApplication>[1]) =>
    scanDocument(judged({ identities: boundApplication("shop/till", spec) }), "0.0.0").findings.flatMap(
      ({ code, subject, args }) => (subject?.kind === "AzureIdentity" ? [[code, args]] : []),
    );

  it.each<[1 | 2, string]>([
    [1, "secret"],
    [2, "certificate"],
  ])("leave a Secret behind that can go in the end (type %d)", (type, what) => {
    expect(told({ type, ...secret })).toEqual([
      ["client-secret-removable", { secret: "shop/till-sp", clientID: clientIDOf("till"), what }],
    ]);
  });

  it("may name a resource of another cloud that nobody reads", () => {
    expect(told({ adResourceID: "https://management.usgovcloudapi.net/" })).toEqual([
      [
        "resource-of-other-cloud",
        {
          adResourceID: "https://management.usgovcloudapi.net/",
          authority: "https://login.microsoftonline.com/",
        },
      ],
    ]);
    expect(told({ adResourceID: "https://management.azure.com/" })).toEqual([]);
  });

  it("have no Secret that is read", () => {
    expect(readKinds.filter(({ kind }) => kind === "Secret")).toEqual([]);
  });
});

describe("the tenant of an identity", () => {
  const addon = { webhook: { installed: true, version: "1.5.1", ready: 2, addon: true }, issuer: aksIssuer };

  it("is named by the account of an application", () => {
    expect(annotationsOf(stepsOf())).toEqual({
      [clientIDAnnotation]: clientIDOf("till"),
      [tenantIDAnnotation]: tenant,
    });
    expect(annotationsOf(stepsOf({ decisions: { serviceAccount: "dedicated" } }), "till-deployment")).toMatchObject({
      [tenantIDAnnotation]: tenant,
    });
  });

  it("is not, where the add-on has the same one", () => {
    expect(annotationsOf(stepsOf({ cluster: addon }))).toEqual({ [clientIDAnnotation]: clientIDOf("till") });
    expect(mappingOf({ cluster: addon }).reasons).toEqual(["service-account-reused"]);
  });

  it("is, where the add-on has another one", () => {
    const identities = boundApplication("shop/till", { tenantID: otherTenant });
    expect(annotationsOf(stepsOf({ cluster: addon, identities }))).toMatchObject({ [tenantIDAnnotation]: otherTenant });
  });

  it("is named by the account of a managed identity that Azure knows in another tenant than the cluster", () => {
    const world = (tenantID: string) => ({
      cluster: addon,
      identities: bound("shop/till"),
      azure: { till: { tenantID } },
    });
    expect(annotationsOf(stepsOf(world(otherTenant)))).toMatchObject({ [tenantIDAnnotation]: otherTenant });
    expect(annotationsOf(stepsOf(world(tenant.toUpperCase())))).toEqual({ [clientIDAnnotation]: clientIDOf("till") });
  });

  it("is no step once it is there, in any case", () => {
    const account = serviceAccount("shop/till", {
      [clientIDAnnotation]: clientIDOf("till"),
      [tenantIDAnnotation]: tenant.toUpperCase(),
    });
    const [, ...rest] = till;
    expect(annotationsOf(stepsOf({ workloads: [account, ...rest] }))).toBeUndefined();
    const without = serviceAccount("shop/till", { [clientIDAnnotation]: clientIDOf("till") });
    expect(annotationsOf(stepsOf({ workloads: [without, ...rest] }))).toEqual({ [tenantIDAnnotation]: tenant });
  });

  it("keeps an account that names another one for others", () => {
    const account = serviceAccount("shop/till", { [tenantIDAnnotation]: otherTenant });
    const [, ...rest] = till;
    expect(mappingOf({ workloads: [account, ...rest] })).toMatchObject({
      serviceAccount: { use: "create" },
      reasons: expect.arrayContaining(["service-account-names-other-identity"]),
    });
  });

  it("parts workloads that share an account and an application but no tenant", () => {
    const identities = [
      ...boundApplication("shop/till"),
      azureIdentity("shop/abroad", { type: 1, clientID: clientIDOf("till"), tenantID: otherTenant }),
      binding("shop/abroad"),
    ];
    const workloads = [...till, workload("shop/abroad", { label: "abroad", account: "till" })];
    const { mapped, steps } = judged({ identities, workloads });
    expect(mapped.mappings.map(({ serviceAccount: { use }, reasons }) => [use, reasons])).toEqual([
      ["create", ["service-account-shared", "tenant-named-by-account"]],
      ["create", ["service-account-shared", "tenant-named-by-account"]],
    ]);
    expect(annotationsOf(steps.steps, "abroad")).toMatchObject({ [tenantIDAnnotation]: otherTenant });
  });

  it("has to be said in code for identities beside the default", () => {
    const identities = [
      ...boundApplication("shop/till"),
      azureIdentity("shop/abroad", { type: 1, tenantID: otherTenant }),
      binding("shop/abroad", { selector: "till" }),
    ];
    const { mapped } = judged({
      identities,
      decisions: { workloads: { "shop/Deployment/till": { defaultIdentity: "shop/till" } } },
    });
    expect(mapped.findings.find(({ code }) => code === "client-ids-needed-in-code")?.args).toMatchObject({
      others: [`shop/abroad (${clientIDOf("abroad")}, tenant ${otherTenant})`],
    });
  });
});

describe("verify", () => {
  const pod = (tenantID: string): KubernetesObject => {
    const [container] = mutated.containers as { name: string; env: { name: string; value?: string }[] }[];
    const env = (container?.env ?? []).map(one => (one.name === "AZURE_TENANT_ID" ? { ...one, value: tenantID } : one));
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "till", namespace: "shop", labels: { aadpodidbinding: "till", [useLabel]: "true" } },
      spec: { ...mutated, serviceAccountName: "till", containers: [{ name: "app", env }] },
    };
  };
  const resultsOf = (world: World) => {
    const { facts } = judged(world);
    return Object.fromEntries(
      checksOf(judge(facts, decisions), ["prepare", "switch"]).map(({ code, result, evidence }) => [
        code,
        `${result}: ${evidence}`,
      ]),
    );
  };
  const migrated = (annotations: Record<string, string>, tenantID = tenant): World => ({
    workloads: [serviceAccount("shop/till", annotations), pod(tenantID)],
    applications: { till: { credentials: [credential("mine", "shop:till")] } },
  });
  const annotated = { [clientIDAnnotation]: clientIDOf("till"), [tenantIDAnnotation]: tenant };

  test("passes for an application that has its credential, and an account that names client and tenant", () => {
    expect(resultsOf(migrated(annotated))).toMatchObject({
      "credential-matches": expect.stringMatching(/^passed: mine on /),
      "service-account-annotated": expect.stringMatching(/^passed: .*tenant-id/),
      "pods-mutated": expect.stringMatching(/^passed/),
    });
  });

  test("fails without the tenant on the account, or with another one in the pods", () => {
    expect(resultsOf(migrated({ [clientIDAnnotation]: clientIDOf("till") }))).toMatchObject({
      "service-account-annotated": `failed: till has no annotation ${tenantIDAnnotation}`,
    });
    expect(resultsOf(migrated(annotated, otherTenant))).toMatchObject({
      "pods-mutated": `failed: till has AZURE_TENANT_ID=${otherTenant}, wanted ${tenant}; a restart takes what account and webhook say now`,
    });
  });

  test.each<[string, World["applications"], string]>([
    ["fails without the application", { till: "notFound" }, `failed: there is no application ${clientIDOf("till")}`],
    [
      "fails for an application of another tenant",
      { till: { homeTenant: otherTenant } },
      `failed: ${clientIDOf("till")} is an application of tenant ${otherTenant}`,
    ],
    ["cannot tell without Graph", { till: { failed: "forbidden" } }, "not-checked: forbidden"],
    ["cannot tell without asking", { till: "notAsked" }, "not-checked: Azure was not asked"],
  ])("%s", (_, applications, expected) => {
    expect(resultsOf({ ...migrated(annotated), ...(applications ? { applications } : {}) })).toMatchObject({
      "credential-matches": expected,
    });
  });
});

describe("two addresses", () => {
  it.each<[string, string, boolean]>([
    ["https://login.microsoftonline.com/", "https://login.microsoftonline.com", false],
    ["https://login.windows.net", "https://login.microsoftonline.com", false],
    ["https://login.partner.microsoftonline.cn/", "https://login.chinacloudapi.cn", false],
    ["https://login.microsoftonline.us", "https://login.microsoftonline.com", true],
    ["https://management.usgovcloudapi.net/", "https://login.microsoftonline.us", false],
    ["https://login.azurestack.local/", "https://login.microsoftonline.com", true],
    ["https://login.azurestack.local/adfs", "https://login.azurestack.local", false],
    ["https://microsoftonline.com.evil.example", "https://login.microsoftonline.com", true],
    ["login.microsoftonline.com", "https://login.microsoftonline.com", true],
  ])("%s and %s are of different clouds: %s", (a, b, expected) => {
    expect(isOtherCloud(a, b)).toBe(expected);
  });
});
