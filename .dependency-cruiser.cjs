// Imports go one way: cli -> commands -> engine -> core; adapters implement what the core declares and decide nothing; output
// takes documents.
const only = (name, from, allowed) => ({
  name,
  severity: "error",
  from: { path: `^src/${from}` },
  to: { path: "^src/", pathNot: [`^src/${from}`, ...allowed.map(folder => `^src/${folder}`)] },
});

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    only("core-imports-nothing", "core/", []),
    only("engine-imports-core", "engine/", ["core/"]),
    only("kube-imports-core", "kube/", ["core/"]),
    only("azure-imports-core", "azure/", ["core/"]),
    only("manifests-import-core", "manifests/", ["core/"]),
    only("output-imports-core", "output/", ["core/"]),
    only("sandbox-imports-adapters", "sandbox/", ["core/", "kube/", "azure/"]),
    {
      name: "sandbox-only-for-rehearse",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/sandbox/", "^src/commands/rehearse.ts"] },
      to: { path: "^src/sandbox/" },
    },
    {
      name: "commands-do-not-import-the-command-line",
      severity: "error",
      from: { path: "^src/commands/" },
      to: { path: "^src/(cli|main)\\.ts" },
    },
    {
      name: "core-has-no-input-or-output",
      severity: "error",
      from: { path: "^src/core/" },
      to: { path: "^(node:)?(fs|net|http|https|child_process|timers)" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".json"] },
  },
};
