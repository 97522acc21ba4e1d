import type { Container, Pod } from "./object.ts";

const REGISTRY = "mcr.microsoft.com/oss/azure/workload-identity";

/**
 * Adds the proxy of Azure/azure-workload-identity (pkg/webhook/webhook.go injectProxyInitContainer and
 * injectProxySidecarContainer): the init container last, the sidecar first, among the init containers where it is a native one.
 */
export function injectProxy(pod: Pod, proxy: { version: string; port: number; nativeSidecar: boolean }): void {
  const withInit = addUnlessNamed(pod.spec.initContainers ?? [], initContainer(proxy), "last");
  if (proxy.nativeSidecar) {
    pod.spec.initContainers = addUnlessNamed(withInit, { ...sidecar(proxy), restartPolicy: "Always" }, "first");
  } else {
    pod.spec.initContainers = withInit;
    pod.spec.containers = addUnlessNamed(pod.spec.containers, sidecar(proxy), "first");
  }
}

function addUnlessNamed(containers: Container[], added: Container, place: "first" | "last"): Container[] {
  if (containers.some(container => container.name === added.name)) return containers;
  return place === "first" ? [added, ...containers] : [...containers, added];
}

function initContainer({ version, port }: { version: string; port: number }): Container {
  return {
    name: "azwi-proxy-init",
    image: `${REGISTRY}/proxy-init:v${version}`,
    imagePullPolicy: "IfNotPresent",
    env: [{ name: "PROXY_PORT", value: String(port) }],
    securityContext: {
      capabilities: { add: ["NET_ADMIN"], drop: ["ALL"] },
      privileged: true,
      runAsNonRoot: false,
      runAsUser: 0,
    },
  };
}

function sidecar({ version, port }: { version: string; port: number }): Container {
  return {
    name: "azwi-proxy",
    image: `${REGISTRY}/proxy:v${version}`,
    imagePullPolicy: "IfNotPresent",
    args: [`--proxy-port=${port}`, "--log-level=info"],
    ports: [{ containerPort: port }],
    lifecycle: { postStart: { exec: { command: ["/proxy", `--proxy-port=${port}`, "--probe", "--log-level=info"] } } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    },
  };
}
