#!/usr/bin/env node
// CommonJS, by the package.json beside it: Node's loader of modules alone would make --version a fifth slower.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 17)) {
  process.stderr.write(`azwi-migrate needs Node.js 20.17 or newer; this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else if (process.argv.length === 3 && process.argv[2] === "--version") {
  process.stdout.write(`${require("../package.json").version}\n`);
} else {
  import("../dist/main.js").catch(error => {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || !error.message.includes("main.js")) throw error;
    process.stderr.write(
      "azwi-migrate is not built: there is no dist/main.js. In a clone of its repository, run: npm run build\n",
    );
    process.exitCode = 1;
  });
}
