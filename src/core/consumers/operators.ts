import type { ConsumerView } from "./consumer.ts";
import { type Controller, type ControllerShape, controllersOf, imagePathOf } from "./controllers.ts";

/** The programs that ask for tokens on behalf of objects. */
export interface Operators {
  /** Those whose pods are on pod identity or on workload identity. */
  controllers: Controller[];
  /** `others`: the program runs here, but its pods are on neither: they have the node's identity, or none. */
  seen: "controllers" | "others" | "nowhere";
}

export function operatorsOf(view: ConsumerView, shape: ControllerShape): Operators {
  const controllers = controllersOf(view, shape);
  if (controllers.length > 0) return { controllers, seen: "controllers" };
  const isSeen = view.workloads.some(({ templates }) =>
    templates.some(({ spec }) => spec?.containers?.some(({ image }) => shape.image.test(imagePathOf(image)))),
  );
  return { controllers, seen: isSeen ? "others" : "nowhere" };
}

/** `migrated` once the pods of all of them are labelled for workload identity. */
export function stateOf({ controllers }: Operators): "legacy" | "migrated" {
  return controllers.length > 0 && controllers.every(one => one.state === "migrated") ? "migrated" : "legacy";
}

/** What a use says of those that ask for its tokens. */
export function askedBy({ controllers }: Operators) {
  const version = controllers.find(one => one.version !== undefined)?.version;
  return { askedBy: controllers.map(one => one.ref), ...(version === undefined ? {} : { version }) };
}
