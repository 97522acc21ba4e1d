import type { AzureEstimate } from "../../core/azure/azureEstimate.ts";
import { count } from "./layout.ts";

/** How long Azure takes at least, in a sentence. */
export function estimateText({ credentials, identities, subscriptions, seconds }: AzureEstimate): string {
  const what = `${count(credentials, "federated credential")} to ${count(identities, "identity", "identities")}`;
  const where = subscriptions === 1 ? "" : ` in ${subscriptions} subscriptions`;
  return `Writing ${what}${where} takes at least ${shortTime(seconds)} at the rates that Azure documents.`;
}

/** `40 s`, `2 min 10 s`, `1 h 5 min`: two units are enough. */
export function shortTime(seconds: number): string {
  const whole = Math.ceil(seconds);
  const parts = [
    [Math.floor(whole / 3600), "h"],
    [Math.floor((whole % 3600) / 60), "min"],
    [whole % 60, "s"],
  ] as const;
  const first = parts.findIndex(([number]) => number > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([number]) => number > 0)
    .map(([number, unit]) => `${number} ${unit}`)
    .join(" ");
}
