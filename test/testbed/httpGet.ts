import { get as getPlain } from "node:http";
import { get as getOverTls } from "node:https";

/** The answer to a GET; undefined from `httpGet` when nothing listens at the address yet. */
export interface HttpAnswer {
  status: number;
  body: string;
}

/** How to trust and be trusted: the CA of the server's certificate, as PEM, and a bearer token. */
export interface HttpGetOptions {
  ca?: string;
  token?: string;
}

const notYetListening = new Set(["ECONNREFUSED", "ECONNRESET"]);

/** One GET over http or https with a CA of the caller's, which Node's `fetch` cannot take. */
export function httpGet(url: string, options: HttpGetOptions = {}): Promise<HttpAnswer | undefined> {
  const get = url.startsWith("https:") ? getOverTls : getPlain;
  const headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
  return new Promise((resolve, reject) => {
    const request = get(url, { ca: options.ca, headers, agent: false }, response => {
      let body = "";
      response.setEncoding("utf8").on("data", chunk => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      if (notYetListening.has(error.code ?? "")) resolve(undefined);
      else reject(error);
    });
  });
}
