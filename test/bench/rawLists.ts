import { fileURLToPath } from "node:url";
import { readKinds } from "../../src/core/kinds.ts";
import { isRecord } from "../../src/core/kubernetes.ts";
import { collectedKinds } from "../../src/kube/collect.ts";
import { discover } from "../../src/kube/discovery.ts";
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

/** The lists that scan asks this server for, each whole: those of its own table, and of the other kinds that it reads those served. */
export async function wholeLists({ kubeconfig }: Pick<Kubectl, "kubeconfig">): Promise<string[]> {
  const lists = resources.filter(({ kind }) => collectedKinds.includes(kind)).map(one => resourcePath(one, {}));
  await withConnection(kubeconfig, async connection => {
    const { versions } = await discover(connection, readKinds, new AbortController().signal);
    for (const { group, kind, plural, namespaced } of readKinds) {
      const apiVersion = group === "" ? "v1" : versions.get(`${kind}.${group}`);
      if (apiVersion !== undefined) lists.push(resourcePath({ apiVersion, kind, plural, namespaced }, {}));
    }
  });
  return lists;
}

/** The same lists in the pages that scan asks for. The tokens hold for minutes only. */
export async function pagedLists({ kubeconfig }: Pick<Kubectl, "kubeconfig">): Promise<string[]> {
  const pages: string[] = [];
  const lists = await wholeLists({ kubeconfig });
  await withConnection(kubeconfig, async connection => {
    for (const path of lists) {
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

/** One process that gets all of them in scan's pages, as many lists at a time as scan, and parses them. */
export function getParsed(
  { kubeconfig, home }: Pick<Kubectl, "kubeconfig" | "home">,
  lists: readonly string[],
): CommandLine {
  const script = fileURLToPath(new URL("getLists.mjs", import.meta.url));
  return {
    command: process.execPath,
    args: [script, kubeconfig, ...lists],
    env: { PATH: process.env.PATH, HOME: home },
  };
}

/** As many kubectl processes as there are paths, each with next to nothing to ask. */
export function getVersion(kubectl: Kubectl, paths: readonly string[]): CommandLine[] {
  return getRaw(
    kubectl,
    paths.map(() => "/version"),
  );
}
