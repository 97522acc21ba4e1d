import { connect } from "../../src/kube/connect.ts";
import type { Connection } from "../../src/kube/transport.ts";

/** Gives `work` a connection to the current context, and closes it. */
export async function withConnection(
  kubeconfig: string,
  work: (connection: Connection) => Promise<void>,
): Promise<void> {
  const [connection] = await connect({ kubeconfig });
  if (!connection) throw new Error("The testbed's kubeconfig has no context");
  try {
    await work(connection);
  } finally {
    connection.close();
  }
}
