import type { Clock } from "../../core/clock.ts";
import { issueToken } from "./accessTokens.ts";
import { answerArm } from "./arm.ts";
import { armError } from "./armErrors.ts";
import type { JwksOfIssuer } from "./assertion.ts";
import { builtInRoles } from "./builtInRoles.ts";
import { answerEntra } from "./entra.ts";
import { createFaults, type Fault, type FaultEffect } from "./faults.ts";
import { answerGraph } from "./graph.ts";
import {
  ConnectionReset,
  jsonResponse,
  type SandboxHandler,
  type SandboxRequest,
  type SandboxResponse,
} from "./http.ts";
import { identityId } from "./identities.ts";
import { identityBindingsState } from "./identityBindings.ts";
import { type LoggedRequest, logEntry } from "./requestLog.ts";
import { type FederatedCredentialSeed, type Seeds, seedsOf } from "./seeds.ts";
import type { AzureState, IdentityBindingsState, IssuedToken } from "./state.ts";
import { createThrottle, type ThrottleOptions } from "./throttle.ts";

export type { ApplicationSeed, FederatedCredentialSeed, IdentitySeed } from "./seeds.ts";

export interface SimulatedAzureOptions {
  clock: Clock;
  /** The keys of the clusters' issuers, against which token exchanges are checked. */
  jwks: JwksOfIssuer;
  /** Requests are throttled only when this is given; `{}` takes the documented rates. */
  throttle?: ThrottleOptions;
  /** How long a write of a federated credential takes; 0 when left out. */
  writeMilliseconds?: number;
  /** How long a written federated credential stays unseen by exchanges; 0 when left out. */
  propagationMilliseconds?: number;
  /** Items in a page of a list; 100 when left out. */
  pageSize?: number;
  /** The form of the refusal of a second credential with the same issuer and subject; `badRequest` when left out. */
  duplicateAnswer?: AzureState["duplicateAnswer"];
  /** The audience that tokens for Azure Resource Manager must have; any will do when left out. */
  resourceManagerAudience?: string;
  /** How Entra refuses an assertion that matches nothing; `precise`, as it does today, when left out. */
  mismatchAnswer?: AzureState["mismatchAnswer"];
  /** Whether machines take identities that are not there; `refused`, as Azure does, when left out. */
  unknownIdentities?: AzureState["unknownIdentities"];
  /** How AKS takes identity bindings: at once, with the preview registered, when left out. */
  identityBindings?: Partial<Omit<IdentityBindingsState, "bindings">>;
  /** Whether rights are looked at; `off` when left out. */
  accessControl?: AzureState["accessControl"];
}

/** Azure Resource Manager, Microsoft Graph and Microsoft Entra behind one handler; no request ever leaves the process. */
export interface SimulatedAzure extends Seeds {
  handle: SandboxHandler;
  /** Every request so far, in the order of arrival. */
  readonly requests: readonly LoggedRequest[];
  /** Adds a failure; it meets the requests that come after. */
  fail(fault: Fault): void;
  /**
   * Makes ARM and Graph accept a token that Entra did not issue here, as of an `az` or a signed-in `rehearse`. Unless
   * told whom it speaks for it may do everything, in every tenant, for ever.
   */
  addAccessToken(token: string, speaksFor?: Partial<IssuedToken>): void;
  /** A token whose claims say whom it speaks for, as Entra would issue it; for an hour when not told otherwise. */
  issueAccessToken(speaksFor: Partial<IssuedToken>): string;
  /** Ends every token that was given out so far, as of a client whose clock is behind. */
  expireTokens(): void;
  /** Ends the secrets of an application. */
  expireSecrets(clientId: string): void;
  /** The federated credentials of an identity now, in the order of their creation; throws for an unknown identity. */
  federatedCredentials(resourceId: string): FederatedCredentialSeed[];
  /** The same of an application by its client id. */
  applicationCredentials(clientId: string): FederatedCredentialSeed[];
}

function faultAnswer({ status, code, message, headers, body }: FaultEffect & { effect: "answer" }): SandboxResponse {
  return body === undefined
    ? armError(status, code, message ?? "Asked for by the test.", headers)
    : jsonResponse(status, body, headers);
}

