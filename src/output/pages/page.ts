/** What `explain CODE` says of a code wherever it occurs: one or two sentences each, in plain text. */
export interface Page {
  what: string;
  why: string;
  todo: string;
  /** Where the rule comes from: a file and function of a repository, or the address of a documentation page. */
  source: string;
}
