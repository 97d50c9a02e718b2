/* Incidents, a page of them at a time, each with its packets. */
const INCIDENTS_PAGE = 50;
let incidentPage = 0, incidentList = [];
const SIDE_CLIENT = 0, SIDE_FAR = 1;

/* The packets of an incident: who said what to whom, and when. */
function ladder(incident) {
	const packets = report.ladderOf.get(incident.id);
	const command = "rulegap evidence -d DB " + incident.id + " -w incident-" + incident.id + ".pcapng";
	const file = el("p", { class: "quiet" }, "As a capture file: ", el("code", {}, command));
	if (!packets)
		return incident.packets ? el("div", {}, nothing(count(incident.packets, "packet") + " kept; they had no room in this page."), file)
			: nothing("No packets were kept of it.");
	const started = packets[0][1];
	const far = incident.address || "the other side";
	const rows = [];
	let attempt = 0, last = 0;
	for (const [number, at, side, length, peer, said] of packets) {
		if (number !== attempt) {
			attempt = number;
			last = at;
			rows.push(el("tr", { class: "group" }, el("th", { colspan: 5, scope: "colgroup" }, "Attempt " + number + ", " + timeText(at) + " UTC")));
		}
		rows.push(ladderRow(at - started, at - last, side, length, textOf(peer), textOf(said)));
		last = at;
	}
	const left = incident.packets - packets.length;
	return el("div", { class: "ladder" },
		tableOf("Packets of incident " + incident.id, ["Time (s)", "After (s)", el("span", {}, "Client ", name(incident.client)),
			el("span", { class: "hidden" }, "Direction"), el("span", {}, "Far side ", name(far))], rows),
		left > 0 ? el("p", { class: "quiet" }, "… and " + count(left, "packet") + " more.") : "", file);
}

function ladderRow(at, after, side, length, peer, said) {
	const text = el("span", {}, el("bdi", {}, said), peer ? el("span", { class: "quiet" }, (side === SIDE_CLIENT ? " to " : " from "), name(peer)) : "");
	const arrow = side === SIDE_CLIENT ? ["→", "sent by the client"] : side === SIDE_FAR ? ["←", "sent to the client"] : ["·", "direction not known"];
	const silence = after > 900000 ? "silence" : "";
	return el("tr", { class: side === SIDE_FAR ? "far" : "near" },
		el("td", { class: "number" }, (at / 1e6).toFixed(6)), el("td", { class: "number " + silence }, "+" + (after / 1e6).toFixed(3)),
		el("td", { title: length + " bytes" }, side === SIDE_FAR ? "" : text),
		el("td", { class: "arrow" }, el("span", { "aria-hidden": "true" }, arrow[0]), el("span", { class: "hidden" }, arrow[1])),
		el("td", { title: length + " bytes" }, side === SIDE_FAR ? text : ""));
}

function incidentFacts(i) {
	return el("dl", { class: "facts" },
		...(i.proofs.length ? fact("Grounds", el("ul", {}, ...i.proofs.map((proof) => el("li", {}, el("bdi", {}, proof))))) : []),
		...fact("Seen", i.detail ? el("bdi", {}, i.detail) : i.signature, "; ", time(i.first), " to ", time(i.last), " UTC"),
		...fact("Rule", i.rule ? name(i.rule) : "none: not on the list"),
		...fact("Address", i.address ? name(i.address) : "none", i.attributed_by ? " (named by " + i.attributed_by + ")" : ""),
		...(i.blocker ? fact("Blocked by", name(i.blocker)) : []),
		...(HINTS[i.hint] ? fact("Hint", HINTS[i.hint]) : []),
		...(i.community_ids.length ? fact("Community ID", ...someNames(i.community_ids, i.community_n, 4)) : []));
}

function incidentRows(i) {
	const id = "incident-" + i.id;
	const open = filter.incident === i.id;
	const button = el("button", { type: "button", class: "expand", "aria-expanded": String(open), "aria-controls": id, "data-incident": i.id },
		el("span", { class: "mark", "aria-hidden": "true" }, "▸"), el("span", {}, "#" + i.id), el("span", { class: "hidden" }, " details"));
	const row = el("tr", { class: open ? "open" : "" }, el("td", { class: "short" }, button), el("td", {}, time(i.first)), el("td", { class: "short" }, name(i.client)),
		el("td", { class: "long" }, ...endpoint(i.host || i.address, i.port, i.transport)),
		el("td", { class: "long" }, el("bdi", {}, report.storyOf.get(i.signature) || i.signature), el("span", { class: "quiet" }, " " + i.signature + (i.detail ? ": " : "")),
			el("bdi", { class: "quiet" }, i.detail)),
		el("td", { class: "short" }, i.confidence), el("td", { class: "number" }, numbers.format(i.attempts)));
	const inside = el("td", { colspan: 7 });
	const detail = el("tr", { class: "detail", id, hidden: !open }, inside);
	const fill = () => inside.children.length || inside.append(incidentFacts(i), ladder(i));
	if (open)
		fill();
	button.addEventListener("click", () => {
		detail.hidden = !detail.hidden;
		row.classList.toggle("open", !detail.hidden);
		button.setAttribute("aria-expanded", String(!detail.hidden));
		fill();
		filter.incident = detail.hidden ? 0 : i.id;
		filterToAddress();
	});
	return [row, detail];
}

function turnPage(to) {
	incidentPage = to;
	showIncidentPage();
	$("incidents").focus();
	$("incidents").scrollIntoView();
}

function showIncidentPage() {
	const pages = Math.ceil(incidentList.length / INCIDENTS_PAGE);
	incidentPage = Math.max(0, Math.min(incidentPage, pages - 1));
	const first = incidentPage * INCIDENTS_PAGE;
	const shown = incidentList.slice(first, first + INCIDENTS_PAGE);
	if (!shown.length) {
		$("incidents-body").replaceChildren(nothing(report.incidents.length ? "No incident matches the filters." : "No incident."));
		return;
	}
	const pager = pages > 1 ? el("nav", { class: "pager", "aria-label": "Pages of incidents" },
		el("button", { type: "button", disabled: incidentPage === 0, onclick: () => turnPage(incidentPage - 1) }, "Earlier"),
		el("span", {}, numbers.format(first + 1) + "–" + numbers.format(first + shown.length) + " of " + numbers.format(incidentList.length)),
		el("button", { type: "button", disabled: incidentPage === pages - 1, onclick: () => turnPage(incidentPage + 1) }, "Later")) : "";
	$("incidents-body").replaceChildren(
		tableOf("Incidents", ["No.", "First seen (UTC)", "Client", "Endpoint", "What was seen", "Confidence", "Attempts"],
			shown.flatMap(incidentRows)), pager, more(report.incidents.more, "incident") || "");
}

function renderIncidents() {
	incidentList = report.incidents.filter(wantsIncident);
	const at = filter.incident ? incidentList.findIndex((i) => i.id === filter.incident) : -1;
	incidentPage = at >= 0 ? Math.floor(at / INCIDENTS_PAGE) : 0;
	showIncidentPage();
	return incidentList.length;
}
