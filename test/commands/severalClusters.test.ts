import { describe, expect, it } from "vitest";
import { fleetWorld } from "./fleetWorld.ts";

const both = ["--context", "aks-west", "--context", "aks-east"];

describe("objects of two clusters that are called the same", () => {
  it.each([
    ["scan", ["✗ webhook-not-installed Deployment shop/app-0 in aks-west"]],
    [
      "plan",
      [
        "~ ServiceAccount shop/app-0 in aks-east is changed",
        "~ ServiceAccount shop/app-0 in aks-west is changed",
        "~ Deployment shop/app-0 in aks-east is changed, its pods restart",
        "✗ webhook-not-installed Deployment shop/app-0 in aks-west",
        "Prepare only: Deployment shop/app-0 in aks-west (webhook-not-installed).",
      ],
    ],
    ["verify", ["Deployment shop/app-0 in aks-east", "Deployment shop/app-0 in aks-west"]],
  ])("%s tells apart by their contexts", async (command, told) => {
    const world = await fleetWorld({ withoutWebhook: ["west"] });
    const { printed } = await world.run(command, ...both);
    const named = printed.split("\n").filter(line => line.includes("shop/app-0 in "));
    expect(named.map(line => line.trim())).toEqual(told);
  });

  it("apply tells apart while it goes on, and in its end", async () => {
    const world = await fleetWorld({ withoutWebhook: ["west"] });
    const { said, printed } = await world.run("apply", "--yes", ...both);
    const named = (lines: string) =>
      lines.split("\n").filter(line => /(Deployment|ServiceAccount) shop\/app-0/.test(line));
    const ended = named(said).filter(line => line.startsWith("  ✓"));
    expect(ended.sort()).toEqual([
      "  ✓ Deployment shop/app-0 in aks-east done",
      "  ✓ ServiceAccount shop/app-0 in aks-east as cart: tokens exchanged",
      "  ✓ ServiceAccount shop/app-0 in aks-east done",
      "  ✓ ServiceAccount shop/app-0 in aks-west as cart: tokens exchanged",
      "  ✓ ServiceAccount shop/app-0 in aks-west done",
    ]);
    expect(named(printed)).toEqual([
      "✗ webhook-not-installed Deployment shop/app-0 in aks-west",
      "Prepare only: Deployment shop/app-0 in aks-west (webhook-not-installed).",
    ]);
  });

  it.each(["scan", "plan", "verify"])("%s of one cluster needs no context for", async command => {
    const world = await fleetWorld({ withoutWebhook: ["west"] });
    expect((await world.run(command, "--context", "aks-west")).printed).not.toContain(" in aks-west");
  });
});
