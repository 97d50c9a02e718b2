/* What the browser tests share: the program, databases, and a browser that
 * writes down everything a quiet page does not do. */
"use strict";
const { execFileSync, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const { chromium } = require(path.join(process.env.BROWSER_MODULES, "playwright-core"));
const axeSource = fs.readFileSync(path.join(process.env.BROWSER_MODULES, "axe-core", "axe.min.js"), "utf-8");
const source = path.resolve(__dirname, "..", "..");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rulegap-browser-"));
process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));

function inFolder(name) {
	return path.join(folder, name);
}

/* What it prints, and whether the answer is complete: with 3 it is not, but printed all the same. */
function run(...words) {
	const r = spawnSync(process.env.RULEGAP, words, { encoding: "utf-8", maxBuffer: 1 << 28, timeout: 120000 });
	if (r.status !== 0 && r.status !== 3)
		throw new Error("rulegap " + words.join(" ") + ": " + r.status + " " + r.stderr);
	return { text: r.stdout, complete: r.status === 0 };
}

function rulegap(...words) {
	return run(...words).text;
}

function make(kind, file) {
	execFileSync("python3", ["-B", path.join(__dirname, "make.py"), kind, file]);
	return file;
}

/* A database of make.py, its page and its report. */
function made(kind) {
	const database = inFolder(kind + ".db"), page = inFolder(kind + ".html");
	if (!fs.existsSync(page)) {
		make(kind, database);
		rulegap("report", "-d", database, "-f", "html", "-o", page);
	}
	return { database, page, url: "file://" + page, report: JSON.parse(rulegap("report", "-d", database, "-f", "json")) };
}

async function launch() {
	return chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
}

/* A page with a list of what it said, tried or asked for: all must stay empty. */
async function open(browser, url, options = {}) {
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
	const page = await context.newPage();
	const noise = [], requests = [];
	page.on("console", (m) => noise.push(m.type() + ": " + m.text()));
	page.on("pageerror", (e) => noise.push("error: " + e.message));
	page.on("dialog", (d) => {
		noise.push("dialog: " + d.message());
		d.dismiss();
	});
	page.on("request", (r) => requests.push(r.url()));
	await page.addInitScript(() => {
		document.addEventListener("securitypolicyviolation", (e) => console.error("policy: " + e.violatedDirective + " " + e.blockedURI));
	});
	await page.goto(url);
	await page.waitForSelector("html[data-ready]", { timeout: 30000 });
	return { page, context, noise, requests };
}

/* What axe finds, as lines. */
async function accessibility(page) {
	await page.evaluate(axeSource);
	const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
	return found.violations.map((v) => v.id + ": " + v.help + " (" + v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(", ") + ")");
}

module.exports = { source, inFolder, run, rulegap, make, made, launch, open, accessibility };
