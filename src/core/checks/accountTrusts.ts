import { partOf, textOf } from "../consumers/read.ts";
import { secretClassKind, secretVolumesOf } from "../consumers/secretMounts.ts";
import { isCovered } from "../decisions.ts";
import { nameOf } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import { clientIDsOf, isSameClientID } from "../workloadIdentity/workloadIdentity.ts";
import { tokenVolumesOf } from "../workloads/templateVolumes.ts";
import type { Check, CheckedUsage } from "./check.ts";

/** Who trusts an account, as the finding and the config file name it, and where that is seen. */
interface AccountTrust {
  object: string;
  field: string;
}

/**
 * Others than the identities of pod identity that take tokens of the pods' account. Where a workload leaves its account, they see
 * another subject: that blocks until people say that the new one is covered. None of them can be asked from here.
 */
export const checkAccountTrusts: Check = checked => {
  const { usage, account, decision, changes } = checked;
  const serviceAccount = usage.serviceAccount;
  if (changes.length === 0 || serviceAccount === account.name) return {};
  const blocks = new Map<string, Finding>();
  for (const { object, field } of [...otherIdentities(checked), ...otherVaults(checked), ...tokenTakers(checked)]) {
    if (isCovered(decision, object) || blocks.has(object)) continue;
    const args = { serviceAccount, object, field };
    blocks.set(object, finding("account-named-elsewhere", { subject: usage.workload }, args));
  }
  return { blocks: [...blocks.values()] };
};

/** What went over to workload identity before, as somebody for whom no credential is planned. */
function otherIdentities({ usage, awaited }: CheckedUsage): AccountTrust[] {
  return awaited.uses.flatMap(({ object, state, clientID }) => {
    if (state !== "migrated" || clientID === undefined || isOwn(usage, clientID)) return [];
    return [{ object: trustOf(clientID), field: `client id in ${nameOf(object.ref)}` }];
  });
}

/** The CSI driver hands tokens of the pods' account to every provider, unless a volume names a Secret to sign in with. */
function otherVaults({ facts, usage, template }: CheckedUsage): AccountTrust[] {
  const { source, namespace } = usage.workload;
  return secretVolumesOf(template).flatMap(({ name, signsInBySecret }) => {
    const found = facts.objects.find(source, secretClassKind, namespace, name);
    const provider = textOf(found?.object, "spec", "provider");
    if (!found || provider === undefined || provider === "azure" || signsInBySecret) return [];
    const object = nameOf(found.ref);
    const role = partOf(found.object, "spec", "parameters", "roleName");
    if (typeof role !== "string") return [{ object, field: `spec.provider: ${provider}` }];
    return [{ object: `Vault role ${role}`, field: `spec.parameters.roleName of ${object}` }];
  });
}

/** Whoever takes a token that the template projects goes by its subject, but for the API server, whose role bindings are carried over. */
function tokenTakers({ usage, template, cluster, decisions }: CheckedUsage): AccountTrust[] {
  const known = clientIDsOf({ spec: template?.spec });
  const isForOwn = known.length > 0 && known.every(clientID => isOwn(usage, clientID));
  return tokenVolumesOf(template)
    .filter(({ audience }) => audience !== cluster?.issuer && !/^https:\/\/kubernetes\.default(\.|$)/.test(audience))
    .filter(({ audience }) => audience !== decisions.audience || !isForOwn)
    .map(({ name, audience }) => ({ object: trustOf(audience), field: `audience of the token in volume ${name}` }));
}

/** Whether the workload's new account gets a credential for it. */
function isOwn({ principals }: CheckedUsage["usage"], clientID: string): boolean {
  return principals.some(one => isSameClientID(one.clientID, clientID));
}

function trustOf(whom: string): string {
  return `Trust ${whom}`;
}
