import { type CollectionTag, type ScalarTag, Schema, type Tags } from "yaml";

const yaml11 = "tag:yaml.org,2002:";

// Left out of YAML 1.1: sigs.k8s.io/yaml (goyaml.v2, resolve.go) has no sexagesimal numbers, hands timestamps on as strings and
// knows no sets and ordered maps; merge keys are nodeValue.ts' business; and .inf and .nan end its conversion to JSON, so that a string is as good here.
function isRead(tag: ScalarTag | CollectionTag): boolean {
  if (["binary", "merge", "omap", "pairs", "set", "timestamp"].some(name => tag.tag === yaml11 + name)) return false;
  if (tag.tag === `${yaml11}float`) return tag.format === "EXP";
  return !("format" in tag && tag.format === "TIME");
}

// The library's own rule takes a lone "." for a number.
const float: ScalarTag = {
  tag: `${yaml11}float`,
  default: true,
  test: /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)$/,
  resolve: text => Number(text.replaceAll("_", "")),
};

function kubectlTags(tags: Tags): Tags {
  return [...tags.filter(tag => typeof tag === "string" || isRead(tag)), float];
}

/**
 * How kubectl reads scalars: YAML 1.1, where `on`, `yes` and `y` are booleans, `017` is octal and `1_000` a number. Checked
 * against sigs.k8s.io/yaml v1.6.0. One value for all documents, because making a Schema for each is slow.
 */
export const kubectlSchema: Schema = new Schema({
  schema: "yaml-1.1",
  merge: false,
  resolveKnownTags: false,
  customTags: kubectlTags,
});
