import type { PodTemplate } from "../kubernetes.ts";
import { isVersionAtLeast } from "../versions.ts";
import { containersOf, type Mark, placesOf, type TemplateContainer } from "../workloads/templateContainers.ts";

export type ReadinessVerdict = "ready" | "not-ready" | "unknown";

/** Whether an application seems to speak workload identity itself. A hint with its evidence, never a decision. */
export interface SdkReadiness {
  verdict: ReadinessVerdict;
  /** Empty where the template says nothing. */
  evidence: string[];
}

/** Calls of the metadata service by the application itself, which no SDK answers for. */
const ownCalls: readonly Mark[] = [
  { sign: "169.254.169.254", pattern: /169\.254\.169\.254/ },
  { sign: "/metadata/identity", pattern: /\/metadata\/identity/i },
  { sign: "az login --identity", pattern: /\baz\s+login\b[^&|;]*\s(--identity|-i)\b/ },
];

const oldLibraries: readonly Mark[] = [
  { sign: "RunAs=App", pattern: /\bRunAs\s*=\s*App\b/i },
  { sign: "Authentication=ActiveDirectoryMsi", pattern: /\bAuthentication\s*=\s*ActiveDirectoryMsi\b/i },
];

const newLibraries: readonly Mark[] = [
  { sign: "AZURE_FEDERATED_TOKEN_FILE", pattern: /AZURE_FEDERATED_TOKEN_FILE/ },
  { sign: "--federated-token", pattern: /\baz\s+login\b[^&|;]*\s--federated-token\b/ },
  {
    sign: "Authentication=Active Directory Workload Identity",
    pattern: /\bAuthentication\s*=\s*"?Active ?Directory ?Workload ?Identity\b/i,
  },
];

/** Depends on the library's version, which a template does not show. */
const someLibrary: readonly Mark[] = [
  {
    sign: "Authentication=Active Directory Managed Identity",
    pattern: /\bAuthentication\s*=\s*"?Active ?Directory ?Managed ?Identity\b/i,
  },
  {
    sign: "Authentication=Active Directory Default",
    pattern: /\bAuthentication\s*=\s*"?Active ?Directory ?Default\b/i,
  },
];

type Values = readonly (readonly [name: RegExp, value: RegExp, says: ReadinessVerdict])[];

const variables: Values = [
  [/^(IDENTITY_ENDPOINT|MSI_ENDPOINT)$/, /./, "not-ready"],
  [/^APPSETTING_/, /./, "not-ready"],
  [/^AAD_LOGIN_METHOD$/, /^msi$/i, "not-ready"],
  [/^AAD_LOGIN_METHOD$/, /^workloadidentity$/i, "ready"],
  [/^ARM_USE_MSI$/, /^(true|1)$/i, "not-ready"],
  [/^ARM_USE_(OIDC|AKS_WORKLOAD_IDENTITY)$/, /^(true|1)$/i, "ready"],
  [/^AZURE_CLIENT_ID$/, /./, "unknown"],
];

/** From which version on these programs take workload identity, and what they are before it. */
const programs: readonly { image: RegExp; name: string; since: string; before: ReadinessVerdict }[] = [
  { image: /(^|\/)cert-manager-controller$/, name: "cert-manager", since: "1.11.0", before: "not-ready" },
  {
    image: /(^|\/)velero-plugin-for-microsoft-azure$/,
    name: "the Azure plugin of Velero",
    since: "1.8.0",
    before: "not-ready",
  },
  {
    image: /(^|\/)azure-application-gateway\/kubernetes-ingress$/,
    name: "Application Gateway Ingress Controller",
    since: "1.7.0",
    before: "not-ready",
  },
  { image: /(^|\/)kedacore\/keda$/, name: "KEDA", since: "2.8.0", before: "not-ready" },
  // Their notes name several releases in between: an older one is left open.
  { image: /(^|\/)external-dns$/, name: "external-dns", since: "0.14.0", before: "unknown" },
  { image: /(^|\/)external-secrets$/, name: "External Secrets Operator", since: "0.9.0", before: "unknown" },
];

