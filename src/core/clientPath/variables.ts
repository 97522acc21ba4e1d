import type { CheckedUsage, Verdict } from "../checks/check.ts";
import { isCovered } from "../decisions.ts";
import { nameOf } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import { isVersionAtLeast } from "../versions.ts";
import { webhookFacts } from "../workloadIdentity/webhookVersions.ts";
import { containersOf, type Mark, placesOf, type TemplateContainer } from "../workloads/templateContainers.ts";
import { tokenVolumesOf } from "../workloads/templateVolumes.ts";

/** Where tokens were or are mounted: up to v0.7, up to v1.5, from v1.6 on. */
const tokenPaths: readonly { folder: string; pattern: RegExp }[] = [
  "/var/run/secrets/tokens",
  "/var/run/secrets/azure/tokens",
  "/var/run/secrets/azure/wi",
].map(folder => ({ folder, pattern: new RegExp(`${folder}(/|\\b)`) }));

/** What DefaultAzureCredential takes before the webhook's token: with the injected ids beside it, it is complete. */
const secrets = /^AZURE_(CLIENT_SECRET|CLIENT_CERTIFICATE_PATH|PASSWORD)$/;

/** What a template sets itself of all that the webhook would set, and what it takes for granted about it. */
export function variableFindings({ usage, template, cluster, decision, decisions }: CheckedUsage): Verdict {
  const about = { subject: usage.workload };
  const containers = containersOf(template).filter(({ name }) => !name.startsWith("azwi-proxy"));
  const [reasons, blocks]: [Finding[], Finding[]] = [[], []];

  const secret = containers.flatMap(({ name, env }) =>
    env.filter(one => secrets.test(one.name)).map(one => `${name}: env ${one.name}`),
  );
  if (secret.length > 0) reasons.push(finding("secret-before-token", about, { places: secret }));

  const referenced = containers.flatMap(({ name, env }) =>
    env
      .filter(one => one.name === "AZURE_CLIENT_ID" && one.from !== undefined)
      .map(one => `${name}: AZURE_CLIENT_ID from ${one.from}`),
  );
  if (referenced.length > 0) reasons.push(finding("client-id-from-reference", about, { places: referenced }));

  const sources = [...new Set(containers.flatMap(one => one.envFrom))];
  if (sources.length > 0 && decision.clientPath === "sdk")
    reasons.push(finding("env-from-not-seen", about, { sources }));

  const mounted = webhookFacts(cluster?.webhook.version, cluster?.serverVersion)?.mountPath;
  const paths = tokenPaths.map(({ folder, pattern }) => ({
    folder,
    places: containers.flatMap(one => (mountsAt(one, folder) ? [] : placesOf([one], [mark(folder, pattern)]))),
  }));
  const wrong = paths.filter(({ folder }) => mounted !== undefined && folder !== mounted).flatMap(one => one.places);
  const fragile = paths.filter(({ folder }) => mounted === undefined || folder === mounted).flatMap(one => one.places);
  if (wrong.length > 0 && mounted !== undefined && !isCovered(decision, nameOf(usage.workload)))
    blocks.push(finding("token-path-wrong", about, { places: wrong, mounted, workload: nameOf(usage.workload) }));
  if (fragile.length > 0) reasons.push(finding("token-path-hard-coded", about, { places: fragile }));

  for (const { name, audience, path } of tokenVolumesOf(template)) {
    if (audience !== decisions.audience) continue;
    // Up to v1.5.1 such a volume, whatever its name, keeps the webhook's own from being added, but not its mount.
    const keepsOut = isVersionAtLeast(cluster?.webhook.version, "1.6.0") === false && path === "azure-identity-token";
    if (keepsOut && name !== "azure-identity-token")
      blocks.push(finding("token-volume-clash", about, { volume: name }));
    else reasons.push(finding("token-volume-of-its-own", about, { volume: name, audience }));
  }
  return { reasons, blocks };
}

function mark(sign: string, pattern: RegExp): Mark {
  return { sign, pattern };
}

/** A template that mounts its own token there knows where it is. */
function mountsAt({ mountPaths }: TemplateContainer, folder: string): boolean {
  return mountPaths.some(path => path === folder || path.startsWith(`${folder}/`));
}
