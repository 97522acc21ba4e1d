/** The three clouds of Microsoft, by the endings of their hosts (cloud tables of Azure's documentation). */
const endings: readonly (readonly [cloud: string, ending: RegExp])[] = [
  [
    "usgovernment",
    /\.(microsoftonline|microsoft|azure|usgovcloudapi|windowsazure|microsoftazure)\.us$|\.usgovcloudapi\.net$/,
  ],
  ["china", /\.(chinacloudapi|azure|microsoftonline|windowsazure)\.cn$/],
  ["public", /\.(microsoftonline|azure|windowsazure|microsoft)\.com$|\.(windows|azure)\.net$/],
];

/** Which of Microsoft's clouds a URL belongs to; undefined for one that belongs to none, as of Azure Stack. */
function cloudOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return endings.find(([, ending]) => ending.test(`.${hostname}`))?.[0];
}

/** Whether two URLs are of two of Microsoft's clouds. */
export function areOfTwoClouds(a: string, b: string): boolean {
  const [one, other] = [cloudOf(a), cloudOf(b)];
  return one !== undefined && other !== undefined && one !== other;
}

/** Whether two URLs are known to be of different clouds, or of hosts that no table knows and that differ. */
export function isOtherCloud(a: string, b: string): boolean {
  if (!URL.canParse(a) || !URL.canParse(b)) return a !== b;
  if (new URL(a).host === new URL(b).host) return false;
  const [one, other] = [cloudOf(a), cloudOf(b)];
  return one === undefined || one !== other;
}
