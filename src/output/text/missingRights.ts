import { stringify } from "yaml";
import type { SignedInAs } from "../../core/azure/azurePorts.ts";
import { compare } from "../../core/order.ts";
import type { AccessAttributes } from "../../core/ports.ts";
import { smallestRole } from "../../core/rights/azureRights.ts";
import { type MissingRight, objectText, scopeText } from "../../core/rights/rights.ts";
import { roleManifests } from "../../core/rights/roleManifests.ts";
import { shell, text, textBlock } from "../escape.ts";

/** Of a long list this many, and how many more there are. */
const shown = 3;

/** What of one cluster may not be done, what for, and the manifests that would change that, as lines for standard error. */
export function missingRightLines(
  missing: readonly MissingRight[],
  { context, user }: { context: string; user: string | undefined },
): string[] {
  const rights = missing.flatMap(({ right }) => right ?? []);
  const optional = missing.filter(one => one.optional);
  const needed = missing.filter(one => !one.optional);
  if (missing.length === 0) return [];
  return [
    ...joined(needed).map(({ what, neededFor, words }) => {
      const why = words === undefined ? "" : `: ${text(words)}`;
      return `error: Cluster ${text(context)}: ${what}, which is needed for ${listed(neededFor)}${why}`;
    }),
    ...joined(optional).map(
      ({ what, neededFor }) => `warning: Cluster ${text(context)}: ${what}: not checked is ${listed(neededFor)}`,
    ),
    ...(rights.length === 0 ? [] : [manifestLead(user), manifestText(roleManifests(rights, user))]),
  ];
}

function manifestLead(user: string | undefined): string {
  return user === undefined
    ? "Ask for these roles, and for a binding of them to your user:"
    : `Ask for these roles and bindings, for kubectl apply -f - by somebody who may give them to ${text(user)}:`;
}

/**
 * Every text is in double quotes, so that none can be taken for something else, and so that what `textBlock` makes visible is an
 * escape to YAML too.
 */
function manifestText(manifests: readonly object[]): string {
  const options = { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN", lineWidth: 0 } as const;
  return textBlock(manifests.map(manifest => `---\n${stringify(manifest, options)}`).join("")).trimEnd();
}

interface Joined {
  what: string;
  neededFor: string[];
  words: string | undefined;
}

/** One entry for what differs in the verb or the namespace alone. */
function joined(missing: readonly MissingRight[]): Joined[] {
  const byObject = new Map<string, { right: AccessAttributes; scopes: Map<string, Part> }>();
  const others: Joined[] = [];
  for (const { right, neededFor, words } of missing) {
    if (right === undefined) {
      others.push({ what: "You may not write everything", neededFor, words });
      continue;
    }
    const key = JSON.stringify([right.group, objectText(right), words]);
    const known = byObject.get(key) ?? { right, scopes: new Map<string, Part>() };
    byObject.set(key, known);
    const scope = right.namespace ?? "";
    const part = known.scopes.get(scope) ?? { verbs: new Set(), neededFor: new Set(), words };
    known.scopes.set(scope, part);
    part.verbs.add(right.verb);
    for (const one of neededFor) part.neededFor.add(one);
  }
  const lines = [...byObject.values()].flatMap(({ right, scopes }) => {
    const byVerbs = new Map<string, { namespaces: string[]; parts: Part[] }>();
    for (const [namespace, part] of scopes) {
      const verbs = [...part.verbs].sort(compare).join(" and ");
      const known = byVerbs.get(verbs) ?? { namespaces: [], parts: [] };
      byVerbs.set(verbs, known);
      known.namespaces.push(namespace);
      known.parts.push(part);
    }
    return [...byVerbs].map(([verbs, { namespaces, parts }]) => ({
      what: `You may not ${verbs} ${text(objectText(right))} ${placesText(namespaces)}`,
      neededFor: [...new Set(parts.flatMap(part => [...part.neededFor]))],
      words: parts[0]?.words,
    }));
  });
  return [...lines, ...others];
}

interface Part {
  verbs: Set<string>;
  neededFor: Set<string>;
  words: string | undefined;
}

function placesText(namespaces: readonly string[]): string {
  const [first = "", ...others] = [...namespaces].sort(compare);
  if (others.length === 0) return text(scopeText(first === "" ? {} : { namespace: first }));
  return `in the namespaces ${listed([first, ...others])}`;
}

function listed(names: readonly string[]): string {
  const some = names.slice(0, shown).map(text).join(", ");
  const more = names.length - shown;
  return more > 0 ? `${some} and ${more} more` : some;
}

/** An action that is missing at a resource of Azure, and the command that gives it to the caller. */
export function missingActionLines(
  { scope, actions }: { scope: string; actions: readonly string[] },
  caller: SignedInAs | undefined,
): string[] {
  const role = smallestRole(actions);
  return [
    `error: Azure: You lack ${actions.map(text).join(" and ")} at ${text(scope)}`,
    ...(role
      ? [`The smallest documented role that has it is ${role.name}:`, `  ${assignmentCommand(role.id, scope, caller)}`]
      : []),
  ];
}

const principalTypes = { app: "ServicePrincipal", user: "User" } as const;

function assignmentCommand(role: string, scope: string, caller: SignedInAs | undefined): string {
  const type = caller?.type === undefined ? "" : ` --assignee-principal-type ${principalTypes[caller.type]}`;
  const assignee = shell(caller?.objectID ?? "OBJECT-ID-OF-THE-CALLER");
  return `az role assignment create --assignee-object-id ${assignee}${type} --role ${role} --scope ${shell(scope)}`;
}

/** `app APP-ID (object id ...) in tenant ..., cloud public`. */
export function callerText({ cloud, tenantID, objectID, clientID, userName, type }: SignedInAs): string {
  const name = userName ?? clientID;
  const who =
    name === undefined
      ? "somebody whom the access token does not name"
      : `${type === "app" || userName === undefined ? "app" : "user"} ${text(name)}`;
  const object = objectID === undefined ? "" : ` (object id ${text(objectID)})`;
  const tenant = tenantID === undefined ? "" : ` in tenant ${text(tenantID)}`;
  return `${who}${object}${tenant}, cloud ${text(cloud)}`;
}
