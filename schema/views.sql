-- Views for people with the sqlite3 shell, made anew whenever a database is opened
-- to write.

-- What failed, readable: sqlite3 -box DB 'SELECT * FROM blocked'
DROP VIEW IF EXISTS blocked;
CREATE VIEW blocked AS
SELECT a.id, strftime('%Y-%m-%d %H:%M:%f', a.started / 1000000.0, 'unixepoch') AS started,
       round((a.ended - a.started) / 1000000.0, 3) AS seconds,
       a.client, a.host, a.address, a.port, a.transport, a.outcome, a.signature, a.detail,
       a.confidence, a.blocker, a.rule, a.incident, a.run
FROM attempt AS a
WHERE a.outcome IN ('blocked', 'reset')
ORDER BY a.started;

-- One row per rule of the newest run that knew it, including rules nobody tried.
DROP VIEW IF EXISTS rule_summary;
CREATE VIEW rule_summary AS
SELECT r.name AS rule, r.required,
       count(a.id) AS attempts,
       count(DISTINCT a.client) AS clients,
       ifnull(sum(a.outcome = 'ok'), 0) AS ok,
       ifnull(sum(a.outcome = 'blocked'), 0) AS blocked,
       ifnull(sum(a.outcome = 'reset'), 0) AS reset,
       ifnull(sum(a.outcome = 'inconclusive'), 0) AS inconclusive,
       strftime('%Y-%m-%d %H:%M:%S', min(a.started) / 1000000.0, 'unixepoch') AS first,
       strftime('%Y-%m-%d %H:%M:%S', max(a.started) / 1000000.0, 'unixepoch') AS last
FROM (SELECT name, required, position, max(run) FROM rule GROUP BY name) AS r
LEFT JOIN attempt AS a ON a.rule = r.name
GROUP BY r.name
ORDER BY r.position;

-- Incidents with readable times, newest first.
DROP VIEW IF EXISTS incident_summary;
CREATE VIEW incident_summary AS
SELECT id, strftime('%Y-%m-%d %H:%M:%S', last / 1000000.0, 'unixepoch') AS last, attempts,
       client, host, port, transport, signature, detail, confidence, blocker, rule
FROM incident
ORDER BY last DESC;

-- Look-ups with the response code in words.
DROP VIEW IF EXISTS lookup_summary;
CREATE VIEW lookup_summary AS
SELECT d.id, strftime('%Y-%m-%d %H:%M:%f', d.asked / 1000000.0, 'unixepoch') AS asked,
       round((d.answered - d.asked) / 1000.0, 3) AS milliseconds,
       d.client, d.resolver, d.name,
       CASE d.qtype WHEN 1 THEN 'A' WHEN 28 THEN 'AAAA' WHEN 65 THEN 'HTTPS' WHEN 5 THEN 'CNAME' ELSE d.qtype END AS type,
       CASE WHEN d.rcode IS NULL THEN 'no answer' WHEN d.rcode = 0 THEN 'NOERROR' WHEN d.rcode = 1 THEN 'FORMERR'
            WHEN d.rcode = 2 THEN 'SERVFAIL' WHEN d.rcode = 3 THEN 'NXDOMAIN' WHEN d.rcode = 4 THEN 'NOTIMP'
            WHEN d.rcode = 5 THEN 'REFUSED' ELSE d.rcode END AS result,
       d.ede, d.answer, d.listed
FROM dns_lookup AS d
ORDER BY d.asked;
