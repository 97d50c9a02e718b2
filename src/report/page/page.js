/* The page: what is drawn, and where the data comes from. */
function renderHead() {
	const lists = report.lists.map((list) => [list.name, list.version].filter(Boolean).join(" ")).join(", ");
	$("title").replaceChildren("Firewall rules report", lists ? ": " : "", el("bdi", {}, lists));
	document.title = (report.missing.length ? report.missing.length + " missing – " : "") + "rulegap report" + (lists ? " – " + lists : "");
	$("headline").textContent = report.headline + ".";
	$("period").replaceChildren(...(report.first ? ["Seen from ", time(report.first), " to ", time(report.last), " UTC in " +
		count(report.packets, "packet") + "."] : ["No packets were seen."]));
	$("tally").replaceChildren(...Object.entries(VERDICTS).map(([verdict, entry]) => el("li", {},
		el("button", { type: "button", class: "tile " + verdict, title: "Show what " + entry.says, onclick: () => setFilter({ verdict: filter.verdict === verdict ? "" : verdict }) },
			el("span", { class: "big" }, numbers.format(report.verdicts[verdict])), el("span", {}, el("span", { "aria-hidden": "true" }, entry.mark + " "), entry.word)))));
	const warnings = report.notices.filter((n) => n.level !== "info").length;
	$("incomplete").hidden = !report.incomplete;
	$("incomplete").replaceChildren("The answer is incomplete: see ", el("a", { href: "#notices", onclick: (e) => {
		e.preventDefault();
		$("notices").scrollIntoView();
	} }, "the " + count(warnings, "notice")), ".");
	$("foot").textContent = "Made by rulegap " + report.version + ". All times are UTC. Charts by uPlot 1.6.32 (MIT licence).";
}

function render() {
	const missing = renderMissing(), rules = renderMatrix();
	renderTimeline();
	const incidents = renderIncidents();
	renderGroups();
	renderCalls();
	renderUnlisted();
	$("filter-said").textContent = count(missing, "missing rule") + ", " + count(rules, "rule") + " and " + count(incidents, "incident") +
		(isFiltered() ? " match." : " in all.");
}

function showAll() {
	fillFilters();
	renderHead();
	renderNotices();
	renderHealth();
	render();
	document.documentElement.dataset.ready = "true";
	performance.mark("rulegap-ready");
}

/* What has the focus is made anew by a render: find its successor. */
function keepFocus(work) {
	const had = document.activeElement;
	const key = had && had.dataset ? ["incident", "rule"].find((k) => had.dataset[k]) : null;
	const value = key && had.dataset[key];
	const at = [window.scrollX, window.scrollY];
	work();
	window.scrollTo(...at);
	if (key)
		for (const e of document.querySelectorAll("[data-" + key + "]"))
			if (e.dataset[key] === value)
				e.focus({ preventScroll: true });
}

const POLL_MS = 5000;
let liveTag = "";

/* Served: the data is asked for again and again; the server says when it is the same. */
async function poll() {
	try {
		const answer = await fetch("page.json", { cache: "no-store", headers: liveTag ? { "If-None-Match": liveTag } : {} });
		if (answer.status === 200) {
			liveTag = answer.headers.get("ETag") || "";
			decodeReport(await answer.json());
			keepFocus(showAll);
		}
		if (answer.status !== 200 && answer.status !== 304)
			throw new Error(answer.status);
		$("live").textContent = "live";
		$("live").className = "badge allowed";
	} catch (failed) {
		$("live").textContent = "no connection";
		$("live").className = "badge blocked";
	}
	setTimeout(poll, document.hidden ? POLL_MS * 6 : POLL_MS);
}

function openEvidence() {
	document.querySelectorAll("details.evidence:not([open])").forEach((details, i) => {
		if (i >= 40)
			return;
		details.dataset.printed = "true";
		details.fill();
		details.open = true;
	});
}

function closeEvidence() {
	document.querySelectorAll("details[data-printed]").forEach((details) => {
		details.open = false;
		delete details.dataset.printed;
	});
}

filterFromAddress();
watchFilters();
watchTimeline();
window.addEventListener("beforeprint", openEvidence);
window.addEventListener("afterprint", closeEvidence);
const given = JSON.parse($("data").textContent);
if (given) {
	decodeReport(given);
	showAll();
} else {
	poll();
}
