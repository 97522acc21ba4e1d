/** `error`: input could not be read, or a usage cannot be migrated as it stands. */
export type Severity = "error" | "warning" | "info";
