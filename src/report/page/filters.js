/* What is shown: the state of the filters, kept in the address behind "#", so
 * that a link to a view can be sent. */
const NO_FILTER = { client: "", group: "", verdict: "", from: 0, to: 0, text: "", rule: "", incident: 0 };
let filter = { ...NO_FILTER };

function filterFromAddress() {
	const given = new URLSearchParams(location.hash.slice(1));
	filter = { ...NO_FILTER };
	for (const key of Object.keys(NO_FILTER)) {
		const value = given.get(key);
		if (value === null)
			continue;
		filter[key] = typeof NO_FILTER[key] === "number" ? Number(value) || 0 : value;
	}
}

function filterToAddress() {
	const said = new URLSearchParams();
	for (const key of Object.keys(NO_FILTER))
		if (filter[key])
			said.set(key, filter[key]);
	history.replaceState(null, "", "#" + said.toString());
}

function isFiltered() {
	return Object.keys(NO_FILTER).some((key) => key !== "incident" && filter[key]);
}

/* The verdict that is shown of a rule: the chosen client's own. */
function verdictOf(rule) {
	if (!filter.client)
		return rule.verdict;
	const client = rule.byClient.get(filter.client);
	return client ? client.verdict : "unseen";
}

function inTime(first, last) {
	return (!filter.from || last >= filter.from) && (!filter.to || first <= filter.to);
}

function hasText(item, parts) {
	if (!filter.text)
		return true;
	if (item.hay === undefined)
		item.hay = parts().join(" ").toLowerCase();
	return item.hay.includes(filter.text.toLowerCase());
}

function wantsRule(rule) {
	return (!filter.group || rule.group === filter.group) && (!filter.verdict || verdictOf(rule) === filter.verdict) &&
		(!filter.rule || rule.id === filter.rule) &&
		hasText(rule, () => [rule.id, rule.verdict, ...rule.addresses]);
}

/* Of an incident or a missing rule: do the filters of its rules let it through? */
function wantsOneOf(ids) {
	if (!filter.group && !filter.verdict && !filter.rule)
		return true;
	return ids.some((id) => {
		const rule = report.ruleById.get(id);
		return rule && (!filter.group || rule.group === filter.group) && (!filter.rule || id === filter.rule) &&
			(!filter.verdict || verdictOf(rule) === filter.verdict);
	});
}

function wantsIncident(i) {
	return (!filter.client || i.client === filter.client) && inTime(i.first, i.last) && wantsOneOf([i.rule]) &&
		hasText(i, () => [i.rule, i.client, i.host, i.address, i.port + "/" + i.transport, i.signature, i.detail, i.blocker]);
}

function wantsMissing(m) {
	return (!filter.client || m.from.includes(filter.client)) && inTime(m.first, m.last) &&
		wantsOneOf(m.rules) &&
		hasText(m, () => [m.action, m.why, m.host, m.signature, ...m.rules, ...m.addresses]);
}

function setFilter(changes) {
	filter = { ...filter, ...changes };
	filterToAddress();
	showFilters();
	render();
}

function inputTime(us) {
	return us ? isoTime(us).slice(0, 19) : "";
}

function usOfInput(text, end) {
	const ms = Date.parse(text + (text.length === 16 ? ":00Z" : "Z"));
	return Number.isNaN(ms) ? 0 : ms * 1000 + (end ? 999999 : 0);
}

function fillSelect(select, all, values, chosen) {
	const options = [new Option(all, "")];
	for (const [value, text] of values)
		options.push(new Option(text, value));
	if (chosen && !values.some((row) => row[0] === chosen))
		options.push(new Option(chosen, chosen));
	select.replaceChildren(...options);
	select.value = chosen;
}

function knownClients() {
	const known = new Set();
	report.rules.forEach((rule) => rule.clients.forEach((client) => known.add(client.address)));
	report.incidents.forEach((incident) => known.add(incident.client));
	report.missing.forEach((missing) => missing.from.forEach((client) => known.add(client)));
	return [...known].sort((a, b) => a.localeCompare(b, "en", { numeric: true })).map((client) => [client, client]);
}

function showFilters() {
	$("filter-client").value = filter.client;
	$("filter-group").value = filter.group;
	$("filter-verdict").value = filter.verdict;
	$("filter-from").value = inputTime(filter.from);
	$("filter-to").value = inputTime(filter.to);
	if ($("filter-text").value !== filter.text)
		$("filter-text").value = filter.text;
	$("filter-clear").disabled = !isFiltered();
}

function fillFilters() {
	fillSelect($("filter-client"), "all clients", knownClients(), filter.client);
	fillSelect($("filter-group"), "all groups", report.groups.map((group) => [group.id, group.id]), filter.group);
	fillSelect($("filter-verdict"), "all verdicts",
		Object.entries(VERDICTS).map(([verdict, entry]) => [verdict, entry.mark + " " + entry.word]), filter.verdict);
	showFilters();
}

function watchFilters() {
	const on = (id, event, changes) => $(id).addEventListener(event, (e) => setFilter(changes(e.target.value)));
	on("filter-client", "change", (client) => ({ client }));
	on("filter-group", "change", (group) => ({ group, rule: "" }));
	on("filter-verdict", "change", (verdict) => ({ verdict }));
	on("filter-from", "change", (text) => ({ from: usOfInput(text, false) }));
	on("filter-to", "change", (text) => ({ to: usOfInput(text, true) }));
	let waiting = 0;
	$("filter-text").addEventListener("input", (e) => {
		clearTimeout(waiting);
		waiting = setTimeout(() => setFilter({ text: e.target.value.trim() }), 150);
	});
	$("filter-clear").addEventListener("click", () => {
		setFilter({ ...NO_FILTER });
		$("filter-client").focus();
	});
	$("filters").addEventListener("submit", (e) => e.preventDefault());
	window.addEventListener("hashchange", () => {
		filterFromAddress();
		showFilters();
		render();
	});
}
