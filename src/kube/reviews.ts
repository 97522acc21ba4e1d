import { isRecord } from "../core/kubernetes.ts";
import { type AccessReviews, ApiError, type ResourceRule } from "../core/ports.ts";
import { ConnectionError } from "./failure.ts";
import type { Connection } from "./transport.ts";

const authorization = "authorization.k8s.io/v1";
const authentication = "authentication.k8s.io/v1";

/** Questions about the caller: `create` requests that store nothing and that everybody who is signed in may make. */
export function accessReviews(connection: Connection): AccessReviews {
  async function review(
    apiVersion: string,
    kind: string,
    { spec, signal }: { spec?: object; signal: AbortSignal | undefined },
  ): Promise<Record<string, unknown>> {
    const answer = await connection.request({
      method: "POST",
      path: `/apis/${apiVersion}/${kind.toLowerCase()}s`,
      body: { apiVersion, kind, ...(spec === undefined ? {} : { spec }) },
      signal,
    });
    const status = isRecord(answer) ? answer.status : undefined;
    return isRecord(status) ? status : {};
  }
  return {
    async mayI(resourceAttributes, { signal } = {}) {
      const { allowed } = await review(authorization, "SelfSubjectAccessReview", {
        spec: { resourceAttributes },
        signal,
      });
      return allowed === true;
    },
    async rulesIn(namespace, { signal } = {}) {
      const status = await review(authorization, "SelfSubjectRulesReview", { spec: { namespace }, signal });
      // An authorizer that cannot list what it allows says so, and leaves it out (pkg/registry/authorization/selfsubjectrulesreview).
      if (status.incomplete !== false || !Array.isArray(status.resourceRules)) return undefined;
      return status.resourceRules.filter(isRecord).map(ruleOf);
    },
    async whoAmI({ signal } = {}) {
      try {
        const { userInfo } = await review(authentication, "SelfSubjectReview", { signal });
        const username = isRecord(userInfo) ? userInfo.username : undefined;
        return typeof username === "string" && username !== "" ? username : undefined;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404 && !(error instanceof ConnectionError)) return undefined;
        throw error;
      }
    },
  };
}

function ruleOf({ verbs, apiGroups, resources, resourceNames }: Record<string, unknown>): ResourceRule {
  const strings = (value: unknown) => (Array.isArray(value) ? value.filter(one => typeof one === "string") : []);
  return {
    verbs: strings(verbs),
    apiGroups: strings(apiGroups),
    resources: strings(resources),
    resourceNames: strings(resourceNames),
  };
}
