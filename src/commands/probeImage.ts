import { CommandError } from "../core/errors.ts";
import { defaultProbeImage } from "../core/probe/defaultImage.ts";

export interface ProbeFlags {
  /** No decision of a plan: whoever could forge one would have an image of theirs run as the workload. */
  probeImage?: string;
}

/**
 * The image of probe pods, as the flag or else the variable says.
 *
 * @throws CommandError for what cannot be an image
 */
export function probeImageOf({ probeImage }: ProbeFlags, env: NodeJS.ProcessEnv): string {
  const image = probeImage ?? env.AZWI_MIGRATE_PROBE_IMAGE;
  if (!image) return defaultProbeImage;
  if (/^[\w][\w.:/@-]*$/.test(image)) return image;
  const given = probeImage === undefined ? "The variable AZWI_MIGRATE_PROBE_IMAGE" : "--probe-image";
  throw new CommandError(`${given} is ${JSON.stringify(image)}, which is no image`, {
    hint: `Write it as REGISTRY/NAME:TAG or with @DIGEST; default: ${defaultProbeImage}`,
  });
}