const unlimited: IssuedToken = {
  clientId: "",
  principalId: "",
  tenantId: "",
  scope: "",
  expiresAt: Number.POSITIVE_INFINITY,
};

/** Makes a simulated Azure without any resources. Ids that it makes up are numbered, so runs repeat exactly. */
export function createSimulatedAzure(options: SimulatedAzureOptions): SimulatedAzure {
  const { clock } = options;
  let ids = 0;
  const state: AzureState = {
    clock,
    subscriptions: new Map(),
    identities: [],
    managedClusters: [],
    identityBindings: identityBindingsState(options.identityBindings),
    machines: [],
    unknownIdentities: options.unknownIdentities ?? "refused",
    applications: [],
    roleDefinitions: [...builtInRoles],
    roleAssignments: [],
    locks: [],
    policyAssignments: [],
    accessControl: options.accessControl ?? "off",
    tokens: new Map(),
    writeMilliseconds: options.writeMilliseconds ?? 0,
    propagationMilliseconds: options.propagationMilliseconds ?? 0,
    pageSize: options.pageSize ?? 100,
    duplicateAnswer: options.duplicateAnswer ?? "badRequest",
    resourceManagerAudience: options.resourceManagerAudience,
    mismatchAnswer: options.mismatchAnswer ?? "precise",
    nextId() {
      ids += 1;
      return `00000000-0000-4000-8000-${ids.toString(16).padStart(12, "0")}`;
    },
  };
  const throttle = options.throttle && createThrottle(clock, options.throttle);
  const faults = createFaults();
  const requests: LoggedRequest[] = [];
  /** One origin serves all three; their paths differ. */
  function serve(request: SandboxRequest, path: string): Promise<SandboxResponse> | SandboxResponse {
    if (/^\/(subscriptions|providers)(\/|$)/i.test(path)) return answerArm(state, throttle, request);
    if (/^\/(v1\.0|beta)\//i.test(path)) return answerGraph(state, request);
    return answerEntra(state, options.jwks, request);
  }

  return {
    requests,
    fail: faults.add,
    async handle(request) {
      const entry = logEntry(request, clock.now());
      requests.push(entry);
      const fault = faults.take(entry.method, entry.path);
      if (fault?.effect === "reset") {
        entry.outcome = "reset";
        throw new ConnectionReset();
      }
      const requestId = state.nextId();
      const response = fault?.effect === "answer" ? faultAnswer(fault) : await serve(request, entry.path);
      if (fault?.effect === "slow") await clock.sleep(fault.milliseconds);
      if (fault?.effect === "answerLost") {
        entry.outcome = "answerLost";
        throw new ConnectionReset();
      }
      entry.outcome = response.status;
      const date = new Date(clock.now()).toUTCString();
      return { ...response, headers: { date, "x-ms-request-id": requestId, ...response.headers } };
    },
    ...seedsOf(state),
    addAccessToken(token, speaksFor = {}) {
      state.tokens.set(token, { ...unlimited, ...speaksFor });
    },
    issueAccessToken: speaksFor =>
      issueToken(state, { ...unlimited, expiresAt: clock.now() + 3_600_000, ...speaksFor }),
    expireTokens() {
      for (const token of state.tokens.values()) token.expiresAt = Math.min(token.expiresAt, clock.now());
    },
    expireSecrets(clientId) {
      for (const application of state.applications.filter(one => one.clientId === clientId)) {
        application.expiredSecrets.push(...application.secrets);
      }
    },
    federatedCredentials(resourceId) {
      const identity = state.identities.find(one => identityId(one).toLowerCase() === resourceId.toLowerCase());
      if (identity === undefined) throw new Error(`The simulated Azure has no identity ${resourceId}.`);
      return identity.credentials.map(({ visibleFrom: _, ...credential }) => credential);
    },
    applicationCredentials(clientId) {
      const application = state.applications.find(one => one.clientId.toLowerCase() === clientId.toLowerCase());
      if (application === undefined) throw new Error(`The simulated Azure has no application ${clientId}.`);
      return application.credentials.map(({ name, issuer, subject, audience }) => ({
        name,
        issuer,
        subject,
        audience,
      }));
    },
  };
}
