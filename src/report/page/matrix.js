/* Endpoints × ports: one cell a rule. */
const PORTS_MOST = 12; /* more columns than that nobody reads: then a plain list */
const ROWS_MOST = 150;

function cellTitle(rule, verdict) {
	const n = filter.client ? rule.byClient.get(filter.client) : rule;
	const tried = n ? " — " + n.ok + " ok, " + n.failed + " failed, " + n.undecided + " inconclusive" : "";
	return rule.id + ": " + VERDICTS[verdict].says + tried + (rule.partial_by && verdict === "partial" ? " (differs by " +
		rule.partial_by + ")" : "") + (rule.required ? "" : " (optional)");
}

function ruleButton(rule) {
	const verdict = verdictOf(rule);
	const chosen = filter.rule === rule.id;
	return el("button", { type: "button", class: "cell " + verdict, title: cellTitle(rule, verdict), "aria-pressed": String(chosen),
		"data-rule": rule.id, onclick: () => setFilter({ rule: chosen ? "" : rule.id }) },
		el("span", { "aria-hidden": "true" }, VERDICTS[verdict].mark), " " + VERDICTS[verdict].word);
}

function portsOf(rules) {
	const key = (rule) => rule.port + "/" + rule.transport;
	const known = new Map(rules.map((rule) => [key(rule), rule]));
	return [...known.values()].sort((a, b) => parseInt(a.port, 10) - parseInt(b.port, 10) || a.transport.localeCompare(b.transport)).map(key);
}

function byHost(rules) {
	const rows = new Map();
	for (const rule of rules) {
		const key = rule.group + "/" + rule.host;
		if (!rows.has(key))
			rows.set(key, { group: rule.group, host: rule.host, rules: new Map() });
		rows.get(key).rules.set(rule.port + "/" + rule.transport, rule);
	}
	return [...rows.values()];
}

function matrixRow(row, ports) {
	return el("tr", {}, el("th", { scope: "row" }, name(row.host)), ...ports.map((port) => {
		const rule = row.rules.get(port);
		return el("td", {}, rule ? ruleButton(rule) : el("span", { class: "none" }, el("span", { class: "hidden" }, "not on the list")));
	}));
}

function matrixTable(rows, ports) {
	const table = el("table", { class: "matrix" }, el("caption", { class: "hidden" }, "The verdict of each endpoint and port"),
		el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Endpoint"), ...ports.map((port) => el("th", { scope: "col" }, port)))));
	let group = null, body = null;
	for (const row of rows) {
		if (row.group !== group) {
			group = row.group;
			body = el("tbody", {}, el("tr", { class: "group" }, el("th", { scope: "rowgroup", colspan: ports.length + 1 }, group)));
			table.append(body);
		}
		body.append(matrixRow(row, ports));
	}
	return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Endpoints and ports" }, table);
}

function ruleTable(rules) {
	return tableOf("Rules and their verdicts", ["Endpoint", "Port", "Group", "Verdict"], rules.map((rule) => el("tr", {},
		el("th", { scope: "row" }, name(rule.host)), el("td", {}, rule.port + "/" + rule.transport), el("td", {}, rule.group),
		el("td", {}, ruleButton(rule)))));
}

let matrixAll = false;

function renderMatrix() {
	const rules = report.rules.filter(wantsRule);
	const ports = portsOf(rules);
	const rows = ports.length > PORTS_MOST ? rules : byHost(rules);
	const shown = matrixAll ? rows : rows.slice(0, ROWS_MOST);
	const table = ports.length > PORTS_MOST ? ruleTable(shown) : matrixTable(shown, ports);
	const left = rows.length - shown.length;
	const button = left ? el("button", { type: "button", class: "more", onclick: () => {
		matrixAll = true;
		renderMatrix();
	} }, "Show all (" + count(left, "row") + " left)") : "";
	const legend = el("p", { class: "legend quiet" });
	for (const [verdict, entry] of Object.entries(VERDICTS))
		legend.append(verdictBadge(verdict), " " + entry.says + ". ");
	const said = filter.rule ? el("p", {}, "Only ", name(filter.rule), " is shown. ",
		el("button", { type: "button", class: "link", onclick: () => setFilter({ rule: "" }) }, "Show all rules")) : "";
	$("matrix-body").replaceChildren(said, rules.length ? table : nothing("No rule matches the filters."), button, legend,
		more(report.rules.more, "rule") || "");
	return rules.length;
}
