/** One field that was refused. */
export interface StatusCause {
  reason: string;
  message: string;
  field: string;
}

/** The body of every refused request, `kind: Status`. */
export interface Status {
  kind: "Status";
  apiVersion: "v1";
  metadata: { continue?: string };
  status: "Failure";
  message: string;
  reason?: string;
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    uid?: string;
    causes?: Partial<StatusCause>[];
    retryAfterSeconds?: number;
  };
  code: number;
}

/** A group and a plural (for errors about a request) or a group and a kind (for errors about a value). */
export interface GroupResource {
  group: string;
  resource: string;
}

/** A request that the API server refuses; the texts are those of k8s.io/apimachinery pkg/api/errors. */
export class ApiError extends Error {
  readonly status: Status;

  constructor(
    code: number,
    reason: string | undefined,
    message: string,
    details?: Status["details"],
    metadata: Status["metadata"] = {},
  ) {
    super(message);
    this.name = "ApiError";
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata,
      status: "Failure",
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

const qualified = ({ group, resource }: GroupResource) => (group === "" ? resource : `${resource}.${group}`);

function details({ group, resource }: GroupResource, name: string): NonNullable<Status["details"]> {
  return { ...(name === "" ? {} : { name }), ...(group === "" ? {} : { group }), kind: resource };
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

export function notFound(resource: GroupResource, name: string): ApiError {
  return new ApiError(404, "NotFound", `${qualified(resource)} "${name}" not found`, details(resource, name));
}

export function alreadyExists(resource: GroupResource, name: string): ApiError {
  return new ApiError(409, "AlreadyExists", `${qualified(resource)} "${name}" already exists`, details(resource, name));
}

export function conflict(resource: GroupResource, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
  return new ApiError(409, "Conflict", message, details(resource, name));
}

/** The conflict that an update with an old resourceVersion meets. */
export function modified(resource: GroupResource, name: string): ApiError {
  return conflict(
    resource,
    name,
    "the object has been modified; please apply your changes to the latest version and try again",
  );
}

export function forbidden(resource: GroupResource, name: string, why: string): ApiError {
  const subject = name === "" ? qualified(resource) : `${qualified(resource)} "${name}"`;
  return new ApiError(403, "Forbidden", `${subject} is forbidden: ${why}`, details(resource, name));
}

/** A value that was refused; `kind.resource` holds the kind here, as in `Deployment.apps "x" is invalid`. */
export function invalid(kind: GroupResource, name: string, causes: StatusCause[]): ApiError {
  const texts = [...new Set(causes.map(cause => `${cause.field}: ${cause.message}`))];
  const listed = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const message = `${qualified(kind)} "${name}" is invalid: ${listed}`;
  return new ApiError(422, "Invalid", message, { ...details(kind, name), causes });
}

/** The one answer to every JSON Patch that cannot be applied, a failed `test` included; which operation it was is not said. */
export function patchNotApplicable(): ApiError {
  return new ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

export function expired(message: string, continueToken?: string): ApiError {
  return new ApiError(
    410,
    "Expired",
    message,
    undefined,
    continueToken === undefined ? {} : { continue: continueToken },
  );
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
}

export function unsupportedMediaType(): ApiError {
  return new ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

/** The 404 of a path that leads nowhere within a built-in group. */
export function unknownPath(): ApiError {
  return new ApiError(404, "NotFound", "the server could not find the requested resource", {});
}

/** A patch whose result cannot be decoded. */
export function patchedToNonsense(patched: unknown, why: string): ApiError {
  const refused = cause.invalid("patch", JSON.stringify(patched), why);
  return new ApiError(422, "Invalid", ` "" is invalid: patch: ${refused.message}`, { causes: [refused] });
}

export function internalError(why: string): ApiError {
  return new ApiError(500, "InternalError", `Internal error occurred: ${why}`, { causes: [{ message: why }] });
}

/** Causes as k8s.io/apimachinery pkg/util/validation/field words them. */
export const cause = {
  invalid: (field: string, value: unknown, detail: string): StatusCause => ({
    reason: "FieldValueInvalid",
    message: `Invalid value: ${JSON.stringify(value)}: ${detail}`,
    field,
  }),
  unsupported: (field: string, value: unknown, supported: readonly string[]): StatusCause => ({
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map(each => JSON.stringify(each)).join(", ")}`,
    field,
  }),
  required: (field: string, detail: string): StatusCause => ({
    reason: "FieldValueRequired",
    message: detail === "" ? "Required value" : `Required value: ${detail}`,
    field,
  }),
  forbidden: (field: string, detail: string): StatusCause => ({
    reason: "FieldValueForbidden",
    message: `Forbidden: ${detail}`,
    field,
  }),
};
