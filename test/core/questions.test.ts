import { describe, expect, test } from "vitest";
import { blockedFrom } from "../../src/core/blocked.ts";
import type { JsonObject, KubernetesObject } from "../../src/core/kubernetes.ts";
import { questionsOf, withDecision } from "../../src/core/questions.ts";
import { judge } from "../../src/core/reports.ts";
import {
  azureIdentity,
  binding,
  bound,
  clientIDOf,
  decisions,
  factsOf,
  serviceAccount,
  type WorkloadOptions,
  workload,
} from "./factories.ts";

const judged = (options: WorkloadOptions, others: KubernetesObject[], given = decisions) =>
  judge(
    factsOf([
      ...bound("shop/cart"),
      serviceAccount("shop/cart"),
      workload("shop/cart", { label: "cart", account: "cart", ...options }),
      ...others,
    ]),
    given,
  );

const policy = (apiVersion: string, kind: string, spec: JsonObject): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: "closed", namespace: "shop" },
  spec,
});

const hostNetwork = { podSpec: { hostNetwork: true } };
const naming = { containers: [{ name: "app", env: [{ name: "AZURE_CLIENT_ID", value: clientIDOf("cart") }] }] };
const onHostNetwork = { podSpec: { ...hostNetwork.podSpec, ...naming } };
const denied = policy("networking.k8s.io/v1", "NetworkPolicy", { podSelector: {}, policyTypes: ["Egress"] });
const onlyDefault = { account: "default" };
const istio = (principal: string) =>
  policy("security.istio.io/v1", "AuthorizationPolicy", {
    rules: [{ from: [{ source: { principals: [`cluster.local/ns/shop/sa/${principal}`] } }] }],
  });

describe("a question that people can answer", () => {
  test.each<[string, ReturnType<typeof judged>, object]>([
    ["egress-unproven", judged({}, [denied]), { egress: "accepted" }],
    [
      "account-named-elsewhere",
      judged(onlyDefault, [istio("default")]),
      { covered: ["AuthorizationPolicy shop/closed"] },
    ],
    [
      "new-account-named-elsewhere",
      judged(onlyDefault, [istio("c*")]),
      { covered: ["AuthorizationPolicy shop/closed"] },
    ],
    ["default-identity-of-node", judged(hostNetwork, []), { defaultIdentity: clientIDOf("cart") }],
    ["proxy-on-host-network", judged(onHostNetwork, [], { ...decisions, clientPath: "proxy" }), { clientPath: "sdk" }],
    [
      "service-account-not-reusable",
      judged(onlyDefault, [], { ...decisions, serviceAccount: "reuse" }),
      { serviceAccount: "dedicated" },
    ],
  ])("is what %s asks, and its answer takes the block away", (code, judgement, decision) => {
    const [question, ...more] = questionsOf(judgement);
    if (!question) throw new Error(`no question about ${JSON.stringify(judgement.mapped.mappings)}`);
    expect(more).toEqual([]);
    expect({ ...question, finding: question.finding.code }).toMatchObject({
      key: "shop/Deployment/cart",
      finding: code,
      answers: [{ decision }],
    });
    const [answer] = question.answers;
    const decided = withDecision(judgement.decisions, question.key, answer?.decision ?? {});
    const [mapping] = judge(judgement.facts, decided).mapped.mappings;
    expect(mapping && blockedFrom(mapping, "switch")).toEqual([]);
  });

  test("of several identities is answered by client id, which is the same in every cluster, or by name where none is", () => {
    const identities = [azureIdentity("shop/blob"), azureIdentity("shop/vault", { clientID: "" })];
    const bindings = ["blob", "vault"].map(name => binding(`shop/${name}`, { selector: "both" }));
    const [question] = questionsOf(judged({ label: "both" }, [...identities, ...bindings]));
    expect(question?.answers.map(one => one.decision)).toEqual([
      { defaultIdentity: clientIDOf("blob") },
      { defaultIdentity: "shop/vault" },
    ]);
  });

  test("adds what is covered to what was, and leaves other decisions", () => {
    const before = { ...decisions, workloads: { "a/b/c": { covered: ["x"], clientPath: "proxy" as const } } };
    expect(withDecision(before, "a/b/c", { covered: ["y"] }).workloads).toEqual({
      "a/b/c": { covered: ["x", "y"], clientPath: "proxy" },
    });
  });
});

test("a decision about nobody who was found is told by its key", () => {
  const { mapped } = judged({}, [], {
    ...decisions,
    workloads: { "shop/Deployment/cart": {}, "shop/Deployment/carts": {} },
    identities: { "00000000-0000-4000-8000-000000000000": {} },
  });
  const told = mapped.findings.filter(one => one.code === "decision-without-subject");
  expect(told.map(one => one.args)).toEqual([
    { keys: ["00000000-0000-4000-8000-000000000000", "shop/Deployment/carts"] },
  ]);
});
