/* The data of the page: tables of rows become lists of objects. A column whose
 * name ends in "$" holds numbers of texts, in "$$" lists of them; "*" rows that
 * whoever shows them reads with textOf. */
let report = null;

function textOf(number) {
	return number === null ? "" : report.texts[number];
}

function decodeTable(table) {
	const columns = table.columns.split(" ").map((name) => {
		if (name.endsWith("$$"))
			return [name.slice(0, -2), (list) => list.map(textOf)];
		if (name.endsWith("$"))
			return [name.slice(0, -1), textOf];
		return [name.replace("*", ""), null];
	});
	const rows = table.rows.map((row) => {
		const object = {};
		for (let i = 0; i < columns.length; i++)
			object[columns[i][0]] = columns[i][1] ? columns[i][1](row[i]) : row[i];
		return object;
	});
	rows.more = table.more;
	return rows;
}

function decodeClients(rule) {
	rule.clients = rule.clients.map((row) => (
		{ address: textOf(row[0]), verdict: textOf(row[1]), ok: row[2], failed: row[3], undecided: row[4] }));
	rule.byClient = new Map(rule.clients.map((client) => [client.address, client]));
}

function decodeReport(raw) {
	report = raw;
	for (const key of Object.keys(raw))
		if (raw[key] && raw[key].columns)
			raw[key] = decodeTable(raw[key]);
	raw.rules.forEach(decodeClients);
	raw.ruleById = new Map(raw.rules.map((rule) => [rule.id, rule]));
	raw.storyOf = new Map(raw.signatures.map((row) => [row.name, row.story]));
	raw.ladderOf = new Map(raw.ladders.map((row) => [row.id, row.packets]));
	raw.incidents.sort((a, b) => a.first - b.first || a.id - b.id);
	raw.incidentById = new Map(raw.incidents.map((incident) => [incident.id, incident]));
}
