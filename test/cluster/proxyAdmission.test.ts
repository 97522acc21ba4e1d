import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject, KubernetesObject } from "../../src/core/kubernetes.ts";
import { matchesSelector } from "../../src/core/labelSelector.ts";
import { object, told } from "../core/clientPath/verdicts.ts";
import { kubectlOrThrow } from "../testbed/kubectl.ts";
import type { KubernetesObject as TestbedObject } from "../testbed/objects.ts";
import { poll } from "../testbed/poll.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import { startTestbed, type Testbed } from "../testbed/start.ts";

const seed = Number(process.env.SEED ?? 7);
const inject = "azure.workload.identity/inject-proxy-sidecar";
const expiration = "azure.workload.identity/service-account-token-expiration";
const some = <T>(...values: T[]) => fc.constantFrom(...values);

const quantities = (keys: readonly string[], value: string) =>
  fc.subarray([...keys]).map((chosen): JsonObject => Object.fromEntries(chosen.map(key => [key, value])));
const resources = ["cpu", "memory"] as const;

/** A namespace with what decides on pods there, and a pod with the proxy: valid but for that. */
const anyWorld = fc.record({
  level: some<string | undefined>(undefined, undefined, undefined, "privileged", "baseline", "restricted"),
  hard: fc.option(quantities(["cpu", "memory", "requests.cpu", "limits.memory", "limits.cpu", "pods"], "1000"), {
    nil: undefined,
  }),
  scopes: some<string[]>([], [], [], ["Terminating"], ["NotTerminating"]),
  ends: some(false, false, true),
  limit: fc.option(
    fc.record({
      default: quantities(resources, "10"),
      defaultRequest: quantities(resources, "5"),
      max: quantities(resources, "10"),
      min: quantities(resources, "5"),
    }),
    { nil: undefined },
  ),
  hostNetwork: some(false, false, false, false, true),
  expiration: some<string | undefined>(
    undefined,
    undefined,
    undefined,
    "",
    "3600",
    "3599",
    "86401",
    "1h",
    "+7200",
    "07200",
  ),
  onAccount: some<string | undefined>(undefined, undefined, undefined, "60", "3600", "x"),
  extra: some<"none" | "containers" | "initContainers">("none", "none", "none", "containers", "initContainers"),
});
type World = (typeof anyWorld extends fc.Arbitrary<infer W> ? W : never) & { name: string };

function podSpec({ hostNetwork, ends, extra }: World): JsonObject {
  const own = { name: "azwi-proxy", image: "proxy", resources: { limits: { cpu: "10", memory: "10" } } };
  return {
    serviceAccountName: "cart",
    ...(hostNetwork ? { hostNetwork } : {}),
    ...(ends ? { activeDeadlineSeconds: 60 } : {}),
    containers: [
      {
        name: "app",
        image: "app",
        resources: { requests: { cpu: "10", memory: "10" }, limits: { cpu: "10", memory: "10" } },
      },
      ...(extra === "containers" ? [own] : []),
    ],
    ...(extra === "initContainers" ? { initContainers: [{ ...own, restartPolicy: "Always" }] } : {}),
  };
}

function annotations(world: World): Record<string, string> {
  return { [inject]: "true", ...(world.expiration === undefined ? {} : { [expiration]: world.expiration }) };
}

/** The objects around the pod, in the namespace `shop` of the world's facts or in one of its own. */
function surroundings(world: World, namespace: string): KubernetesObject[] {
  const { level, hard, scopes, limit, onAccount } = world;
  return [
    object("v1", "Namespace", namespace, {
      metadata: { labels: level === undefined ? {} : { "pod-security.kubernetes.io/enforce": level } },
    }),
    object("v1", "ServiceAccount", `${namespace}/cart`, {
      metadata: { annotations: onAccount === undefined ? {} : { [expiration]: onAccount } },
    }),
    ...(hard
      ? [object("v1", "ResourceQuota", `${namespace}/q`, { spec: { hard, ...(scopes.length > 0 ? { scopes } : {}) } })]
      : []),
    ...(limit
      ? [object("v1", "LimitRange", `${namespace}/l`, { spec: { limits: [{ type: "Container", ...limit }] } })]
      : []),
  ];
}

