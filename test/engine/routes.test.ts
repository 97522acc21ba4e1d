import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { applyStep, look } from "../../src/engine/applyStep.ts";
import { clientIDOf } from "../core/factories.ts";
import { app, engineWorld, outcomes } from "./world.ts";

describe("what another tool writes", () => {
  const byGit = { labels: { "kustomize.toolkit.fluxcd.io/name": "apps" } };
  const ownedBy = (object: KubernetesObject | undefined): KubernetesObject => {
    if (!object) throw new Error("no object");
    return { ...object, metadata: { ...object.metadata, ...byGit } };
  };
  const label = [
    { op: "add" as const, path: "/spec/template/metadata/labels/azure.workload.identity~1use", value: "true" },
  ];
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "cart" };

  it("is left to Git, while everything that it rests on is made, and done when it has come from there", async () => {
    const [account, cart] = app("cart");
    const world = await engineWorld({ objects: [account, ownedBy(cart)].filter(one => one !== undefined) });
    const { steps } = (await world.judge()).steps;
    const first = await world.run(steps);
    expect(outcomes(first)).toEqual({
      "ServiceAccount/cart": "applied",
      "trust shop-cart": "applied",
      "Deployment/cart": "git",
    });
    expect(world.records().map(one => one.step.target.kind)).not.toContain("Deployment");
    await world.access.patch(deployment, label);
    expect(outcomes(await world.run(steps))).toEqual({
      "ServiceAccount/cart": "done",
      "trust shop-cart": "done",
      "Deployment/cart": "done",
    });
    expect(world.events.map(one => one.event)).toContain("rollout-waits");
  });

  it("holds up what depends on it, which says who has to do what, and goes on afterwards", async () => {
    const [account, cart] = app("cart");
    const world = await engineWorld({ objects: [ownedBy(account), cart].filter(one => one !== undefined) });
    const { steps } = (await world.judge()).steps;
    const waits = {
      outcome: "stopped",
      waitsFor: "git",
      message: expect.stringMatching(/ServiceAccount\/cart#prepare has to be changed in its source/),
    };
    const first = await world.run(steps);
    expect(outcomes(first)).toEqual({
      "ServiceAccount/cart": "git",
      "trust shop-cart": "applied",
      "Deployment/cart": "stopped",
    });
    expect(first.at(-1)).toMatchObject(waits);
    expect((await world.run(steps, { stages: ["switch"] })).at(-1)).toMatchObject(waits);
    const clientID = { "azure.workload.identity/client-id": clientIDOf("cart") };
    await world.access.patch({ apiVersion: "v1", kind: "ServiceAccount", namespace: "shop", name: "cart" }, [
      { op: "add", path: "/metadata/annotations", value: clientID },
    ]);
    expect(outcomes(await world.run(steps))).toMatchObject({
      "ServiceAccount/cart": "done",
      "Deployment/cart": "applied",
    });
  });

  it("is not to be merged before what it rests on is there", async () => {
    const [account, cart] = app("cart");
    const world = await engineWorld({ objects: [account, ownedBy(cart)].filter(one => one !== undefined) });
    const { steps } = (await world.judge()).steps;
    const results = await world.run(steps, {}, { azure: undefined });
    expect(outcomes(results)).toMatchObject({ "trust shop-cart": "unknown", "Deployment/cart": "stopped" });
  });

  it("is merged together where one step of Git rests on another", async () => {
    const [account, cart] = app("cart");
    const world = await engineWorld({ objects: [ownedBy(account), ownedBy(cart)] });
    const { steps } = (await world.judge()).steps;
    expect(outcomes(await world.run(steps))).toEqual({
      "ServiceAccount/cart": "git",
      "trust shop-cart": "applied",
      "Deployment/cart": "git",
    });
  });

  it("is told after what went wrong", async () => {
    const [account, cart] = app("cart");
    const world = await engineWorld({ objects: [ownedBy(account), cart].filter(one => one !== undefined) });
    const { steps } = (await world.judge()).steps;
    const results = await world.run(steps, {}, { azure: undefined });
    expect(outcomes(results)).toMatchObject({ "ServiceAccount/cart": "git", "trust shop-cart": "unknown" });
    expect(results.at(-1)).toEqual({
      step: expect.stringMatching(/Deployment\/cart#switch$/),
      usages: [expect.any(String)],
      outcome: "stopped",
      message: expect.stringMatching(/ended as unknown$/),
    });
  });

  it("is never written, even where somebody hands the engine such a step", async () => {
    const [account, cart] = app("cart");
    const world = await engineWorld({ objects: [account, ownedBy(cart)].filter(one => one !== undefined) });
    const step = (await world.judge()).steps.steps.find(one => one.route === "git");
    if (!step) throw new Error("no step of Git");
    const reach = { cluster: () => world.access, azure: undefined };
    await expect(applyStep(step, await look(step, reach), reach)).rejects.toThrow("is for people");
    expect(world.writes()).toEqual([]);
  });
});
