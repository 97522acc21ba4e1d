import { graphError, invalidCredential, resourceNotFound } from "./graphErrors.ts";
import { emptyResponse, jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import { pageResponse, queryOf } from "./paging.ts";
import type { AzureState, SimulatedApplication, SimulatedCredential } from "./state.ts";

/** "Federated identity credentials overview" of Microsoft Graph. */
const mostCredentials = 20;
const longest = 600;
const namePattern = /^[\w.~=-]{3,120}$/;

type Content = Pick<SimulatedCredential, "issuer" | "subject" | "audience"> & { description?: string };

/** `federatedIdentityCredentials` of an application: list, get, create, create or update by name, update, delete. */
export function answerApplicationCredentials(
  state: AzureState,
  application: SimulatedApplication,
  path: string,
  request: SandboxRequest,
): SandboxResponse {
  const [, name, idOrName] = /^federatedIdentityCredentials(?:\(name='([^']*)'\)|\/([^/]+))?$/i.exec(path) ?? [];
  const key = name ?? idOrName;
  const { method } = request;
  if (key === undefined && /^federatedIdentityCredentials$/i.test(path)) {
    if (method === "POST") return create(state, application, bodyOf(request));
    if (method === "GET") return list(state, application, request);
  }
  if (key === undefined) return resourceNotFound(state, path);
  const present = application.credentials.find(one => one.name === key || (one.id !== undefined && one.id === key));
  if (method === "PATCH") {
    const body = bodyOf(request);
    const upserts = name !== undefined && /create-if-missing/i.test(request.headers.prefer ?? "");
    if (present) return update(state, application, present, body);
    return upserts ? create(state, application, { ...body, name }) : resourceNotFound(state, key);
  }
  if (!present) return resourceNotFound(state, key);
  if (method === "GET") return jsonResponse(200, credentialJson(state, present));
  if (method !== "DELETE") return graphError(state, 405, "Request_BadRequest", "Specified HTTP method is not allowed.");
  application.credentials = application.credentials.filter(one => one !== present);
  return emptyResponse(204);
}

function list(state: AzureState, { credentials }: SimulatedApplication, request: SandboxRequest): SandboxResponse {
  const filter = queryOf(request).get("$filter");
  const [, property, value] = /^(name|subject) eq '([^']*)'$/.exec(filter ?? "") ?? [];
  if (filter !== undefined && property === undefined)
    return graphError(state, 400, "Request_UnsupportedQuery", `Unsupported filter '${filter}'.`);
  const listed = credentials.filter(one => property === undefined || one[property as "name" | "subject"] === value);
  return pageResponse(request, listed, {
    pageSize: state.pageSize,
    link: "@odata.nextLink",
    nameOf: ({ name }) => name,
    toJson: credential => credentialJson(state, credential),
  });
}

function create(state: AzureState, application: SimulatedApplication, body: Record<string, unknown>): SandboxResponse {
  const { name } = body;
  if (typeof name !== "string" || !namePattern.test(name))
    return invalidCredential(state, "The name is not valid.", "Name", String(name));
  if (application.credentials.some(one => one.name === name))
    return graphError(
      state,
      409,
      "Request_MultipleObjectsWithSameKeyValue",
      `FederatedIdentityCredential with name ${name} already exists.`,
    );
  const checked = check(state, body, application.credentials);
  if ("refusal" in checked) return checked.refusal;
  if (application.credentials.length >= mostCredentials)
    // The limit is documented, the answer is not.
    return graphError(
      state,
      400,
      "Request_BadRequest",
      `An application cannot have more than ${mostCredentials} federated identity credentials.`,
    );
  const visibleFrom = state.clock.now() + state.propagationMilliseconds;
  const created: SimulatedCredential = { name, ...checked.content, visibleFrom };
  application.credentials.push(created);
  return jsonResponse(201, credentialJson(state, created));
}

function update(
  state: AzureState,
  application: SimulatedApplication,
  present: SimulatedCredential,
  { name, ...body }: Record<string, unknown>,
): SandboxResponse {
  if (name !== undefined && name !== present.name)
    return graphError(state, 400, "Request_BadRequest", "Property 'name' is read-only and cannot be set.");
  const others = application.credentials.filter(one => one !== present);
  const { issuer, subject, audience, description } = present;
  const before = { issuer, subject, audiences: [audience], ...(description === undefined ? {} : { description }) };
  const checked = check(state, { ...before, ...body }, others);
  if ("refusal" in checked) return checked.refusal;
  Object.assign(present, checked.content, { visibleFrom: state.clock.now() + state.propagationMilliseconds });
  return emptyResponse(204);
}

function check(
  state: AzureState,
  { issuer, subject, audiences, description }: Record<string, unknown>,
  others: readonly SimulatedCredential[],
): { content: Content } | { refusal: SandboxResponse } {
  const refuse = (message: string, field: string, value: unknown) => ({
    refusal: invalidCredential(state, message, field, String(value)),
  });
  for (const [field, value] of Object.entries({ Issuer: issuer, Subject: subject }))
    if (typeof value !== "string" || value === "" || value.length > longest)
      return refuse("The value is missing or too long.", field, value);
  const [audience, ...more] = Array.isArray(audiences) ? (audiences as readonly unknown[]) : [];
  if (typeof audience !== "string" || audience === "" || audience.length > longest || more.length > 0)
    return refuse("There must be exactly one audience.", "Audiences", audiences);
  if (description !== undefined && (typeof description !== "string" || description.length > longest))
    return refuse("The value is too long.", "Description", description);
  if (others.some(one => one.issuer === issuer && one.subject === subject))
    return refuse(
      `The combination of issuer and subject must be unique for the application. Issuer ${issuer} and Subject: ${subject} already exist.`,
      "Subject",
      subject,
    );
  return {
    content: {
      issuer: String(issuer),
      subject: String(subject),
      audience,
      ...(typeof description === "string" ? { description } : {}),
    },
  };
}

function credentialJson(state: AzureState, credential: SimulatedCredential) {
  credential.id ??= state.nextId();
  const { id, name, issuer, subject, audience, description = null } = credential;
  return { id, name, issuer, subject, description, audiences: [audience] };
}

/** What is no JSON object is one without properties, which the checks refuse. */
function bodyOf({ body }: SandboxRequest): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
