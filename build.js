// Bundles the program and its libraries into dist/, with the documents' schemas and the libraries' licences beside it.
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const common = { bundle: true, format: "esm", platform: "node", target: "node20.17", logLevel: "warning" };
// Whoever runs the old bundle keeps it until the new one is whole.
const fresh = `dist.${process.pid}.tmp`;

const { metafile } = await build({
  ...common,
  entryPoints: ["src/main.ts"],
  outdir: fresh,
  splitting: true,
  // Names stay as they are, so that a stack trace can be read; esbuild's keepNames would set the name of each closure as it is made.
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  // They are in licenses.txt, in full.
  legalComments: "none",
  plugins: [kubeconfigOnly()],
  // Some libraries are CommonJS and call require for Node's own modules.
  banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
});
await writeSchemas();
await writeFile(join(fresh, "licenses.txt"), await licenses(Object.keys(metafile.inputs)));
await rm("dist", { recursive: true, force: true });
await rename(fresh, "dist");

async function writeSchemas() {
  const { outputFiles } = await build({ ...common, entryPoints: ["src/core/documents/schemas.ts"], write: false });
  const { schemas } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  );
  await mkdir(join(fresh, "schemas"), { recursive: true });
  for (const [kind, schema] of Object.entries(schemas)) {
    const json = { $schema: "https://json-schema.org/draft/2020-12/schema", title: kind, ...schema };
    await writeFile(join(fresh, "schemas", `${kind}.json`), `${JSON.stringify(json, null, 2)}\n`);
  }
}

/** The licence texts of the packages whose code is in the bundle. */
async function licenses(inputs) {
  const folders = new Set(inputs.flatMap(input => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []));
  const texts = [];
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find(entry => /^licen[cs]e/i.test(entry));
    texts.push(
      `${name} ${version} (${license})\n\n${file ? (await readFile(join(folder, file), "utf8")).trim() : "The package has no licence file."}\n`,
    );
  }
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

/**
 * Of the Kubernetes client only the kubeconfig is used. Its package does not say that its modules have no side effects, so that
 * a thousand generated models would come along; and its node-fetch, for calls that are not made here, would bring the tables of
 * a URL parser that Node has built in.
 *
 * @returns {import("esbuild").Plugin}
 */
function kubeconfigOnly() {
  const resolving = Symbol("resolving");
  return {
    name: "kubeconfig-only",
    setup({ onResolve, onLoad, resolve }) {
      onResolve({ filter: /^\./ }, async ({ path, importer, kind, resolveDir, pluginData }) => {
        if (pluginData === resolving || !/[\\/]@kubernetes[\\/]client-node[\\/]dist[\\/]/.test(importer))
          return undefined;
        const resolved = await resolve(path, { importer, kind, resolveDir, pluginData: resolving });
        return { ...resolved, sideEffects: false };
      });
      onResolve({ filter: /^node-fetch$/ }, ({ path }) => ({ path, namespace: "built-in", sideEffects: false }));
      // Inside functions: Node loads its own fetch when one of the names is first read.
      const contents = [
        "export function Headers(init) { return new globalThis.Headers(init); }",
        "export default (...request) => globalThis.fetch(...request);",
      ].join("\n");
      onLoad({ filter: /.*/, namespace: "built-in" }, () => ({ contents }));
    },
  };
}
