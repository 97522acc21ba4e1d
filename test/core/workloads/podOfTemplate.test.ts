import { describe, expect, it } from "vitest";
import { podOfTemplate } from "../../../src/core/workloads/podOfTemplate.ts";
import { workload } from "../factories.ts";

describe("the pod that a controller would make", () => {
  it.each(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"])("of a %s", kind => {
    expect(
      podOfTemplate(workload("shop/cart", { kind, label: "cart", annotations: { a: "b" }, account: "cart" })),
    ).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "",
        generateName: "cart-",
        namespace: "shop",
        labels: { aadpodidbinding: "cart" },
        annotations: { a: "b" },
      },
      spec: { serviceAccountName: "cart", serviceAccount: "cart", containers: [{ name: "app" }] },
    });
  });

  it("has room for the server's suffix behind a long name", () => {
    const pod = podOfTemplate(workload(`shop/${"a".repeat(253)}`));
    expect(pod?.metadata.generateName).toBe(`${"a".repeat(200)}-`);
  });

  it("does not exist without a template", () => {
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "cart" } };
    expect(podOfTemplate(service)).toBeUndefined();
    expect(podOfTemplate({ ...service, apiVersion: "apps/v1", kind: "Deployment" })).toBeUndefined();
    expect(podOfTemplate({ ...workload("shop/cart"), apiVersion: "apps.kruise.io/v1beta1" })).toBeUndefined();
  });
});
