import type { AzureAccess } from "../core/azure/azurePorts.ts";
import type { Clock } from "../core/clock.ts";
import type { StepResult } from "../core/documents/runResult.ts";
import type { ExchangeProof } from "../core/exchange/exchangeProof.ts";
import type { Stage, Step } from "../core/model.ts";
import type { ClusterAccess } from "../core/ports.ts";
import type { ProbeProof } from "../core/probe/probeTargets.ts";

/** What a run reaches the world through. */
export interface EnginePorts {
  cluster(source: string): ClusterAccess;
  /** Undefined where nobody is signed in: steps that need it end as `unknown`. */
  azure: AzureAccess | undefined;
  clock: Clock;
  signal: AbortSignal;
  /** 0 to 1, for the jitter of retries. */
  random(): number;
}

/** What happens while a run goes on, as it happens. */
export type RunEvent =
  | { event: "stage-started"; stage: Stage; steps: number }
  | { event: "step-started"; step: Step }
  | { event: "step-retried"; step: Step; message: string; seconds: number; throttled?: true }
  | { event: "rollout-waits"; step: Step; message: string }
  | { event: "step-ended"; step: Step; result: StepResult }
  | { event: "exchange-waits"; open: number; seconds: number; message?: string }
  | { event: "exchange-ended"; proof: ExchangeProof }
  | { event: "probes-started"; pods: number; seconds: number }
  | { event: "probe-ended"; proof: ProbeProof };

/** Who follows a run. */
export interface Driver {
  report(event: RunEvent): void;
}
