import { describe, expect, test } from "vitest";
import type { JsonObject, KubernetesObject } from "../../src/core/kubernetes.ts";
import { judge } from "../../src/core/reports.ts";
import { bound, decisions, factsOf, serviceAccount, type WorkloadOptions, workload } from "./factories.ts";

function judged(options: WorkloadOptions, others: KubernetesObject[] = []) {
  const cart = workload("shop/cart", { label: "cart", account: "cart", ...options });
  return judge(factsOf([...bound("shop/cart"), serviceAccount("shop/cart"), cart, ...others]), decisions);
}

const reasonsOf = (...given: Parameters<typeof judged>) => {
  const { mapped } = judged(...given);
  return mapped.findings.filter(one => one.code.startsWith("label-")).map(({ code, args }) => ({ code, args }));
};

const spread = { topologySpreadConstraints: [{ labelSelector: { matchLabels: { aadpodidbinding: "cart" } } }] };

describe("the label's hiding places", () => {
  test.each<[string, WorkloadOptions, object]>([
    [
      "the immutable selector",
      { spec: { selector: { matchLabels: { aadpodidbinding: "cart" } } } },
      { code: "label-in-selector", args: {} },
    ],
    [
      "a ReplicationController's selector",
      { kind: "ReplicationController", spec: { selector: { aadpodidbinding: "cart" } } },
      { code: "label-in-selector", args: {} },
    ],
    [
      "topology spread",
      { podSpec: spread },
      { code: "label-read-by-pods", args: { places: ["spec.topologySpreadConstraints[0].labelSelector"] } },
    ],
    [
      "anti-affinity",
      {
        podSpec: {
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 1,
                  podAffinityTerm: {
                    labelSelector: { matchExpressions: [{ key: "aadpodidbinding", operator: "Exists" }] },
                  },
                },
              ],
            },
          },
        },
      },
      {
        code: "label-read-by-pods",
        args: {
          places: [
            "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector",
          ],
        },
      },
    ],
    [
      "the Downward API",
      {
        podSpec: {
          containers: [
            {
              name: "app",
              env: [{ name: "B", valueFrom: { fieldRef: { fieldPath: "metadata.labels['aadpodidbinding']" } } }],
            },
          ],
        },
      },
      { code: "label-read-by-pods", args: { places: ["spec.containers[0].env[0].valueFrom.fieldRef.fieldPath"] } },
    ],
  ])("%s is told", (_, options, told) => {
    expect(reasonsOf(options)).toEqual([told]);
  });

  const other = (apiVersion: string, kind: string, spec: JsonObject, namespace = "shop"): KubernetesObject => ({
    apiVersion,
    kind,
    metadata: { name: "by-label", namespace },
    spec,
  });
  const byLabel = { matchLabels: { aadpodidbinding: "cart" } };

  test("objects that select the pods by it are told, and those that select others are not", () => {
    const others = [
      other("v1", "Service", { selector: { aadpodidbinding: "cart" } }),
      other("policy/v1", "PodDisruptionBudget", { selector: byLabel }),
      other(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        { podSelector: {}, ingress: [{ from: [{ podSelector: byLabel }] }] },
        "bank",
      ),
      other("v1", "Service", { selector: { aadpodidbinding: "cart" } }, "bank"),
      other("v1", "Service", { selector: { aadpodidbinding: "orders" } }, "bank"),
    ];
    expect(reasonsOf({}, others)).toEqual([
      {
        code: "label-selected-by-others",
        args: {
          objects: ["Service shop/by-label", "PodDisruptionBudget shop/by-label", "NetworkPolicy bank/by-label"],
        },
      },
    ]);
  });

  test("none of them is touched by prepare or switch", () => {
    const { steps } = judged({ podSpec: spread, spec: { selector: byLabel } });
    const paths = steps.steps.flatMap(step =>
      "changes" in step ? step.changes.map(change => change.path.join(".")) : [],
    );
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter(path => /aadpodidbinding|selector/i.test(path))).toEqual([]);
  });
});
