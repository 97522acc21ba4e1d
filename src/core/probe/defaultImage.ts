/** A small public image with a shell and curl. */
export const defaultProbeImage = "docker.io/curlimages/curl:8.11.1";
