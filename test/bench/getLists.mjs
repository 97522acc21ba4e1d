// Gets whole lists in pages, six lists at a time, parses each page as one JSON text, and does nothing with what it gets.
// Arguments: a kubeconfig with a token, then the paths of the lists.
import { readFile } from "node:fs/promises";
import { Agent, get } from "node:https";
import { buffer } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { parse } from "yaml";

const [kubeconfig = "", ...lists] = process.argv.slice(2);
const { clusters, users } = parse(await readFile(kubeconfig, "utf8"));
const { server, "certificate-authority-data": ca } = clusters[0].cluster;
const headers = { Authorization: `Bearer ${users[0].user.token}`, "Accept-Encoding": "gzip" };
const agent = new Agent({ keepAlive: true, ca: Buffer.from(ca, "base64") });

async function page(path, token) {
  const query = new URLSearchParams({ limit: "500", ...(token ? { continue: token } : {}) });
  const answer = await new Promise((resolve, reject) => {
    get(`${server}${path}?${query}`, { agent, headers }, resolve).on("error", reject);
  });
  if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`);
  const isPacked = answer.headers["content-encoding"] === "gzip";
  const body = await buffer(isPacked ? answer.pipe(createGunzip({ chunkSize: 256 * 1024 })) : answer);
  return JSON.parse(body.toString());
}

async function getOne() {
  for (let path = lists.shift(); path !== undefined; path = lists.shift()) {
    let token;
    do token = (await page(path, token)).metadata.continue;
    while (token);
  }
}

await Promise.all(Array.from({ length: 6 }, getOne));
agent.destroy();
