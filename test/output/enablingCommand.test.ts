import { expect, test } from "vitest";
import { enablingCommand } from "../../src/output/enablingCommand.ts";

const flags = "--enable-oidc-issuer --enable-workload-identity";
const id = (group: string, name: string) =>
  `/subscriptions/s-1/resourcegroups/${group}/providers/Microsoft.ContainerService/managedClusters/${name}`;

test.each([
  [id("aks", "west"), "--resource-group aks --name west --subscription s-1"],
  [id("my (group)", "west"), "--resource-group 'my (group)' --name west --subscription s-1"],
  [id("a'; rm -rf $HOME #", "`x`"), "--resource-group 'a'\\''; rm -rf $HOME #' --name '`x`' --subscription s-1"],
  [undefined, "--resource-group GROUP --name NAME --subscription SUBSCRIPTION"],
])("the command that enables issuer and workload identity of %s", (resourceID, named) => {
  expect(enablingCommand(resourceID)).toBe(`az aks update ${named} ${flags}`);
});
