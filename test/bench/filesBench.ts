import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { type CommandLine, peakMemory, wallTime } from "./processes.ts";
import { program } from "./program.ts";
import { duration, megabytes, type Result } from "./results.ts";
import { aside, interleave, median, ratios } from "./rounds.ts";
import { application, installations, namespaceOf } from "./world.ts";

const documentsPerApplication = 5;
const applicationsPerFile = 4;

/** scan of YAML files against a process that does nothing but parse them with the `yaml` package. */
export async function filesBench(
  documents: number,
  { home, rounds }: { home: string; rounds: number },
): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), "azwi-migrate-bench-files-"));
  try {
    const [many, one] = [join(folder, "many"), join(folder, "one")];
    await writeApplications(many, documents / documentsPerApplication);
    await writeApplications(one, 1);
    const scan = (path: string) => program(["scan", "-o", "json", "-f", path], { home });
    const lines = {
      scan: scan(many),
      yaml: parsing(many, home),
      "scan start-up": scan(one),
      "yaml start-up": parsing(one, home),
    };
    const series = await interleave(
      {
        scan: () => wallTime(lines.scan),
        yaml: () => wallTime(lines.yaml),
        "scan start-up": () => wallTime(lines["scan start-up"]),
        "yaml start-up": () => wallTime(lines["yaml start-up"]),
      },
      rounds,
    );
    const ours = aside(series.scan, series["scan start-up"]);
    const theirs = aside(series.yaml, series["yaml start-up"]);
    const partner = "parseAllDocuments and toJS of the yaml package";
    const [peak, theirPeak] = [await peakMemory(lines.scan), await peakMemory(lines.yaml)];
    const memory: Result[] =
      peak === undefined || theirPeak === undefined
        ? []
        : [
            {
              figure: `scan -f, ${documents} documents, peak memory`,
              ours: megabytes(peak),
              partner,
              partnerFigure: megabytes(theirPeak),
              ratios: [peak / theirPeak],
            },
          ];
    return [
      {
        figure: `scan -f, ${documents} documents`,
        ours: duration(median(series.scan)),
        partner,
        partnerFigure: duration(median(series.yaml)),
        ratios: ratios(series.scan, series.yaml),
        goal: { atMost: 1.5 },
      },
      {
        figure: `scan -f, ${documents} documents, start-up aside`,
        ours: duration(median(ours)),
        partner,
        partnerFigure: duration(median(theirs)),
        ratios: ratios(ours, theirs),
        goal: { atMost: 1.5 },
      },
      ...memory,
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function parsing(path: string, home: string): CommandLine {
  const script = fileURLToPath(new URL("parseYaml.mjs", import.meta.url));
  return { command: process.execPath, args: [script, path], env: { PATH: process.env.PATH, HOME: home } };
}

/** A repository of `count` applications: a Deployment, its account, identity, binding and Service each. */
async function writeApplications(folder: string, count: number): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, "pod-identity.yaml"), yamlOf(installations));
  for (let from = 0; from < count; from += applicationsPerFile) {
    const numbers = Array.from({ length: Math.min(applicationsPerFile, count - from) }, (_, index) => from + index);
    const objects = numbers.flatMap(number => [...application(number).map(({ object }) => object), service(number)]);
    await writeFile(join(folder, `applications-${String(from).padStart(5, "0")}.yaml`), yamlOf(objects));
  }
}

function service(number: number): object {
  const name = `app-${String(number).padStart(4, "0")}`;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: namespaceOf(number) },
    spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: "http" }] },
  };
}

function yamlOf(objects: readonly object[]): string {
  return objects.map(object => `---\n${stringify(object, { aliasDuplicateObjects: false })}`).join("");
}
