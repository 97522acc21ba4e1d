import type { RoleAssignment, RoleAssignmentAccess } from "../core/azure/azurePorts.ts";
import { isRecord } from "../core/kubernetes.ts";
import { askedOnce } from "./askedOnce.ts";
import type { Rest } from "./rest.ts";

const apiVersion = "2022-04-01";

/** Role assignments in ARM. Every method throws `AzureError` or `AzureSignInError`. */
export function roleAssignmentAccess(arm: Rest): RoleAssignmentAccess {
  const roleName = askedOnce((definition: string) => readName(arm, definition));
  return {
    async listRoleAssignments(subscription, principal) {
      const place = `/subscriptions/${encodeURIComponent(subscription)}/providers/Microsoft.Authorization`;
      // `assignedTo` counts what the principal has through groups too; a quote in a literal is doubled.
      const filter = encodeURIComponent(`assignedTo('${principal.replaceAll("'", "''")}')`);
      const items = await arm.list({
        doing: `Listing the role assignments of ${principal} in subscription ${subscription}`,
        path: `${place}/roleAssignments?api-version=${apiVersion}&$filter=${filter}`,
      });
      return Promise.all(
        items.flatMap(assignmentOf).map(async ({ scope, definition }): Promise<RoleAssignment> => {
          return { scope, role: await roleName(definition) };
        }),
      );
    },
  };
}

function assignmentOf(item: unknown): { scope: string; definition: string }[] {
  const properties = isRecord(item) ? item.properties : undefined;
  if (!isRecord(properties)) return [];
  const { scope, roleDefinitionId: definition } = properties;
  return typeof scope === "string" && typeof definition === "string" ? [{ scope, definition }] : [];
}

/** The role's own name; the last part of its id where that is no path to one. */
async function readName(arm: Rest, definition: string): Promise<string> {
  const last = definition.split("/").at(-1) ?? definition;
  if (!/^(\/[\w.-]+)*\/providers\/Microsoft\.Authorization\/roleDefinitions\/[\w-]+$/i.test(definition)) return last;
  const path = `${definition}?api-version=${apiVersion}`;
  const role = await arm.send({ doing: `Reading the role definition ${last}`, path });
  const properties = isRecord(role) ? role.properties : undefined;
  return isRecord(properties) && typeof properties.roleName === "string" ? properties.roleName : last;
}
