import { stringsOf } from "../foreignControllers/podPlace.ts";
import { kindKey, type PodSpec, serviceAccountOf } from "../kubernetes.ts";
import type { FoundObject } from "../model.ts";
import { bindingLabel } from "../podIdentity/match.ts";
import { type Program, programs, unknownProgram } from "./programs.ts";

/** Objects that a program made one like the other, without an owner that could be changed. */
export interface MadeByProgram {
  program: Pick<Program, "name" | "fields">;
  /** Stands for all of them: the first by name, named as what they have in common, as `runner-*`. */
  found: FoundObject;
  members: FoundObject[];
}

/** Of a program that sets no label of its own and no generateName, as many as are no accident. */
const enough = 3;

/**
 * Groups objects without an owner by the program that made them, by the label and the account, which a program's configuration
 * decides, and by what their names have in common. What nobody could take for one of many is in no group.
 */
export function madeByPrograms(ownerless: readonly FoundObject[]): MadeByProgram[] {
  const groups = new Map<string, { program: MadeByProgram["program"]; stem: string; members: FoundObject[] }>();
  for (const found of ownerless) {
    const { program, stem } = makerOf(found) ?? {};
    if (program === undefined || stem === undefined) continue;
    const { source, namespace } = found.ref;
    // Those with the label come first, so that others of the program do not take their name away.
    const label = labelOf(found);
    const rank = label === "" ? "unlabelled" : "labelled";
    const key = [source, namespace, kindKey(found.ref), stem, rank, label, accountOf(found)].join("\n");
    const known = groups.get(key);
    if (known) known.members.push(found);
    else groups.set(key, { program, stem, members: [found] });
  }
  const names = new Map<string, number>();
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { program, stem, members }]) => {
      const [first] = members.sort((a, b) => (a.ref.name < b.ref.name ? -1 : 1));
      if (!first || (program === unknownProgram && !isGenerated(first) && members.length < enough)) return [];
      const { uid: _uid, ...ref } = first.ref;
      // Two configurations of one program may give the same names; a number that shifts is still better than one id for both.
      const place = `${ref.source}\n${ref.namespace}\n${ref.kind}\n${stem}`;
      const count = (names.get(place) ?? 0) + 1;
      names.set(place, count);
      const name = count === 1 ? `${stem}-*` : `${stem}-*.${count}`;
      // That one has ended says nothing of the next.
      const { status: _status, ...object } = first.object;
      const { uid: _itsUid, generateName: _generateName, ...metadata } = object.metadata;
      return [
        { program, found: { ref: { ...ref, name }, object: { ...object, metadata: { ...metadata, name } } }, members },
      ];
    });
}

function makerOf(found: FoundObject): { program: MadeByProgram["program"]; stem: string | undefined } | undefined {
  const { ref, object } = found;
  const labels = stringsOf(object.metadata.labels);
  const known = ref.kind === "Pod" ? programs.find(program => program.fits(labels)) : undefined;
  const { generateName } = object.metadata;
  const generated = typeof generateName === "string" ? generateName.replace(/[-.]+$/, "") : "";
  if (known) {
    const own = known.stem?.(labels) || generated || stemOf(ref.name, /\d+/);
    return { program: known, stem: own };
  }
  if (generated !== "") return { program: unknownProgram, stem: generated };
  const stem = stemOf(ref.name);
  return ref.kind === "Pod" && stem !== ref.name ? { program: unknownProgram, stem } : undefined;
}

/** What k8s.io/apimachinery pkg/util/rand makes names of, and hexadecimal ids with at least one digit. */
const unique = /^(?:[bcdfghjklmnpqrstvwxz2456789]{5}|[bcdfghjklmnpqrstvwxz2456789]{8,10}|(?=[a-f]*\d)[0-9a-f]{6,})$/;

/** A name without the last parts that make it unique. */
function stemOf(name: string, also?: RegExp): string {
  const parts = name.split("-");
  const isUnique = (part: string) =>
    unique.test(part) || (also !== undefined && new RegExp(`^(?:${also.source})$`).test(part));
  while (parts.length > 1 && isUnique(parts[parts.length - 1] ?? "")) parts.pop();
  return parts.join("-");
}

function isGenerated({ object }: FoundObject): boolean {
  return typeof object.metadata.generateName === "string" && object.metadata.generateName !== "";
}

function labelOf({ object }: FoundObject): string {
  return stringsOf(object.metadata.labels)[bindingLabel] ?? "";
}

function accountOf({ ref, object }: FoundObject): string {
  return ref.kind === "Pod" ? serviceAccountOf(object.spec as PodSpec | undefined) : "";
}
