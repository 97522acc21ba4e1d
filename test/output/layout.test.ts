import { Chalk } from "chalk";
import { expect, it } from "vitest";
import type { RunResult } from "../../src/core/documents/runResult.ts";
import { finding } from "../../src/core/findings/codes.ts";
import { table } from "../../src/output/text/layout.ts";
import { findingLines } from "../../src/output/text/parts.ts";

it("leaves a command in one line, to be copied", () => {
  const resourceID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/west";
  const found = finding("workload-identity-not-enabled", {}, { resourceID });
  const lines = findingLines([found] as RunResult["findings"], { color: new Chalk({ level: 0 }), columns: 80 });
  expect(lines.slice(-4)).toEqual([
    "    is on. Turn it on:",
    "    `az aks update --resource-group rg --name west --subscription s --enable-oidc-issuer --enable-workload-identity`.",
    "    The API server restarts, and it cannot be undone. Where the issuer was off",
    "    before, new tokens name another one than old ones: tell whoever checks it.",
  ]);
});

it("cuts a table's widest columns, and last of all the one that names the row", () => {
  const rows = [
    ["NAMESPACE", "WORKLOAD", "IDENTITY"],
    ["shop", "Deployment/storefront-eu", "identity-of-the-storefront"],
  ];
  const shown = (columns: number) => table(rows, { color: new Chalk({ level: 0 }), columns }, cell => cell, 1);
  expect(shown(50)).toEqual([
    "NAMESPACE  WORKLOAD                  IDENTITY",
    "shop       Deployment/storefront-eu  identity-of-…",
  ]);
  expect(shown(40)[1]).toBe("shop       Deployment/storef…  identity…");
});
