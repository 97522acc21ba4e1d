import type { CloudsFindings } from "../../core/findings/clouds.ts";
import { text } from "../escape.ts";
import type { Messages } from "./message.ts";

/** What is told where cluster and cloud do not belong together. */
export const cloudsMessages: Pick<Messages, keyof CloudsFindings> = {
  "cloud-mismatch": {
    title: "The cluster is in another cloud than the one that was asked",
    explain: ({ context, issuer, cloud, issuerCloud }) =>
      `The issuer of the cluster of context ${text(context)}, ${text(issuer)}, is that of AKS in cloud ${text(issuerCloud)}, but Azure was asked in cloud ${text(cloud)}. Give --cloud ${text(issuerCloud)}, unless the identities are in ${text(cloud)} on purpose.`,
  },
};