describe.skipIf(testbedOrSkip() === undefined)(
  "with the real API server and the real webhook",
  { timeout: 120_000 },
  () => {
    let testbed: Testbed;
    beforeAll(async () => {
      testbed = await startTestbed({ parts: ["controllerManager", "webhook"] });
    });
    afterAll(() => testbed?.stop());

    test("exactly those pods with the proxy are blocked that admission refuses", async () => {
      const worlds = fc
        .sample(anyWorld, { numRuns: 60, seed })
        .map((world, index): World => ({ ...world, name: `world-${index}` }));
      const sentinel = surroundings(
        { ...(worlds[0] as World), level: undefined, hard: { cpu: "1000" }, scopes: [], limit: undefined },
        "zz-last",
      );
      await testbed.apply([
        ...worlds.flatMap(world => surroundings(world, world.name)),
        ...sentinel,
      ] as TestbedObject[]);
      await quotasAreCounted(testbed);
      const version = JSON.parse(await kubectlOrThrow(testbed.kubectl, ["version", "-o", "json"])).serverVersion
        .gitVersion;
      const pods = worlds.map(world => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          name: "cart",
          namespace: world.name,
          labels: { "azure.workload.identity/use": "true" },
          annotations: annotations(world),
        },
        spec: podSpec(world),
      }));
      const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: pods });
      const { stdout, stderr } = await testbed.kubectl(
        ["create", "--dry-run=server", "-o", 'jsonpath={.metadata.namespace}{"\\n"}', "-f", "-"],
        { input },
      );
      const accepted = new Set(stdout.split("\n"));
      const compared = worlds.map(world => {
        const { blocks, notChecked } = told({
          cart: { annotations: annotations(world), podSpec: podSpec(world) },
          account: surroundings(world, "shop")[1] as KubernetesObject,
          objects: surroundings(world, "shop").filter(({ kind }) => kind !== "ServiceAccount"),
          decisions: { clientPath: "proxy" },
          cluster: { webhook: { installed: true, version: "1.6.0", ready: 1 }, serverVersion: version },
        });
        return {
          world,
          blocked: blocks.length > 0,
          refused: !accepted.has(world.name),
          codes: blocks.map(one => one.code),
          notChecked,
        };
      });
      expect({
        wrong: compared.filter(one => one.blocked !== one.refused || one.notChecked.length > 0),
        stderr: "",
      }).toEqual({ wrong: [], stderr: "" });
      expect(compared.filter(one => !one.refused).length, stderr).toBeGreaterThan(5);
      const seen = new Set(compared.flatMap(one => one.codes));
      expect([...seen].sort()).toEqual([
        "proxy-against-pod-security",
        "proxy-on-host-network",
        "proxy-twice",
        "proxy-without-resources",
        "token-expiration-invalid",
      ]);
    });

    test("structured selectors select what the server selects", async () => {
      const keys = ["app", "tier", "example.com/x"];
      const values = ["a", "b", ""];
      const anyLabels = fc.dictionary(some(...keys), some(...values), { maxKeys: 3 });
      const anyExpression = fc
        .record({
          key: some(...keys, "gone"),
          operator: some("In", "NotIn", "Exists", "DoesNotExist"),
          values: fc.subarray(values, { minLength: 1 }),
        })
        .map(one => (one.operator.endsWith("In") ? one : { key: one.key, operator: one.operator }));
      const anySelector = fc.record({
        matchLabels: anyLabels,
        matchExpressions: fc.array(anyExpression, { maxLength: 2 }),
      });
      const objects = fc
        .sample(anyLabels, { numRuns: 30, seed })
        .map((labels, index) => object("v1", "ConfigMap", `default/cm-${index}`, { metadata: { labels } }));
      await testbed.apply(objects as TestbedObject[]);
      for (const selector of fc.sample(anySelector, { numRuns: 25, seed })) {
        const listed = await kubectlOrThrow(testbed.kubectl, [
          "get",
          "cm",
          "-n",
          "default",
          "-l",
          written(selector),
          "-o",
          "name",
        ]);
        const names = listed
          .split("\n")
          .filter(one => one.includes("/cm-"))
          .sort();
        const own = objects
          .filter(one => matchesSelector(selector, one.metadata.labels))
          .map(one => `configmap/${one.metadata.name}`)
          .sort();
        expect({ selector, names: own }).toEqual({ selector, names });
      }
    });
  },
);

/** As metav1.FormatLabelSelector writes it. */
function written({
  matchLabels,
  matchExpressions,
}: {
  matchLabels: Record<string, string>;
  matchExpressions: { key: string; operator: string; values?: string[] }[];
}): string {
  const written = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key;
    return operator === "DoesNotExist" ? `!${key}` : `${key} ${operator.toLowerCase()} (${values.join(",")})`;
  });
  return [...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`), ...written].join(",");
}

/** The quota controller fills in what admission counts by; what was applied last is seen last. */
async function quotasAreCounted({ kubectl }: Testbed): Promise<void> {
  const counted = async () => {
    const { items } = JSON.parse(await kubectlOrThrow(kubectl, ["get", "resourcequota", "-A", "-o", "json"]));
    return (items as KubernetesObject[]).every(
      ({ spec, status }) =>
        Object.keys((spec?.hard ?? {}) as object).length === Object.keys((status?.hard ?? {}) as object).length,
    )
      ? true
      : undefined;
  };
  await poll(counted, { what: "quotas are counted", timeoutMilliseconds: 60_000 });
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "x", namespace: "zz-last" },
    spec: { serviceAccountName: "cart", containers: [{ name: "x", image: "x" }] },
  };
  const enforced = async () => {
    const { stderr } = await kubectl(["create", "--dry-run=server", "-f", "-"], { input: JSON.stringify(pod) });
    return stderr.includes("must specify cpu") ? true : undefined;
  };
  await poll(enforced, { what: "admission has seen the last quota", timeoutMilliseconds: 60_000 });
}
