import { describe, expect, it } from "vitest";
import { additions } from "../../../src/core/changes/additions.ts";

const sent = {
  metadata: { name: "", generateName: "cart-", labels: { app: "cart" } },
  spec: { containers: [{ name: "app", image: "a:1", env: [{ name: "MODE", value: "x" }] }] },
};

describe("what a server's answer has beside what was sent", () => {
  it("is nothing for what it keeps for itself", () => {
    expect(
      additions(sent, {
        ...sent,
        metadata: {
          ...sent.metadata,
          name: "cart-x1",
          uid: "u",
          resourceVersion: "1",
          generation: 1,
          creationTimestamp: "t",
          managers: [],
        },
        status: { phase: "Pending" },
      }),
    ).toEqual([]);
  });

  it("names what a webhook put in, items of lists by their name", () => {
    const env = [
      { name: "AZURE_CLIENT_ID", value: "c" },
      { name: "MODE", value: "x" },
    ];
    expect(
      additions(sent, {
        metadata: { ...sent.metadata, annotations: { a: "b" } },
        spec: {
          containers: [
            { name: "azwi-proxy", image: "p" },
            { name: "app", image: "a:1", env, imagePullPolicy: "Always" },
          ],
          volumes: [{ name: "token" }],
        },
      }),
    ).toEqual([
      "metadata.annotations",
      "spec.containers[azwi-proxy]",
      "spec.containers[app].env[AZURE_CLIENT_ID]",
      "spec.containers[app].imagePullPolicy",
      "spec.volumes[token]",
    ]);
  });

  it("names what was changed", () => {
    const env = [{ name: "MODE", value: "y" }];
    expect(additions(sent, { ...sent, spec: { containers: [{ name: "app", image: "a:2", env }] } })).toEqual([
      "spec.containers[app].image",
      "spec.containers[app].env[MODE].value",
    ]);
  });

  it("names a list without names as a whole", () => {
    expect(additions({ args: ["a"] }, { args: ["a", "b"] })).toEqual(["args"]);
    expect(additions({}, { constructor: "x" })).toEqual(["constructor"]);
  });
});
