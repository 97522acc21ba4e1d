import { isRecord } from "../../src/core/kubernetes.ts";
import { collectedKinds } from "../../src/kube/collect.ts";
import { pageSize } from "../../src/kube/list.ts";
import { resourcePath, resources } from "../../src/kube/resources.ts";
import { withConnection } from "./connection.ts";
import type { CommandLine } from "./processes.ts";

/** What raw kubectl is started with. */
export interface Kubectl {
  binary: string;
  kubeconfig: string;
  home: string;
}

/** The lists that scan asks for, from its own table, each whole. */
export const wholeLists: readonly string[] = resources
  .filter(({ kind }) => collectedKinds.includes(kind))
  .map(resource => resourcePath(resource, {}));

/** The same lists in the pages that scan asks for. The tokens hold for minutes only. */
export async function pagedLists({ kubeconfig }: Kubectl): Promise<string[]> {
  const pages: string[] = [];
  await withConnection(kubeconfig, async connection => {
    for (const path of wholeLists) {
      let token: string | undefined;
      do {
        const query = { limit: String(pageSize), ...(token === undefined ? {} : { continue: token }) };
        pages.push(`${path}?${new URLSearchParams(query)}`);
        const list = await connection.request({ method: "GET", path, query });
        const metadata = isRecord(list) && isRecord(list.metadata) ? list.metadata : {};
        token = typeof metadata.continue === "string" && metadata.continue !== "" ? metadata.continue : undefined;
      } while (token !== undefined);
    }
  });
  return pages;
}

/** One kubectl for each path. */
export function getRaw({ binary, kubeconfig, home }: Kubectl, paths: readonly string[]): CommandLine[] {
  return paths.map(path => ({
    command: binary,
    args: ["--kubeconfig", kubeconfig, "get", "--raw", path],
    env: { PATH: process.env.PATH, HOME: home },
  }));
}

/** As many kubectl processes as there are paths, each with next to nothing to ask. */
export function getVersion(kubectl: Kubectl, paths: readonly string[]): CommandLine[] {
  return getRaw(
    kubectl,
    paths.map(() => "/version"),
  );
}
