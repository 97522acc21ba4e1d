import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { shared } from "../../src/kube/shared.ts";

const pod = (name: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop", labels: { app: "cart" }, ownerReferences: [] },
  spec: { containers: [{ name: "app", env: [{ name: "A" }] }] },
});

describe("values of listed objects", () => {
  it("are one value where the pods of a Deployment have them alike", () => {
    const first = pod("cart-1");
    const second = shared(pod("cart-2"), first);
    expect(second.metadata.labels).toBe(first.metadata.labels);
    expect(second.spec?.containers).toBe(first.spec?.containers);
    expect(second).toEqual(pod("cart-2"));
  });

  it("are one value inside containers that differ", () => {
    const deployment = (image: string): KubernetesObject => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: image },
      spec: { template: { spec: { containers: [{ image, ports: [{ containerPort: 80 }], probe: { path: "/" } }] } } },
    });
    const containerOf = (object: KubernetesObject) => {
      const { template } = object.spec as {
        template: { spec: { containers: { ports: unknown[]; probe: unknown }[] } };
      };
      return template.spec.containers[0];
    };
    const first = deployment("cart");
    const second = shared(deployment("orders"), first);
    expect(containerOf(second)?.ports[0]).toBe(containerOf(first)?.ports[0]);
    expect(containerOf(second)?.probe).toBe(containerOf(first)?.probe);
    expect(second).toEqual(deployment("orders"));
  });

  it("say what they said before, whatever they are", () => {
    const field = fc.constantFrom("metadata", "spec", "template", "containers", "status", "labels", "__proto__", "a");
    const { value } = fc.letrec(tie => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom(null, true, 0, -0.5, "", "a", "{}", "[]", '"a"', "null"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc
          .array(fc.tuple(field, tie("value")), { maxLength: 4 })
          .map(entries => JSON.parse(JSON.stringify(Object.fromEntries(entries))) as unknown),
      ),
    }));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("Pod", "Deployment"), value)), objects => {
        const raw = objects.map(([kind, some]) =>
          JSON.stringify({ apiVersion: "v1", kind, metadata: some, spec: some }),
        );
        let before: unknown;
        const read = raw.map(text => {
          before = shared(JSON.parse(text), before);
          return before;
        });
        expect(read.map(object => JSON.stringify(object))).toEqual(raw);
      }),
    );
  });
});
