import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import type { AccessAttributes } from "../../src/core/ports.ts";
import { shell } from "../../src/output/escape.ts";
import { callerText, missingActionLines, missingRightLines } from "../../src/output/text/missingRights.ts";

const source = "s";
const missing = (right: AccessAttributes, ...neededFor: string[]) => ({ source, right, neededFor });
const deployments = { group: "apps", resource: "deployments" };
const options = { context: "west", user: "ann" };

/** What follows the lead, as YAML. */
function manifests(lines: string[]): unknown[] {
  return parseAllDocuments(lines.at(-1) ?? "").map(document => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

describe("missing rights in a cluster", () => {
  test("are one line an object and set of verbs, over all namespaces", () => {
    const lines = missingRightLines(
      [
        missing({ verb: "patch", ...deployments, namespace: "shop", name: "cart" }, "Deployment shop/cart"),
        missing({ verb: "get", ...deployments, namespace: "shop", name: "cart" }, "Deployment shop/cart"),
        ...["a", "b", "c", "d"].map(namespace =>
          missing({ verb: "patch", ...deployments, namespace, name: "x" }, `Deployment ${namespace}/x`),
        ),
        missing({ verb: "create", group: "", resource: "namespaces" }, "the records"),
      ],
      options,
    );
    expect(lines.slice(0, -1)).toEqual([
      "error: Cluster west: You may not get and patch deployments in the namespace shop, which is needed for Deployment shop/cart",
      "error: Cluster west: You may not patch deployments in the namespaces a, b, c and 1 more, which is needed for Deployment a/x, Deployment b/x, Deployment c/x and 1 more",
      "error: Cluster west: You may not create namespaces in the whole cluster, which is needed for the records",
      "Ask for these roles and bindings, for kubectl apply -f - by somebody who may give them to ann:",
    ]);
  });

  test("come with a minimal role for each scope, and its binding", () => {
    const shop = { namespace: "shop" };
    const lines = missingRightLines(
      [
        missing({ verb: "patch", ...deployments, ...shop, name: "cart" }),
        missing({ verb: "get", ...deployments, ...shop, name: "cart" }),
        missing({ verb: "patch", ...deployments, ...shop, name: "orders" }),
        missing({ verb: "list", group: "", resource: "pods", ...shop }),
        missing({ verb: "list", group: "", resource: "configmaps", ...shop }),
        missing({ verb: "create", group: "", resource: "namespaces" }),
      ],
      { ...options, user: "system:serviceaccount:ci:deployer" },
    );
    const subjects = [{ kind: "ServiceAccount", namespace: "ci", name: "deployer" }];
    const name = expect.stringMatching(/^azwi-migrate-[0-9a-f]{8}$/);
    const rules = (...list: object[]) => ({ rules: list });
    expect(manifests(lines)).toMatchObject([
      {
        kind: "ClusterRole",
        metadata: { name },
        ...rules({ apiGroups: [""], resources: ["namespaces"], verbs: ["create"] }),
      },
      { kind: "ClusterRoleBinding", roleRef: { kind: "ClusterRole", name }, subjects },
      {
        kind: "Role",
        metadata: { name, ...shop },
        ...rules(
          { apiGroups: [""], resources: ["configmaps", "pods"], verbs: ["list"] },
          { apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["cart", "orders"], verbs: ["patch"] },
          { apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["cart"], verbs: ["get"] },
        ),
      },
      { kind: "RoleBinding", metadata: { name, ...shop }, roleRef: { kind: "Role", name }, subjects },
    ]);
  });

  test("come with the namespace of the records, which the role in it could not be applied without", () => {
    const namespace = "azwi-migrate";
    const lines = missingRightLines(
      [
        missing({ verb: "create", group: "", resource: "configmaps", namespace }),
        missing({ verb: "create", group: "", resource: "namespaces", name: namespace }),
      ],
      options,
    );
    expect(manifests(lines)).toMatchObject([
      { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
      { kind: "Role", metadata: { namespace } },
      { kind: "RoleBinding", metadata: { namespace } },
    ]);
  });

  test("are warned of where only a check is left out, and nobody is named where nobody is known", () => {
    const right = { verb: "create", group: "", resource: "serviceaccounts", subresource: "token", namespace: "shop" };
    const lines = missingRightLines([{ ...missing(right, "the proof of cart"), optional: true }], {
      ...options,
      user: undefined,
    });
    expect(lines.slice(0, 2)).toEqual([
      "warning: Cluster west: You may not create serviceaccounts/token in the namespace shop: not checked is the proof of cart",
      "Ask for these roles, and for a binding of them to your user:",
    ]);
    expect(manifests(lines)).toHaveLength(1);
  });

  test("keep hostile names harmless, and the same to YAML", () => {
    const name = 'x"\n- evil: \u001b[31m\u202e#{}: &a *b';
    const lines = missingRightLines(
      [missing({ verb: "bind", group: "rbac", resource: "roles", namespace: "shop", name }, name)],
      { context: name, user: name },
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(lines.join("")).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(manifests(lines)).toMatchObject([
      { rules: [{ resourceNames: [name] }] },
      { subjects: [{ kind: "User", name }] },
    ]);
  });
});

describe("missing actions in Azure", () => {
  const write = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write";

  test("come with the smallest role and the command that gives it", () => {
    const caller = { cloud: "public", objectID: "oid", type: "user" } as const;
    expect(missingActionLines({ scope: "/subscriptions/s/resourceGroups/g (x)", actions: [write] }, caller)).toEqual([
      `error: Azure: You lack ${write} at /subscriptions/s/resourceGroups/g (x)`,
      "The smallest documented role that has it is Managed Identity Contributor:",
      "  az role assignment create --assignee-object-id oid --assignee-principal-type User --role e40ec5ca-96e0-45a2-b4ff-59039f2c2b59 --scope '/subscriptions/s/resourceGroups/g (x)'",
    ]);
  });
});

describe("who the caller is", () => {
  test.each([
    [
      { cloud: "public", tenantID: "T", objectID: "O", clientID: "A", type: "app" as const },
      "app A (object id O) in tenant T, cloud public",
    ],
    [
      { cloud: "china", tenantID: "T", clientID: "cli", userName: "ann@shop", type: "user" as const },
      "user ann@shop in tenant T, cloud china",
    ],
    [{ cloud: "public" }, "somebody whom the access token does not name, cloud public"],
    [{ cloud: "public", userName: "\u001b[31m" }, "user \\u001b[31m, cloud public"],
  ])("%j", (caller, expected) => {
    expect(callerText(caller)).toBe(expected);
  });
});

describe("a word for a shell", () => {
  test("is the word again, whatever it is", () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom(..."aZ9/-_.:@ '\"$`\\!*?~#&|;<>(){}[]=%éЖ😀") }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(words, list => {
        const script = `printf '%s\\n' ${list.map(shell).join(" ")}`;
        expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(list.map(one => `${one}\n`).join(""));
      }),
      { numRuns: 20 },
    );
  });
});
