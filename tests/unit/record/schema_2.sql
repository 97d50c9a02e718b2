-- The first version of the database. Times are integer microseconds since
-- 1970 UTC, addresses are text. Never edit: add 00N_name.sql instead.

CREATE TABLE run (
	id INTEGER PRIMARY KEY,
	command TEXT NOT NULL,          -- audit, monitor
	version TEXT NOT NULL,          -- of rulegap
	origin TEXT,                    -- of a merged run: the database it came from
	started INTEGER NOT NULL,       -- wall clock
	ended INTEGER,                  -- NULL: running, or it was interrupted
	complete INTEGER NOT NULL DEFAULT 0,
	packets INTEGER NOT NULL DEFAULT 0, -- how far it got
	bytes INTEGER NOT NULL DEFAULT 0,
	dropped INTEGER NOT NULL DEFAULT 0,
	truncated INTEGER NOT NULL DEFAULT 0,
	first INTEGER,                  -- capture time of the first and last packet
	last INTEGER
);

CREATE TABLE source (
	id INTEGER PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,             -- file, stdin, interface
	link_type TEXT,
	packets INTEGER NOT NULL DEFAULT 0,
	bytes INTEGER NOT NULL DEFAULT 0,
	dropped INTEGER NOT NULL DEFAULT 0,
	truncated INTEGER NOT NULL DEFAULT 0,
	damage TEXT,                    -- NULL: read to its end
	UNIQUE (run, name)
);

CREATE TABLE list (
	id INTEGER PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
	position INTEGER NOT NULL,
	name TEXT, vendor TEXT, version TEXT, published TEXT, source TEXT,
	sha256 TEXT NOT NULL
);

CREATE TABLE list_group (
	id INTEGER PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
	position INTEGER NOT NULL,
	name TEXT NOT NULL,             -- the group's id in the list
	role TEXT NOT NULL,
	required INTEGER NOT NULL,
	active INTEGER NOT NULL,
	hosts_status TEXT NOT NULL,
	description TEXT, region TEXT, notes TEXT, symptom TEXT, profile TEXT,
	works_if_any TEXT NOT NULL DEFAULT '[]', -- JSON array of "3478/udp"
	fallback_for TEXT NOT NULL DEFAULT '[]', -- JSON array of group ids
	UNIQUE (run, name)
);

CREATE TABLE rule (
	id INTEGER PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
	position INTEGER NOT NULL,      -- list order
	name TEXT NOT NULL,             -- GROUP/HOST:PORT/TRANSPORT
	list_group TEXT NOT NULL,
	role TEXT NOT NULL,
	host TEXT NOT NULL,
	port TEXT NOT NULL,             -- "443", "50000-50999"
	transport TEXT NOT NULL,        -- tcp, udp
	required INTEGER NOT NULL,
	UNIQUE (run, name)
);

CREATE TABLE incident (
	id INTEGER PRIMARY KEY,
	rule TEXT,                      -- rule name; NULL: no rule
	client TEXT NOT NULL,
	host TEXT NOT NULL,
	attributed_by TEXT,
	address TEXT,                   -- of the newest attempt
	port INTEGER,
	transport TEXT NOT NULL,
	signature TEXT NOT NULL,
	outcome TEXT NOT NULL,
	detail TEXT,
	confidence TEXT NOT NULL,
	blocker TEXT,
	proofs TEXT NOT NULL DEFAULT '[]', -- JSON array of {name, text}
	hint TEXT,
	attempts INTEGER NOT NULL DEFAULT 0,
	first INTEGER NOT NULL,
	last INTEGER NOT NULL
);
CREATE UNIQUE INDEX incident_key ON incident (client, host, port, transport, signature, ifnull(rule, ''));

CREATE TABLE attempt (
	id INTEGER PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
	number INTEGER NOT NULL,        -- the run's own number of it
	rule TEXT,                      -- rule name; NULL: no rule
	client TEXT NOT NULL,
	host TEXT NOT NULL,
	attributed_by TEXT,
	address TEXT,
	port INTEGER,
	transport TEXT NOT NULL,
	started INTEGER NOT NULL,
	ended INTEGER NOT NULL,
	outcome TEXT NOT NULL,          -- ok, blocked, reset, inconclusive
	answered INTEGER NOT NULL DEFAULT 0, -- the service answered before it was reset or stalled
	by_lookup INTEGER NOT NULL DEFAULT 0, -- decided by DNS alone
	signature TEXT,
	detail TEXT,
	confidence TEXT,
	blocker TEXT,
	hint TEXT,
	why_not TEXT,                   -- inconclusive: the gate that failed
	proofs TEXT,
	community_id TEXT,
	conn_state TEXT,
	bytes_out INTEGER NOT NULL DEFAULT 0,
	bytes_in INTEGER NOT NULL DEFAULT 0,
	incident INTEGER REFERENCES incident(id),
	UNIQUE (run, number)
);
CREATE INDEX attempt_started ON attempt (started);
CREATE INDEX attempt_incident ON attempt (incident, started) WHERE incident IS NOT NULL;

CREATE TABLE dns_lookup (
	id INTEGER PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
	client TEXT NOT NULL,
	resolver TEXT NOT NULL,
	name TEXT NOT NULL,
	qtype INTEGER NOT NULL,
	asked INTEGER NOT NULL,
	answered INTEGER,
	rcode INTEGER,
	ede INTEGER,
	answer TEXT,
	listed INTEGER NOT NULL
);
CREATE INDEX dns_lookup_name ON dns_lookup (name, asked);

CREATE TABLE packet (
	id INTEGER PRIMARY KEY,
	attempt INTEGER NOT NULL REFERENCES attempt(id) ON DELETE CASCADE,
	time INTEGER NOT NULL,
	link INTEGER NOT NULL,          -- DLT
	captured INTEGER NOT NULL,      -- bytes in the capture, ≥ length(bytes)
	length INTEGER NOT NULL,        -- bytes on the wire
	source TEXT,
	bytes BLOB NOT NULL
);
CREATE INDEX packet_attempt ON packet (attempt);

CREATE TABLE call_step (
	id INTEGER PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
	client TEXT NOT NULL,
	server TEXT NOT NULL,
	host TEXT NOT NULL,
	rule TEXT,
	port INTEGER NOT NULL,
	transport TEXT NOT NULL,        -- udp, tcp, tls
	started INTEGER NOT NULL,
	ended INTEGER NOT NULL,
	result TEXT NOT NULL,
	software TEXT, realm TEXT, relayed TEXT,
	media_out INTEGER NOT NULL DEFAULT 0,
	media_in INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE unlisted (
	run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
	host TEXT NOT NULL,
	seen_as TEXT NOT NULL,
	port INTEGER NOT NULL,
	transport TEXT NOT NULL,
	clients INTEGER NOT NULL,
	verdict TEXT NOT NULL,
	UNIQUE (run, host, port, transport)
);

CREATE TABLE notice (
	id INTEGER PRIMARY KEY,
	run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
	time INTEGER NOT NULL,
	level TEXT NOT NULL,
	code TEXT NOT NULL,
	text TEXT NOT NULL,
	UNIQUE (run, code, text)
);

CREATE TABLE state (
	name TEXT PRIMARY KEY,
	bytes BLOB NOT NULL,
	time INTEGER NOT NULL
);
-- Nothing in the program looks a name up: a report reads all look-ups of its period. The index cost a third of the
-- time of writing them, and a fifth of the space.

DROP INDEX dns_lookup_name;
