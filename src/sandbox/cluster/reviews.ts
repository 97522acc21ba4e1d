import { isRecord } from "../../core/kubernetes.ts";
import { type ApiError, forbidden } from "./status.ts";

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

/** The cluster's authorization: everything is allowed but what was denied. */
export class Authorization {
  readonly user: string;
  readonly #denials = new Set<Denial>();

  constructor(user: string) {
    this.user = user;
  }

  /** Denies from now on; the returned function takes it back. */
  deny(denial: Denial): () => void {
    this.#denials.add(denial);
    return () => this.#denials.delete(denial);
  }

  allows(attributes: Attributes): boolean {
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
