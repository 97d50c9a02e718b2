/* rulegap serve, from start to end. */
"use strict";
const { test, before, after } = require("node:test");
const assert = require("node:assert/strict");
const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const { inFolder, make, launch, open } = require("./common.js");

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });

/* A server over a database of its own; stop() gives its exit status. */
async function serve(name, ...words) {
	const database = make("plain", inFolder(name + ".db"));
	const child = spawn(process.env.RULEGAP, ["serve", "-d", database, "--listen", "127.0.0.1:0", ...words], { stdio: ["ignore", "ignore", "pipe"] });
	const ended = new Promise((done) => child.on("exit", (status, signal) => done(signal || status)));
	const url = await new Promise((done, fail) => {
		let said = "";
		child.stderr.on("data", (bytes) => {
			said += bytes;
			const found = /serving (http:\/\/[^/]*\/)/.exec(said);
			if (found)
				done(found[1]);
		});
		child.on("exit", () => fail(new Error("it ended: " + said)));
	});
	const stop = (signal = "SIGTERM") => {
		child.kill(signal);
		return ended;
	};
	return { url, database, stop };
}

function ask(url, options = {}) {
	return new Promise((done, fail) => {
		const request = http.request(url, options, (answer) => {
			let body = "";
			answer.setEncoding("utf-8").on("data", (text) => { body += text; }).on("end", () => done({ status: answer.statusCode, headers: answer.headers, body }));
		});
		request.on("error", fail).end(options.body);
	});
}

test("the page shows the database, and what is written later", async () => {
	const s = await serve("live");
	const { page, context, noise, requests } = await open(browser, s.url);
	assert.equal(await page.locator("#filter-said").innerText(), "2 missing rules, 4 rules and 2 incidents in all.");
	await page.waitForFunction(() => document.getElementById("live").textContent === "live");
	await page.locator("button.expand").first().focus();
	make("more", s.database);
	await page.waitForFunction(() => /3 incidents/.test(document.getElementById("filter-said").textContent), null, { timeout: 20000 });
	assert.equal(await page.evaluate(() => document.activeElement.dataset.incident), "1");
	assert.deepEqual(noise, []);
	assert.deepEqual([...new Set(requests)].sort(), [s.url, s.url + "page.json"]);
	assert.equal(await s.stop(), 0);
	await page.waitForFunction(() => document.getElementById("live").textContent === "no connection", null, { timeout: 20000 });
	await context.close();
});

test("only its own names are answered, only GET and HEAD, with headers that keep others out", async () => {
	const s = await serve("access");
	for (const host of ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "192.0.2.1", "127.0.0.1:80x", "[::1"])
		assert.equal((await ask(s.url + "report.json", { headers: { host } })).status, 421, host);
	for (const host of ["localhost", "LOCALHOST:8321", "127.0.0.1", "127.0.0.1:1", "[::1]:8321"])
		assert.equal((await ask(s.url + "report.json", { headers: { host } })).status, 200, host);
	for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"]) {
		const answer = await ask(s.url, { method });
		assert.equal(answer.status, 405, method);
		assert.equal(answer.headers.allow, "GET, HEAD");
	}
	const head = await ask(s.url, { method: "HEAD" });
	assert.equal(head.status, 200);
	assert.equal(head.body, "");
	assert.match(head.headers["content-security-policy"], /^default-src 'none'; script-src 'sha256-.*connect-src 'self';.*frame-ancestors 'none'$/);
	assert.equal(head.headers["x-content-type-options"], "nosniff");
	assert.equal(head.headers["x-frame-options"], "DENY");
	assert.equal((await ask(s.url + "../../etc/passwd")).status, 404);
	assert.equal(await s.stop("SIGINT"), 0);
});

