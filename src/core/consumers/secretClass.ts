import { partOf } from "./read.ts";

/** How a SecretProviderClass of the Azure provider signs in. */
export interface SecretClass {
  /** `podIdentity` wins where several are true, so that nobody who needs NMI is missed. */
  signsInBy: "podIdentity" | "node" | "workloadIdentity" | "servicePrincipal";
  /** The modes that are true. */
  modes: string[];
  clientID?: string;
  /** `userAssignedIdentityID`, a client id. */
  nodeIdentity?: string;
  /** Parameters that are neither true nor false to the provider. */
  invalid: { parameter: string; value: string }[];
}

const modes = ["usePodIdentity", "useVMManagedIdentity", "useAzureTokenProxy"] as const;

/**
 * Reads the parameters as the provider does (Azure/secrets-store-csi-driver-provider-azure, pkg/provider/types/parameters.go:
 * strconv.ParseBool(strings.TrimSpace())). Undefined for classes of other providers. The CSI driver knows its providers by
 * exact name.
 */
export function secretClassOf(object: unknown): SecretClass | undefined {
  if (partOf(object, "spec", "provider") !== "azure") return undefined;
  const parameters = partOf(object, "spec", "parameters");
  const invalid: SecretClass["invalid"] = [];
  const isTrue = (parameter: string): boolean => {
    const raw = partOf(parameters, parameter);
    if (raw === undefined || raw === null) return false;
    const value = String(raw).trim();
    if (typeof raw !== "string" || !(value === "" || isBool(value))) invalid.push({ parameter, value: String(raw) });
    return /^(1|t|true)$/i.test(value);
  };
  const active = modes.filter(isTrue);
  const text = (parameter: string) => {
    const value = partOf(parameters, parameter);
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  };
  const [clientID, nodeIdentity] = [text("clientID"), text("userAssignedIdentityID")];
  return {
    signsInBy: signsInBy(active, clientID),
    modes: active,
    ...(clientID === undefined ? {} : { clientID }),
    ...(nodeIdentity === undefined ? {} : { nodeIdentity }),
    invalid,
  };
}

function signsInBy(active: readonly string[], clientID: string | undefined): SecretClass["signsInBy"] {
  if (active.includes("usePodIdentity")) return "podIdentity";
  if (active.includes("useVMManagedIdentity")) return "node";
  return clientID === undefined ? "servicePrincipal" : "workloadIdentity";
}

/** What Go's strconv.ParseBool takes. */
function isBool(value: string): boolean {
  return ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"].includes(value);
}
