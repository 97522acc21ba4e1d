import type { Finding } from "../findings/codes.ts";
import { finding } from "../findings/codes.ts";
import type { Check } from "./check.ts";

/** Where the chosen client path cannot work. */
export const checkClientPath: Check = ({ usage, template, decision, changes }) => {
  if (changes.length === 0 || decision.clientPath !== "proxy") return {};
  const about = { subject: usage.workload };
  const blocks: Finding[] = [];
  if (template?.spec?.hostNetwork === true) blocks.push(finding("proxy-on-host-network", about, {}));
  const os = template?.spec?.os?.name ?? template?.spec?.nodeSelector?.["kubernetes.io/os"];
  if (os === "windows") blocks.push(finding("proxy-on-windows", about, {}));
  return { blocks };
};
