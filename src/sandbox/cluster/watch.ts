import { apiVersionOf } from "./catalogue.ts";
import { selection } from "./lists.ts";
import type { KubernetesObject } from "./object.ts";
import type { ResourcePath } from "./path.ts";
import { expired } from "./status.ts";
import { type Change, inNamespace, type Storage } from "./storage.ts";

/**
 * Sends the events of a watch: first what happened since the resourceVersion that the query names (without one: every object
 * as ADDED), then every change as it comes, until the returned function is called. A resourceVersion that is too old is
 * answered by an ERROR event with the Status of 410, as the API server does; then nothing follows and undefined is returned.
 */
export function watch(
  storage: Storage,
  path: ResourcePath,
  query: URLSearchParams,
  send: (event: { type: string; object: object }) => void,
): (() => void) | undefined {
  const { kind, namespace, name } = path;
  const selectedByQuery = selection(kind, query);
  const selected = (object: KubernetesObject | undefined) =>
    object !== undefined && (name === undefined || object.metadata.name === name) && selectedByQuery(object);
  const sendObject = (type: string, object: KubernetesObject) =>
    send({ type, object: { ...object, apiVersion: apiVersionOf(kind) } });

  const sendChange = (change: Change) => {
    if (change.kind.plural !== kind.plural || change.kind.group !== kind.group) return;
    if (!inNamespace(change.key, namespace)) return;
    const before = selected(change.previous);
    const after = change.type !== "DELETED" && selected(change.object);
    if (before && after) sendObject("MODIFIED", change.object);
    else if (after) sendObject("ADDED", change.object);
    else if (before) sendObject("DELETED", change.object);
  };

  const since = query.get("resourceVersion") ?? "";
  if (since === "" || since === "0") {
    for (const object of storage.list(kind, namespace)) if (selected(object)) sendObject("ADDED", object);
  } else if (Number(since) < storage.compactedResourceVersion) {
    const tooOld = expired(`too old resource version: ${since} (${storage.compactedResourceVersion})`);
    send({ type: "ERROR", object: tooOld.status });
    return undefined;
  } else {
    for (const change of storage.changesAfter(kind, Number(since))) sendChange(change);
  }
  return storage.subscribe(sendChange);
}
