/* Making elements and words. Nothing from the data ever becomes markup: it is
 * only put into text nodes and attributes that hold text. */
const VERDICTS = {
	allowed: { mark: "✓", word: "allowed", says: "worked, and nothing was blocked" },
	blocked: { mark: "✕", word: "blocked", says: "was tried and never worked" },
	partial: { mark: "◐", word: "partial", says: "works for some clients, addresses or times only" },
	inconclusive: { mark: "?", word: "inconclusive", says: "was tried, and what was seen decides nothing" },
	unseen: { mark: "–", word: "unseen", says: "was not tried: that is no sign that it works" },
};
const FUNCTIONS = {
	working: { mark: "✓", word: "works", like: "allowed" },
	degraded: { mark: "◐", word: "degraded", like: "partial" },
	broken: { mark: "✕", word: "broken", like: "blocked" },
	unknown: { mark: "–", word: "unknown", like: "unseen" },
};

function $(id) {
	return document.getElementById(id);
}

/* el("td", {class: "x", onclick: f}, "text", element, …) */
function el(tag, attributes, ...children) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {})) {
		if (name.startsWith("on"))
			e.addEventListener(name.slice(2), value);
		else if (value !== false && value !== null && value !== undefined)
			e.setAttribute(name, value === true ? "" : value);
	}
	e.append(...children.filter((child) => child !== null && child !== undefined));
	return e;
}

/* A name from the network: its direction of writing ends with it. */
function name(text) {
	return el("bdi", { class: "name" }, text);
}

function badge(kind, entry) {
	return el("span", { class: "badge " + kind }, el("span", { "aria-hidden": "true" }, entry.mark), " " + entry.word);
}

function verdictBadge(verdict) {
	return badge(verdict, VERDICTS[verdict]);
}

const numbers = new Intl.NumberFormat("en");

function count(n, one, many) {
	return numbers.format(n) + " " + (n === 1 ? one : many || one + "s");
}

/* "" for times that no calendar has: a capture may say anything. */
function isoTime(us) {
	const date = new Date(us / 1000);
	return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}

function timeText(us) {
	return us ? isoTime(us).replace("T", " ").replace(/\.\d+Z$/, "") || "no time of this world" : "";
}

function time(us) {
	return us ? el("time", { datetime: isoTime(us) || null }, timeText(us)) : "";
}

function spanText(us) {
	const s = us / 1e6;
	if (s < 120)
		return (s < 10 && s % 1 ? s.toFixed(1) : Math.round(s)) + " s";
	if (s < 7200)
		return Math.round(s / 60) + " minutes";
	return s < 172800 ? Math.round(s / 3600) + " hours" : Math.round(s / 86400) + " days";
}

/* The first names with commas, and how many more of `all` there are. */
function someNames(list, all, most) {
	const parts = [];
	list.slice(0, most).forEach((text, i) => parts.push(i ? ", " : "", name(text)));
	if (all > Math.min(most, list.length))
		parts.push(" and " + numbers.format(all - Math.min(most, list.length)) + " more");
	return parts;
}

function endpoint(host, port, transport) {
	return [name(host), el("span", { class: "port" }, port ? ":" + port : "", transport ? el("span", { class: "quiet" }, "/" + transport) : "")];
}

function more(n, what) {
	return n ? el("p", { class: "quiet" }, "… and " + count(n, what) + " more, which had no room in this page: rulegap report -d DB -f json has all.") : null;
}

function nothing(text) {
	return el("p", { class: "quiet empty" }, text);
}

/* A heading stands over its numbers as they do: at the right. */
function headingOf(text, i, row) {
	const cell = row ? row.children[i] : null;
	return el("th", { scope: "col", class: cell && cell.classList.contains("number") ? "number" : null }, text);
}

function tableOf(caption, headings, rows) {
	const whole = rows.find((row) => row.children.length === headings.length);
	return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
		el("table", {}, el("caption", { class: "hidden" }, caption),
			el("thead", {}, el("tr", {}, ...headings.map((text, i) => headingOf(text, i, whole)))),
			el("tbody", {}, ...rows)));
}

/* A list that is shown piece by piece: make(item) for each of the first `most`, then a button. */
function piecewise(parent, items, most, what, make) {
	let shown = 0;
	const button = el("button", { type: "button", class: "more", onclick: () => show(most * 4) });
	function show(n) {
		const first = shown;
		items.slice(shown, shown + n).forEach((item) => parent.append(make(item)));
		shown = Math.min(items.length, shown + n);
		button.textContent = "Show more (" + count(items.length - shown, what) + " left)";
		button.hidden = shown >= items.length;
		if (first && parent.children[first])
			(parent.children[first].querySelector("button, a, summary") || button).focus();
	}
	show(most);
	return button;
}

async function copyText(text, what) {
	try {
		await navigator.clipboard.writeText(text);
	} catch (refused) { /* an old browser, or a page that is not trusted with the clipboard */
		const area = el("textarea", { class: "hidden", readonly: true });
		area.value = text;
		document.body.append(area);
		area.select();
		const done = document.execCommand("copy");
		area.remove();
		if (!done)
			what = "The browser does not allow copying";
	}
	$("copied").textContent = what;
	$("copied").classList.add("shown");
	setTimeout(() => $("copied").classList.remove("shown"), 2500);
}
