import { describe, expect, it } from "vitest";
import { useLabel } from "../../../src/core/workloadIdentity/workloadIdentity.ts";
import { templateChanges } from "../../../src/core/workloads/template.ts";
import type { TemplateTarget } from "../../../src/core/workloads/templateTarget.ts";
import { workload } from "../factories.ts";

const template = ["spec", "template"];
const label = { path: [...template, "metadata", "labels", useLabel], after: "true" };
const target: TemplateTarget = { serviceAccount: "cart", client: "sdk", proxyPort: 8000, alias: "always" };
const account = (field: string, before?: string) => ({
  path: [...template, "spec", field],
  ...(before === undefined ? {} : { before }),
  after: "cart",
});
const proxy = (key: string, after: string, before?: string) => ({
  path: [...template, "metadata", "annotations", `azure.workload.identity/${key}`],
  ...(before === undefined ? {} : { before }),
  after,
});

describe("what a template lacks", () => {
  it("is the label alone where the account stays", () => {
    expect(templateChanges(workload("shop/cart", { account: "cart" }), "cart", target)).toEqual([label]);
  });

  it("is nothing where it has everything", () => {
    const done = workload("shop/cart", { account: "cart", labels: { [useLabel]: "true" } });
    expect(templateChanges(done, "cart", target)).toEqual([]);
  });

  it("is both spellings of the account on a live object, whether or not it had them", () => {
    const both = [label, account("serviceAccountName", "till"), account("serviceAccount", "till")];
    expect(templateChanges(workload("shop/cart", { account: "till" }), "till", target)).toEqual(both);
    const neither = [label, account("serviceAccountName"), account("serviceAccount")];
    expect(templateChanges(workload("shop/cart"), "default", target)).toEqual(neither);
  });

  it("is the old spelling in a manifest only where that has it", () => {
    const manifest: TemplateTarget = { ...target, alias: "whereItIs" };
    const old = workload("shop/cart", { podSpec: { serviceAccount: "till" } });
    expect(templateChanges(old, "till", manifest)).toEqual([
      label,
      account("serviceAccountName"),
      account("serviceAccount", "till"),
    ]);
    expect(templateChanges(workload("shop/cart"), "default", manifest)).toEqual([label, account("serviceAccountName")]);
  });

  it("replaces a label with another value", () => {
    const off = workload("shop/cart", { account: "cart", labels: { [useLabel]: "false" } });
    expect(templateChanges(off, "cart", target)).toEqual([{ ...label, before: "false" }]);
  });

  it("is the proxy's annotations for code that only knows IMDS", () => {
    const proxied: TemplateTarget = { ...target, client: "proxy", webhookVersion: "1.5.1" };
    const annotations = { "azure.workload.identity/proxy-sidecar-port": "9000" };
    expect(templateChanges(workload("shop/cart", { account: "cart", annotations }), "cart", proxied)).toEqual([
      label,
      proxy("inject-proxy-sidecar", "true"),
      proxy("proxy-sidecar-port", "8000", "9000"),
    ]);
  });
});
