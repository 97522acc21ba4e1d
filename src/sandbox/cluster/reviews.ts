import { isRecord } from "../../core/kubernetes.ts";
import { type Grant, isGranted, rulesOf } from "./grants.ts";
import { type ApiError, badRequest, forbidden } from "./status.ts";

/** What the user may not do; a field that is left out stands for everything. */
export interface Denial {
  verb?: string;
  group?: string;
  resource?: string;
  namespace?: string;
  name?: string;
}

/** What a request or a review asks for. */
export interface Attributes {
  verb: string;
  group: string;
  resource: string;
  subresource?: string | undefined;
  namespace?: string | undefined;
  name?: string | undefined;
}

/** What every user who is signed in may ask (the ClusterRole `system:basic-user`). */
const basicUser: Grant = {
  rules: [
    {
      verbs: ["create"],
      apiGroups: ["authorization.k8s.io"],
      resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    },
    { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"] },
  ],
};

const everything: Grant = {
  rules: [
    { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
    { verbs: ["*"], nonResourceURLs: ["*"] },
  ],
};

/** The cluster's authorization: what was granted, everything where nothing was said, without what was denied. */
export class Authorization {
  readonly user: string;
  readonly #denials = new Set<Denial>();
  #grants: readonly Grant[] = [everything];

  constructor(user: string) {
    this.user = user;
  }

  /** Denies from now on; the returned function takes it back. */
  deny(denial: Denial): () => void {
    this.#denials.add(denial);
    return () => this.#denials.delete(denial);
  }

  /** From now on the user may do this and nothing else. */
  grant(grants: readonly Grant[]): void {
    this.#grants = [basicUser, ...grants];
  }

  allows(attributes: Attributes): boolean {
    if (!isGranted(this.#grants, attributes)) return false;
    const asked = { ...attributes, resource: withSubresource(attributes) };
    return ![...this.#denials].some(denial =>
      (["verb", "group", "resource", "namespace", "name"] as const).every(
        field => denial[field] === undefined || denial[field] === asked[field],
      ),
    );
  }

  /** The 403 of a denied request (apiserver pkg/endpoints/handlers/responsewriters/errors.go forbiddenMessage). */
  refusal(attributes: Attributes): ApiError {
    const { verb, group, resource, namespace, name } = attributes;
    const scope = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
    const why = `User "${this.user}" cannot ${verb} resource "${withSubresource(attributes)}" in API group "${group}" ${scope}`;
    return forbidden({ group, resource }, name ?? "", why);
  }

  /** Answers a SelfSubjectAccessReview. */
  review(request: unknown): object {
    const body = isRecord(request) ? request : {};
    const spec = isRecord(body.spec) ? body.spec : {};
    const asked = isRecord(spec.resourceAttributes) ? spec.resourceAttributes : {};
    const text = (field: string) => (typeof asked[field] === "string" ? asked[field] : "");
    const allowed = this.allows({
      verb: text("verb"),
      group: text("group"),
      resource: text("resource"),
      subresource: text("subresource") || undefined,
      namespace: text("namespace") || undefined,
      name: text("name") || undefined,
    });
    return {
      kind: "SelfSubjectAccessReview",
      apiVersion: "authorization.k8s.io/v1",
      metadata: {},
      spec,
      status: { allowed },
    };
  }

  /** Answers a SelfSubjectRulesReview; denials are no rules, and who has some is told that there may be more to know. */
  rules(request: unknown): object {
    const body = isRecord(request) ? request : {};
    const spec = isRecord(body.spec) ? body.spec : {};
    const namespace = typeof spec.namespace === "string" ? spec.namespace : "";
    if (namespace === "") throw badRequest("no namespace on request");
    const rules = rulesOf(this.#grants, namespace);
    const isIncomplete = this.#denials.size > 0;
    return {
      kind: "SelfSubjectRulesReview",
      apiVersion: "authorization.k8s.io/v1",
      metadata: {},
      // The server answers with what it found alone.
      spec: {},
      status: {
        resourceRules: isIncomplete ? [] : rules.filter(rule => rule.resources !== undefined),
        nonResourceRules: isIncomplete ? [] : rules.filter(rule => rule.nonResourceURLs !== undefined),
        incomplete: isIncomplete,
        ...(isIncomplete ? { evaluationError: "denials cannot be listed" } : {}),
      },
    };
  }

  /** Answers a SelfSubjectReview: who asks. */
  whoAmI(now: string): object {
    return {
      kind: "SelfSubjectReview",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { creationTimestamp: now },
      status: { userInfo: { username: this.user, groups: ["system:authenticated"] } },
    };
  }
}

function withSubresource({ resource, subresource }: Attributes): string {
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}
