import { checkAccountReferences } from "./accountReferences.ts";
import { checkAccountTrusts } from "./accountTrusts.ts";
import type { Check } from "./check.ts";
import { checkClientPath } from "./clientPath.ts";
import { checkConsumers } from "./consumers.ts";
import { checkEgress } from "./egress.ts";
import { checkIdentityBinding } from "./identityBinding.ts";
import { checkJoinedFiles } from "./joinedFiles.ts";
import { checkLabelPlaces } from "./labelPlaces.ts";
import { checkOwner } from "./ownership.ts";
import { checkWebhook } from "./webhook.ts";
import { checkWorkload } from "./workload.ts";

/**
 * Everything that is looked at before a workload is switched. Where nothing is left to change, only those speak that still matter
 * then: owners, accounts in clusters beside files, the label's hiding places.
 */
export const checks: readonly Check[] = [
  checkOwner,
  checkJoinedFiles,
  checkWebhook,
  checkWorkload,
  checkClientPath,
  checkIdentityBinding,
  checkLabelPlaces,
  checkAccountReferences,
  checkAccountTrusts,
  checkConsumers,
  checkEgress,
];