export type Language = "Python" | "JavaScript" | "Java" | "Go" | ".NET";

/** Smallest versions with WorkloadIdentityCredential: Microsoft Learn, aks/workload-identity-overview.md. */
const languages: readonly { name: Language; image: RegExp; needs: string }[] = [
  { name: "Python", image: /(^|\/)python$/, needs: "azure-identity 1.13.0 or later" },
  { name: "JavaScript", image: /(^|\/)node$/, needs: "@azure/identity 3.2.0 or later" },
  {
    name: "Java",
    image: /(^|\/)(openjdk|eclipse-temurin|amazoncorretto|openjdk\/jdk)$/,
    needs: "azure-identity 1.9.0 or later",
  },
  { name: "Go", image: /(^|\/)golang$/, needs: "azidentity 1.3.0 or later" },
  { name: ".NET", image: /(^|\/)dotnet\/(aspnet|runtime|sdk)$/, needs: "Azure.Identity 1.9.0 or later" },
];

const demo = /(^|\/)aad-pod-identity\/demo$/;

/** What a template shows of how its containers get tokens today. */
export function sdkReadiness(template: PodTemplate | undefined): SdkReadiness {
  const containers = containersOf(template);
  const says: Record<ReadinessVerdict, string[]> = {
    "not-ready": [...placesOf(containers, ownCalls), ...placesOf(containers, oldLibraries)],
    ready: placesOf(containers, newLibraries),
    unknown: placesOf(containers, someLibrary),
  };
  for (const { name, env } of containers) {
    for (const variable of env) {
      const known = variables.find(([key, value]) => key.test(variable.name) && value.test(variable.value ?? ""));
      if (known) says[known[2]].push(`${name}: env ${variable.name}${shownValue(variable)}`);
    }
  }
  for (const container of containers) readImage(container, says);
  const verdict = says["not-ready"].length > 0 ? "not-ready" : says.ready.length > 0 ? "ready" : "unknown";
  return { verdict, evidence: [...new Set([...says["not-ready"], ...says.ready, ...says.unknown])] };
}

/** What the images of containers say: well-known programs, and languages that images are made for. */
export function knownImages(containers: readonly TemplateContainer[]): { programs: string[]; languages: Language[] } {
  const repositories = containers.map(({ image }) => imageParts(image).repository);
  const isAmong = ({ image }: { image: RegExp }) => repositories.some(repository => image.test(repository));
  return {
    programs: programs.filter(isAmong).map(({ name }) => name),
    languages: languages.filter(isAmong).map(({ name }) => name),
  };
}

/** The places where the application calls the metadata service itself: with an SDK alone nothing would answer it. */
export function ownMetadataCalls(containers: readonly TemplateContainer[]): string[] {
  return placesOf(containers, ownCalls);
}

/** Switches are shown, addresses and ids are not. */
function shownValue({ name, value }: { name: string; value?: string }): string {
  return /^(AAD_LOGIN_METHOD|ARM_USE_)/.test(name) ? `=${value ?? ""}` : "";
}

function readImage({ name, image }: TemplateContainer, says: Record<ReadinessVerdict, string[]>): void {
  const { repository, tag } = imageParts(image);
  const program = programs.find(one => one.image.test(repository));
  if (program) {
    const isReady = isVersionAtLeast(tag, program.since);
    const verdict = isReady === undefined ? "unknown" : isReady ? "ready" : program.before;
    says[verdict].push(`${name}: image ${image} (${program.name} takes workload identity from ${program.since} on)`);
  }
  const language = languages.find(one => one.image.test(repository));
  if (language) says.unknown.push(`${name}: image ${image} (needs ${language.needs})`);
  if (demo.test(repository)) says["not-ready"].push(`${name}: image ${image} (asks the metadata service itself)`);
}

/** A registry's port is no tag. */
function imageParts(image: string): { repository: string; tag: string | undefined } {
  const [path = ""] = image.split("@");
  const colon = path.lastIndexOf(":");
  return colon > path.lastIndexOf("/")
    ? { repository: path.slice(0, colon), tag: path.slice(colon + 1) }
    : { repository: path, tag: undefined };
}