test("the report, the numbers and the health are there for programs", async () => {
	const s = await serve("programs");
	const report = JSON.parse((await ask(s.url + "report.json")).body);
	assert.equal(report.schema, "rulegap/report/1");
	assert.equal(report.missing.length, 2);
	const metrics = (await ask(s.url + "metrics")).body;
	assert.match(metrics, /^rulegap_attempts_total\{list="Example",group="cdn",transport="tcp",verdict="blocked"\} 6$/m);
	assert.match(metrics, /^rulegap_missing_rules\{list="Example",need="critical"\} 2$/m);
	assert.match(metrics, /^rulegap_capture_packets_total\{interface="a.pcap",kind="file"\} 100$/m);
	assert.doesNotMatch(metrics, /10\.0\.0\.|\.example/);
	for (const line of metrics.trim().split("\n"))
		assert.match(line, /^(# (HELP|TYPE) rulegap_\w+ .+|rulegap_\w+(\{(\w+="[^"]*",?)*\})? -?[0-9.]+)$/);
	assert.deepEqual((await ask(s.url + "healthz")).body, "ok\n");
	const first = await ask(s.url + "page.json");
	assert.equal((await ask(s.url + "page.json", { headers: { "if-none-match": first.headers.etag } })).status, 304);
	fs.renameSync(s.database, s.database + ".away");
	for (let n = 0; n < 40 && (await ask(s.url + "healthz")).status === 200; n++)
		await new Promise((done) => setTimeout(done, 250));
	assert.equal((await ask(s.url + "healthz")).status, 503);
	assert.equal((await ask(s.url + "report.json")).status, 200);
	assert.equal(await s.stop(), 0);
});

test("with a token nothing is told without it", async () => {
	const token = "0123456789abcdefXYZ-_.~";
	fs.writeFileSync(inFolder("token"), token + "\n");
	const s = await serve("token", "--token", inFolder("token"));
	for (const where of ["", "page.json", "report.json", "metrics", "?token=wrong", "?token=" + token + "x", "?token=" + token.slice(0, -1)])
		assert.equal((await ask(s.url + where)).status, 401, where);
	assert.equal((await ask(s.url + "metrics", { headers: { authorization: "Bearer " + token } })).status, 200);
	const { page, context, noise } = await open(browser, s.url + "?token=" + token);
	assert.equal(page.url(), s.url);
	assert.equal(await page.locator("article.card").count(), 2);
	assert.equal(await page.evaluate(() => document.cookie), "");
	assert.deepEqual(noise, []);
	await context.close();
	assert.equal(await s.stop(), 0);
});

test("an address that others reach needs a token, and a wrong address is said", () => {
	const database = make("plain", inFolder("refused.db"));
	for (const [listen, says] of [["0.0.0.0:0", /--token/], ["[::]:0", /--token/], ["203.0.113.1:80", /--token/], ["127.0.0.1", /ADDR:PORT/],
		["localhost:80", /address/], ["127.0.0.1:70000", /address/], ["::1:80", /address/]]) {
		const r = spawnSync(process.env.RULEGAP, ["serve", "-d", database, "--listen", listen], { encoding: "utf-8", timeout: 10000 });
		assert.equal(r.status, 2, listen);
		assert.match(r.stderr, says);
	}
	assert.equal(spawnSync(process.env.RULEGAP, ["serve", "-d", inFolder("none.db")], { timeout: 10000 }).status, 2);
});

test("many idle connections do not keep others out for long, and it ends all the same", async () => {
	const s = await serve("idle");
	const port = Number(new URL(s.url).port);
	const sockets = [];
	for (let n = 0; n < 100; n++)
		sockets.push(net.connect(port, "127.0.0.1").on("error", () => {}));
	await new Promise((done) => setTimeout(done, 500));
	sockets.slice(0, 95).forEach((socket) => socket.destroy());
	await new Promise((done) => setTimeout(done, 500));
	assert.equal((await ask(s.url + "healthz")).status, 200);
	assert.equal(await s.stop(), 0);
	sockets.forEach((socket) => socket.destroy());
});
