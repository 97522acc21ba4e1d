/** `error`: input could not be read, or a usage cannot be migrated as it stands. */
export type Severity = "error" | "warning" | "info";

/** Where something was looked for and not found: manifests seldom hold all that a cluster has. */
export type ReadFrom = "cluster" | "files";
