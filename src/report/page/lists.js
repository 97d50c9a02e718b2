/* Groups, calls, names that stand on no list, notices, and the capture's health. */
function renderGroups() {
	const rows = report.groups.filter((group) => !filter.group || group.id === filter.group).map((group) => el("tr", {},
		el("th", { scope: "row" }, group.id, group.region ? el("span", { class: "quiet" }, " " + group.region) : ""),
		el("td", {}, badge((FUNCTIONS[group.function] || FUNCTIONS.unknown).like, FUNCTIONS[group.function] || FUNCTIONS.unknown)),
		el("td", {}, el("bdi", {}, group.why || group.description),
			group.symptom ? el("span", { class: "quiet" }, " ", el("bdi", {}, group.symptom)) : "",
			group.hosts_status && group.hosts_status !== "given" ? el("span", { class: "quiet" }, " The list does not name its hosts: ask the vendor.") : "")));
	$("groups-body").replaceChildren(rows.length ? tableOf("Groups and what works of them", ["Group", "For the user", "Why"], rows)
		: nothing("The list has no groups."), more(report.groups.more, "group") || "");
}

function renderCalls() {
	const calls = report.calls.filter((c) => (!filter.client || c.client === filter.client) && inTime(c.first, c.last) &&
		(!c.rule || wantsOneOf([c.rule])));
	$("calls-section").hidden = report.calls.length === 0;
	const shown = calls.slice(0, 200);
	$("calls-body").replaceChildren(shown.length ? tableOf("Calls", ["Started (UTC)", "Client", "Server", "Result", "Media packets out / in", "Server says"],
		shown.map((c) => el("tr", {}, el("td", {}, time(c.first)), el("td", { class: "short" }, name(c.client)),
			el("td", { class: "long" }, ...endpoint(c.host || c.server, c.port, c.transport)), el("td", {}, el("bdi", {}, c.result), c.relayed ? el("span", { class: "quiet" }, " relayed by ", name(c.relayed)) : ""),
			el("td", { class: "number" }, numbers.format(c.media_out) + " / " + numbers.format(c.media_in)),
			el("td", { class: "quiet" }, el("bdi", {}, [c.software, c.realm].filter(Boolean).join(", ")))))) : nothing("No call matches the filters."),
	more(calls.length - shown.length + report.calls.more, "call") || "");
}

function renderUnlisted() {
	$("unlisted-section").hidden = report.unlisted.length === 0;
	const list = report.unlisted.filter((u) => hasText(u, () => [u.host, u.seen_as]));
	const shown = list.slice(0, 200);
	$("unlisted-body").replaceChildren(el("p", { class: "quiet" }, "Names that the application led to, or that were blocked, and that the list does not have."),
		shown.length ? tableOf("Names that are not on the list", ["Host", "Seen as", "Ports", "Clients", "Verdict"], shown.map((u) => el("tr", {},
			el("th", { scope: "row" }, name(u.host)), el("td", {}, el("bdi", {}, u.seen_as)), el("td", {}, ...someNames(u.ports, u.port_n, 8)),
			el("td", { class: "number" }, numbers.format(u.clients)), el("td", {}, verdictBadge(u.verdict))))) : nothing("None matches the filters."),
		more(list.length - shown.length + report.unlisted.more, "name") || "");
}

function renderNotices() {
	const list = report.notices.map((n) => el("li", { class: n.level }, el("strong", {}, n.level + ": "), el("bdi", {}, n.text), " ",
		el("span", { class: "quiet" }, n.code)));
	$("notices-body").replaceChildren(list.length ? el("ul", { class: "notices" }, ...list) : nothing("Nothing stood in the way of the answer."),
		more(report.notices.more, "notice") || "");
}

function bytesText(n) {
	const units = ["bytes", "kB", "MB", "GB", "TB"];
	let at = 0;
	for (; n >= 10000 && at < units.length - 1; at++)
		n /= 1000;
	return numbers.format(Math.round(n)) + " " + units[at];
}

function renderHealth() {
	const number = (n) => el("td", { class: "number" }, n);
	const rows = report.sources.map((s) => el("tr", {}, el("th", { scope: "row" }, name(s.name)), el("td", {}, s.kind + (s.link_type ? ", " + s.link_type : "")),
		number(numbers.format(s.packets)), number(bytesText(s.bytes)), number(numbers.format(s.dropped)), number(numbers.format(s.truncated))));
	const health = report.dropped ? "warning" : "";
	$("health-body").replaceChildren(
		el("p", { class: health }, count(report.packets, "packet") + ", " + bytesText(report.bytes) + "; " + numbers.format(report.dropped) +
			" dropped, " + numbers.format(report.truncated) + " cut short by the capture."),
		rows.length ? tableOf("Sources", ["Source", "Kind", "Packets", "Bytes", "Dropped", "Cut"], rows) : "", more(report.sources.more, "source") || "");
}
