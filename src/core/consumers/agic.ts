import { type Chart, chartUses } from "./charts.ts";
import type { Consumer } from "./consumer.ts";
import { controllersOf } from "./controllers.ts";
import { releaseKinds } from "./releases.ts";
import { useOf } from "./settings.ts";

/**
 * Application Gateway Ingress Controller from its chart (Azure/application-gateway-kubernetes-ingress, helm/ingress-azure). The
 * AKS add-on has an identity of its own and no binding, and is none.
 */
export const agic: Consumer = {
  name: "agic",
  kinds: releaseKinds,
  detect(view) {
    const controllers = controllersOf(view, {
      image: /(^|\/)(application-gateway\/kubernetes-ingress|ingress-azure)$/,
      labels: { app: ["ingress-azure"], "app.kubernetes.io/name": ["ingress-azure"] },
    });
    const charts = chartUses("agic", view, controllers, chart);
    const uses = controllers.map(one => useOf("agic", one, { needsVersion: "1.7.0" }));
    return { uses: [...uses, ...charts.uses], findings: charts.findings };
  },
};

const chart: Chart = {
  name: /^ingress-azure$/,
  settings: [
    {
      path: ["armAuth", "type"],
      is: "aadPodIdentity",
      becomes: [{ path: ["armAuth", "type"], value: "workloadIdentity" }, { path: ["armAuth", "identityResourceID"] }],
    },
  ],
  before: "armAuth with type: aadPodIdentity, identityResourceID and identityClientID",
  after: "armAuth with type: workloadIdentity and the same identityClientID, of chart 1.7.0 or later",
};
