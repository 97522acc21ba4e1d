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
        { podSelector: {}, ingress: [{ from: [{ namespaceSelector: {}, podSelector: byLabel }] }] },
        "bank",
      ),
      other(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        { podSelector: {}, egress: [{ to: [{ podSelector: byLabel }] }] },
        "till",
      ),
      other("v1", "Service", { selector: { aadpodidbinding: "cart" } }, "bank"),
      other("v1", "Service", { selector: { aadpodidbinding: "orders" } }, "bank"),
    ];
    expect(reasonsOf({}, others)).toEqual([
      {
        code: "label-selected-by-others",
        args: {
          objects: ["NetworkPolicy bank/by-label", "PodDisruptionBudget shop/by-label", "Service shop/by-label"],
          more: false,
        },
      },
    ]);
  });

  const expression = (operator: string, values?: string[]): JsonObject => ({
    matchExpressions: [{ key: "aadpodidbinding", operator, ...(values ? { values } : {}) }],
  });
  const objectsIn = (others: KubernetesObject[]) =>
    reasonsOf({}, others).flatMap(({ args }) => ("objects" in args ? args.objects : []));

  test("objects that come to select the pods when the label goes are told, and those that select them either way are not", () => {
    const denied = (name: string, podSelector: JsonObject) => ({
      ...other("networking.k8s.io/v1", "NetworkPolicy", { podSelector, policyTypes: ["Egress"] }),
      metadata: { name, namespace: "shop" },
    });
    expect(objectsIn([denied("unlabelled", expression("DoesNotExist"))])).toEqual(["NetworkPolicy shop/unlabelled"]);
    expect(objectsIn([denied("others", expression("NotIn", ["cart", "x"]))])).toEqual(["NetworkPolicy shop/others"]);
    expect(objectsIn([denied("either", expression("NotIn", ["x"]))])).toEqual([]);
    expect(objectsIn([denied("unread", expression("Like", ["x"]))])).toEqual(["NetworkPolicy shop/unread"]);
  });

  const front = (podSpec: JsonObject, path = "shop/front") => workload(path, { labels: { app: "front" }, podSpec });
  const beside = (term: JsonObject): JsonObject => ({
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone", ...term }] } },
  });

  test("other workloads that are placed by the label are told, in the namespaces that they look at", () => {
    const namespace = (name: string, labels: Record<string, string>): KubernetesObject => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels },
    });
    const shop = namespace("shop", { team: "web" });
    const told = ["Deployment shop/front"];
    expect(objectsIn([front(beside({ labelSelector: byLabel }))])).toEqual(told);
    expect(objectsIn([front(spread)])).toEqual(told);
    expect(objectsIn([front(beside({ labelSelector: { matchLabels: { aadpodidbinding: "other" } } }))])).toEqual([]);
    const fromBank = (term: JsonObject) => [front(beside({ labelSelector: byLabel, ...term }), "bank/front"), shop];
    expect(objectsIn(fromBank({}))).toEqual([]);
    expect(objectsIn(fromBank({ namespaces: ["shop"] }))).toEqual(["Deployment bank/front"]);
    expect(objectsIn(fromBank({ namespaceSelector: { matchLabels: { team: "web" } } }))).toEqual([
      "Deployment bank/front",
    ]);
    expect(objectsIn(fromBank({ namespaceSelector: { matchLabels: { team: "db" } } }))).toEqual([]);
  });

  test("workloads that look for pods with their own value of the label are told", () => {
    const term = (keys: JsonObject) => beside({ labelSelector: { matchExpressions: [] }, ...keys });
    const labelled = (podSpec: JsonObject) => workload("shop/front", { label: "cart", podSpec });
    const objectsOfCart = (podSpec: JsonObject) =>
      judged({}, [labelled(podSpec)]).mapped.findings.flatMap(({ code, subject, args }) =>
        code === "label-selected-by-others" && subject?.name === "cart" ? [args] : [],
      );
    const told = [{ objects: ["Deployment shop/front"], more: false }];
    expect(objectsOfCart(term({ matchLabelKeys: ["aadpodidbinding"] }))).toEqual(told);
    expect(objectsOfCart(term({ mismatchLabelKeys: ["aadpodidbinding"] }))).toEqual(told);
    expect(objectsOfCart(term({ matchLabelKeys: ["app"] }))).toEqual([]);
  });

  test("a pod's comparison with its own value is told, whichever way it goes", () => {
    const term = { labelSelector: {}, mismatchLabelKeys: ["aadpodidbinding"] };
    const place = "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].mismatchLabelKeys";
    expect(reasonsOf({ podSpec: beside(term) })).toEqual([{ code: "label-read-by-pods", args: { places: [place] } }]);
  });

  test("of very many objects a few are named", () => {
    const many = Array.from({ length: 30 }, (_, index) => front(spread, `shop/front-${index}`));
    const [reason] = reasonsOf({}, many);
    expect(reason?.args).toMatchObject({ objects: { length: 5 }, more: true });
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
