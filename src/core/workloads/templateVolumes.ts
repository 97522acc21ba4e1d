import { isRecord, type PodTemplate } from "../kubernetes.ts";
import { records } from "./templateContainers.ts";

/** A token of the pods' account that a template projects itself. */
export interface TokenVolume {
  name: string;
  audience: string;
  path: string;
}

/** Those that name their audience: the others are for the API server. */
export function tokenVolumesOf(template: PodTemplate | undefined): TokenVolume[] {
  const spec: unknown = template?.spec;
  return records(isRecord(spec) ? spec.volumes : undefined).flatMap(({ name, projected }) =>
    records(isRecord(projected) ? projected.sources : undefined).flatMap(({ serviceAccountToken: token }) =>
      isRecord(token) && typeof token.audience === "string"
        ? [{ name: String(name), audience: token.audience, path: String(token.path) }]
        : [],
    ),
  );
}
