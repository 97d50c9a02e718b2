/* The changes that somebody has to make. */
const HINTS = {
	"address-drift": "Other addresses of the name pass: refresh the firewall's name object.",
	"state-timeout": "It happens to idle connections: raise the firewall's session time-out.",
	"path-mtu": "Only full-size packets are lost: look at the path MTU.",
};

/* The text that is copied into a ticket. */
function requestText(m) {
	const list = (names, all) => names.join(", ") + (all > names.length ? " and " + (all - names.length) + " more" : "");
	const surest = surestIncident(m);
	const lines = [
		"Firewall change request: " + m.action,
		"",
		"Severity:    " + m.severity + " (confidence " + m.confidence + ")",
		"Where:       " + m.place,
		"From:        " + list(m.from, m.from_n),
		"To:          " + m.host + (m.addresses.length ? " (" + list(m.addresses, m.address_n) + ")" : ""),
	];
	if (m.port)
		lines.push("Port:        " + m.port + "/" + m.transport);
	lines.push("Why:         " + m.why, "Seen:        " + timeText(m.first) + " to " + timeText(m.last) + " UTC, " +
		count(m.attempts, "failed attempt"), "Signature:   " + m.signature);
	if (m.blocker)
		lines.push("Blocked by:  " + m.blocker);
	if (HINTS[m.hint])
		lines.push("Hint:        " + HINTS[m.hint]);
	(surest ? surest.proofs : []).forEach((proof, i) => lines.push((i ? "             " : "Evidence:    ") + proof));
	lines.push("Incidents:   " + list(m.incidents.map(String), m.incident_n), "List rules:  " + list(m.rules, m.rule_n), "");
	return lines.join("\n");
}

function surestIncident(m) {
	const rank = { low: 0, medium: 1, high: 2 };
	let best = null;
	for (const id of m.incidents) {
		const i = report.incidentById.get(id);
		if (i && (!best || rank[i.confidence] > rank[best.confidence]))
			best = i;
	}
	return best;
}

function fact(term, ...description) {
	return [el("dt", {}, term), el("dd", {}, ...description)];
}

function missingEvidence(m) {
	const details = el("details", { class: "evidence" }, el("summary", {}, "Evidence"));
	details.fill = () => details.children.length > 1 || details.append(evidenceBody(m));
	details.addEventListener("toggle", () => details.open && details.fill());
	return details;
}

function evidenceBody(m) {
	const surest = surestIncident(m);
	const body = el("div", {});
	if (surest)
		body.append(incidentFacts(surest), ladder(surest));
	else
		body.append(nothing("Its incidents had no room in this page: rulegap incidents -d DB prints them."));
	return body;
}

function missingCard(m) {
	const critical = m.severity === "critical";
	const buttons = el("p", { class: "buttons" },
		el("button", { type: "button", onclick: () => copyText(requestText(m), "Copied the request: " + m.action) }, "Copy change request"));
	const incidents = el("button", { type: "button", class: "link", onclick: () => showIncidents(m) },
		"Show " + count(m.incident_n, "incident"));
	buttons.append(" ", incidents);
	return el("article", { class: "card " + m.severity },
		el("h3", {}, badge(critical ? "blocked" : "partial", { mark: critical ? "✕" : "◐", word: m.severity }), " ", name(m.action)),
		el("p", {}, el("bdi", {}, m.why)),
		el("dl", { class: "facts" },
			...fact("From", ...someNames(m.from, m.from_n, 8)),
			...fact("To", ...endpoint(m.host, m.port, m.transport),
				...(m.addresses.length ? [" (", ...someNames(m.addresses, m.address_n, 4), ")"] : [])),
			...(m.names.length > 1 ? fact("Names tried", ...someNames(m.names, m.name_n, 6)) : []),
			...fact("Where", m.place + (m.blocker ? ": " : ""), m.blocker ? name(m.blocker) : ""),
			...fact("Confidence", m.confidence + " (" + m.signature + ")"),
			...fact("Seen", time(m.first), " to ", time(m.last), " UTC, " + count(m.attempts, "failed attempt")),
			...(HINTS[m.hint] ? fact("Hint", HINTS[m.hint]) : []),
			...(m.rules.length > 1 || m.rules[0] ? fact("List rules", ...someNames(m.rules, m.rule_n, 4)) : [])),
		missingEvidence(m), buttons);
}

function showIncidents(m) {
	const surest = surestIncident(m);
	setFilter({ rule: m.rules.length === 1 ? m.rules[0] : "", text: m.rules.length === 1 ? "" : m.host,
		incident: surest ? surest.id : 0 });
	$("incidents").scrollIntoView();
	$("incidents").focus({ preventScroll: true });
}

function renderMissing() {
	const list = report.missing.filter(wantsMissing);
	const cards = el("div", { class: "cards" });
	const button = piecewise(cards, list, 40, "change", missingCard);
	const none = report.missing.length ? "None of the missing rules matches the filters."
		: "Nothing is missing in what was seen. What was not tried is not known to work.";
	$("missing-body").replaceChildren(list.length ? cards : nothing(none), button, more(report.missing.more, "change") || "");
	$("copy-all").hidden = list.length < 2;
	$("copy-all").onclick = () => copyText(list.map(requestText).join("\n---\n\n"), "Copied " + count(list.length, "request"));
	return list.length;
}
