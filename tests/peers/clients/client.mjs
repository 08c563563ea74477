// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Node's fetch: see test_languages.py.
import { createHash } from "node:crypto";

const [url, half] = process.argv.slice(2);

async function ask(path, headers) {
	const reply = await fetch(url + path, { headers });
	const content = Buffer.from(await reply.arrayBuffer());
	return [reply, createHash("sha256").update(content).digest("hex")];
}

const [whole, digest] = await ask("/big", {});
console.log(whole.status, digest);
const [rest, restDigest] = await ask("/big", {
	Range: `bytes=${half}-`,
	"If-Range": whole.headers.get("etag"),
});
console.log(rest.status, restDigest);
const [same] = await ask("/big", { "If-None-Match": whole.headers.get("etag") });
console.log(same.status);
const [query] = await ask("/page.html?a[]=1&b={2}|3&q=50%", {});
console.log(query.status);
