/* Attempts over time, drawn by uPlot; the same as a table for those who cannot see it. */
const KINDS = [["failed", "blocked", "Failed"], ["undecided", "inconclusive", "Inconclusive"], ["ok", "allowed", "Ok"]];
const SPANS_MOST = 2000;
let chart = null, chartWidth = 0;

function colour(variable, printed) {
	return getComputedStyle(document.documentElement).getPropertyValue((printed ? "--print-" : "--") + variable).trim();
}

function wantsMoment(m) {
	const rule = m.rule === null ? null : report.rules[m.rule];
	if ((filter.group || filter.verdict || filter.rule || filter.text) && !(rule && wantsRule(rule)))
		return false;
	return !filter.client || m.client === filter.client;
}

/* One entry a span of time, the empty ones too, so that pauses are seen. */
function timelineSpans() {
	const sums = new Map();
	for (const m of report.moments) {
		if (!wantsMoment(m))
			continue;
		const sum = sums.get(m.start) || { start: m.start, ok: 0, failed: 0, undecided: 0 };
		KINDS.forEach(([kind]) => { sum[kind] += m[kind]; });
		sums.set(m.start, sum);
	}
	const all = report.moments.map((m) => m.start);
	if (!all.length)
		return [];
	const first = all[0] - 1, last = all[all.length - 1] + 1;
	if (last - first > SPANS_MOST)
		return [...sums.values()].sort((a, b) => a.start - b.start);
	return Array.from({ length: last - first + 1 }, (unused, i) => sums.get(first + i) || { start: first + i, ok: 0, failed: 0, undecided: 0 });
}

function axisTimes(u, splits, axis, space, step) {
	let day = "";
	return splits.map((s) => {
		const iso = isoTime(s * 1e6);
		const fresh = iso.slice(0, 10) !== day;
		day = iso.slice(0, 10);
		if (step >= 86400)
			return day;
		return iso.slice(11, step < 60 ? 19 : 16) + (fresh ? "\n" + day : "");
	});
}

function chartOptions(spans, width, printed) {
	const bars = uPlot.paths.bars({ size: [0.9, 24], align: 1 });
	const line = colour("line", printed), text = colour("quiet", printed);
	const axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
	const series = KINDS.slice().reverse().map(([kind, like, label]) => ({
		label, fill: colour(like, printed), stroke: colour(like, printed), width: 0, paths: bars, points: { show: false },
		value: (u, value, s, i) => (i === null || i === undefined ? "" : numbers.format(spans[i][kind])),
	}));
	return {
		width, height: 220, padding: [12, 34, 0, 0], legend: { live: true }, tzDate: (s) => uPlot.tzDate(new Date(s * 1000), "Etc/UTC"),
		scales: { x: { time: true }, y: { range: (u, low, high) => [0, Math.max(1, high * 1.05)] } },
		cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
		axes: [{ ...axis, values: axisTimes, space: 90 },
			{ ...axis, size: 46, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000, 1000000] }],
		series: [{ label: "From (UTC)", value: (u, s) => (s === null ? "" : timeText(s * 1e6)) }, ...series],
		hooks: { setSelect: [(u) => {
			if (u.select.width < 4)
				return;
			const at = (x) => Math.round(u.posToVal(x, "x")) * 1e6;
			setFilter({ from: at(u.select.left), to: at(u.select.left + u.select.width) });
		}] },
	};
}

function drawTimeline(spans, into, printed) {
	if (chart)
		chart.destroy();
	chartWidth = Math.max(280, Math.floor(printed ? 680 : into.clientWidth));
	const seconds = report.moment_us / 1e6;
	const failed = spans.map((s) => s.failed), undecided = spans.map((s) => s.failed + s.undecided);
	const all = spans.map((s) => s.failed + s.undecided + s.ok); /* stacked: the highest is drawn first */
	chart = new uPlot(chartOptions(spans, chartWidth, printed), [spans.map((s) => s.start * seconds), all, undecided, failed], into);
}

function timelineTable(spans) {
	const rows = spans.filter((s) => s.ok + s.failed + s.undecided);
	const details = el("details", {}, el("summary", {}, "The same as a table"));
	details.addEventListener("toggle", () => {
		if (!details.open || details.children.length > 1)
			return;
		details.append(tableOf("Attempts over time", ["From (UTC)", "Failed", "Undecided", "Ok"], rows.map((s) => el("tr", {},
			el("th", { scope: "row" }, timeText(s.start * report.moment_us)), ...KINDS.map(([kind]) => el("td", { class: "number" }, numbers.format(s[kind])))))));
	});
	return details;
}

let timelineDraw = null;

function renderTimeline() {
	const spans = timelineSpans();
	const total = (kind) => spans.reduce((sum, s) => sum + s[kind], 0);
	if (!spans.length) {
		$("timeline-body").replaceChildren(nothing("No attempt was recorded."));
		timelineDraw = null;
		return;
	}
	const folded = filter.client && report.moments.some((m) => m.client === "");
	const label = numbers.format(total("failed")) + " failed, " + numbers.format(total("undecided")) + " inconclusive and " +
		numbers.format(total("ok")) + " ok attempts, counted per " + spanText(report.moment_us);
	const figure = el("div", { class: "chart", role: "img", "aria-label": label });
	$("timeline-body").replaceChildren(el("p", { class: "quiet" }, label + ". Drag across the chart to choose a time."), figure,
		folded ? nothing("There were too many clients to tell apart over time.") : "", timelineTable(spans));
	timelineDraw = (printed) => drawTimeline(spans, figure, printed);
	timelineDraw(false);
}

function watchTimeline() {
	const again = () => timelineDraw && timelineDraw(false);
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
	window.addEventListener("beforeprint", () => timelineDraw && timelineDraw(true));
	window.addEventListener("afterprint", again);
	new ResizeObserver(() => {
		const figure = document.querySelector(".chart");
		if (figure && Math.abs(Math.max(280, figure.clientWidth) - chartWidth) > 8)
			again();
	}).observe($("timeline-body"));
}
