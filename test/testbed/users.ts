import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Who a test can be:
 * - `admin`: member of system:masters, may do everything;
 * - `reader`: may get, list and watch everything, and change nothing;
 * - `operator`: has no rights of its own; tests bind roles to it (`kind: User, name: operator`);
 * - `stranger`: has no rights and stays so.
 */
export const users = ["admin", "reader", "operator", "stranger"] as const;

/** One of the users of a testbed. */
export type User = (typeof users)[number];

/** Where the kubeconfig of a user is. */
export function kubeconfigPath(folder: string, user: User): string {
  return join(folder, `${user}.kubeconfig`);
}

/** Writes the API server's token file and a kubeconfig for every user. */
export async function writeUsers(folder: string, server: string, caData: string): Promise<void> {
  const tokens = users.map(user => ({ user, token: randomBytes(16).toString("hex") }));
  const rows = tokens.map(
    ({ user, token }) => `${token},${user},${user},${user === "admin" ? '"system:masters"' : '""'}`,
  );
  await writeFile(join(folder, "tokens.csv"), `${rows.join("\n")}\n`, { mode: 0o600 });
  for (const { user, token } of tokens) {
    const kubeconfig = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "testbed", cluster: { server, "certificate-authority-data": caData } }],
      users: [{ name: user, user: { token } }],
      contexts: [{ name: "testbed", context: { cluster: "testbed", user } }],
      "current-context": "testbed",
    };
    await writeFile(kubeconfigPath(folder, user), JSON.stringify(kubeconfig), { mode: 0o600 });
  }
}
