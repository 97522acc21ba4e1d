import { spawn } from "node:child_process";

/** What a kubectl process left behind. */
export interface KubectlResult {
  stdout: string;
  stderr: string;
  code: number;
}

/** Text for the standard input of kubectl, as for `-f -`. */
export interface KubectlOptions {
  input?: string;
}

/** Runs kubectl with arguments; resolves whatever its exit code. */
export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>;

/** A kubectl for one kubeconfig, which caches its discovery inside `folder` and leaves the home folder alone. */
export function kubectlFor(binary: string, kubeconfig: string, folder: string): Kubectl {
  const fixed = ["--kubeconfig", kubeconfig, "--cache-dir", `${folder}/kubectl-cache`];
  return (args, options = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(binary, [...fixed, ...args], { cwd: folder, stdio: ["pipe", "pipe", "pipe"] });
      const result = { stdout: "", stderr: "" };
      child.stdout.setEncoding("utf8").on("data", data => {
        result.stdout += data;
      });
      child.stderr.setEncoding("utf8").on("data", data => {
        result.stderr += data;
      });
      child.on("error", reject);
      child.on("close", code => resolve({ ...result, code: code ?? -1 }));
      child.stdin.end(options.input);
    });
}

/** Runs kubectl and gives its standard output; throws with its standard error when it fails. */
export async function kubectlOrThrow(
  kubectl: Kubectl,
  args: readonly string[],
  options?: KubectlOptions,
): Promise<string> {
  const { stdout, stderr, code } = await kubectl(args, options);
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")} failed (exit code ${code}): ${stderr.trim()}`);
  return stdout;
}
