import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubectlOrThrow } from "../testbed/kubectl.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import type { ManagedIdentity } from "./azure.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import type { Moment, Write } from "./gate.ts";
import { isIn, keyOf, snapshot } from "./snapshot.ts";
import { bound, deployment, namespace, serviceAccount, standardMode, statefulSet } from "./world.ts";

/** Where the process is killed, in words and as the write that is its last. */
const deaths: { when: string; moment: Moment; isLast: (write: Write) => boolean }[] = [
  {
    when: "with a federated credential written whose record does not say so yet",
    moment: "after",
    isLast: ({ server, method }) => server === "azure" && method === "PUT",
  },
  {
    when: "with a service account made whose answer did not come",
    moment: "after",
    isLast: ({ path }) => path.endsWith("/serviceaccounts"),
  },
  {
    when: "between the record of a template's change and the change",
    moment: "before",
    isLast: ({ method, path }) => method === "PATCH" && path.includes("/deployments/"),
  },
  {
    when: "while a rollout is under way",
    moment: "after",
    isLast: ({ method, path }) => method === "PATCH" && path.includes("/statefulsets/"),
  },
];

interface Shop {
  namespace: string;
  identities: ManagedIdentity[];
}

describe.skipIf(testbedOrSkip() === undefined)("an apply that is killed on a real cluster", () => {
  let here: Environment;
  let expected: unknown;

  /** A namespace of its own with two workloads of different identities; only names tell one shop from another. */
  async function openShop(name: string): Promise<Shop> {
    const [cart, billing] = [here.azure.addIdentity(`${name}-cart`), here.azure.addIdentity(`${name}-billing`)];
    await here.testbed.apply([
      namespace(name),
      ...bound(name, cart),
      ...bound(name, billing),
      serviceAccount(name, "shared"),
      deployment(name, "cart", { label: cart.name, account: "shared" }),
      statefulSet(name, "ledger", { label: billing.name, account: "shared" }),
    ]);
    await here.settled();
    return { namespace: name, identities: [cart, billing] };
  }

  /** What a migration left of a shop, in words that are the same for every shop. */
  async function endState(shop: Shop): Promise<unknown> {
    const stored = [...(await snapshot(here.testbed.kubectl)).values()];
    const objects = stored.filter(isIn(shop.namespace)).map(object => {
      const { uid: _1, creationTimestamp: _2, ...metadata } = object.metadata;
      return [keyOf(object), { ...object, metadata }];
    });
    const list = await kubectlOrThrow(here.testbed.kubectl, ["get", "deploy,sts", "-n", shop.namespace, "-o", "json"]);
    const { items } = JSON.parse(list) as { items: { kind: string; metadata: { generation: number } }[] };
    const records = stored
      .filter(isIn("azwi-migrate"))
      .flatMap(({ data }) => (data as Record<string, string> | undefined)?.["record.json"] ?? [])
      .map(text => JSON.parse(text) as { state: string; step: { id: string; usages: string[] } })
      .filter(({ step }) => step.usages.some(usage => usage.includes(`/${shop.namespace}/`)))
      .map(({ state, step }) => `${step.id} ${state}`)
      .sort();
    const state = {
      objects: Object.fromEntries(objects),
      // A template that was changed twice would have rolled twice.
      generations: items.map(({ kind, metadata }) => [kind, metadata.generation]),
      records,
      subjects: shop.identities.map(identity => here.azure.credentialsOf(identity).map(({ subject }) => subject)),
    };
    const names = [
      ...shop.identities.map(({ clientID }, index): [string, string] => [clientID, `client-${index}`]),
      [shop.namespace, "SHOP"] as const,
    ];
    const text = names.reduce((all, [own, common]) => all.replaceAll(own, common), JSON.stringify(state));
    // Names of credentials end with a hash over the subject.
    return JSON.parse(text.replace(/-[0-9a-f]{10}#prepare/g, "-HASH#prepare"));
  }

  beforeAll(async () => {
    here = await startEnvironment();
    await here.testbed.apply([...standardMode]);
    const shop = await openShop("shop-untouched");
    await here.plan("untouched.json", "-n", shop.namespace);
    expect((await here.apply("untouched.json")).code).toBe(0);
    expected = await endState(shop);
  });
  afterAll(() => here?.stop());

  it.each(deaths.map((death, index) => [death.when, { ...death, name: `shop-${index}` }] as const))(
    "ends as an uninterrupted one when it died %s",
    async (_when, { name, moment, isLast }) => {
      const shop = await openShop(name);
      await here.plan(`${name}.json`, "-n", name);

      const first = here.start(["apply", `${name}.json`, "--yes"]);
      let isDead = false;
      here.gate.guard = (write, at) => {
        if (isDead || (at === moment && isLast(write))) {
          isDead = true;
          first.child.kill("SIGKILL");
          throw new Error("killed");
        }
      };
      expect((await first.ended).code).toBe("SIGKILL");
      expect(isDead).toBe(true);
      here.gate.guard = undefined;

      const again = await here.apply(`${name}.json`);
      expect({ code: again.code, summary: again.document.summary }).toMatchObject({ code: 0, summary: { failed: 0 } });
      expect(await endState(shop)).toEqual(expected);
    },
  );
});
