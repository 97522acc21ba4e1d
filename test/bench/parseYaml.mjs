// Parses all files of a folder with the yaml package as it is, and does nothing with what it gets.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

const [folder = "."] = process.argv.slice(2);
for (const file of await readdir(folder)) {
  for (const document of parseAllDocuments(await readFile(join(folder, file), "utf8"))) document.toJS();
}
