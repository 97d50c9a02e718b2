"""Databases for the browser tests: hostile names, ten thousand incidents, absurd values, one that grows.

make.py hostile|many|plain|absurd FILE, or: make.py more FILE (adds a failed attempt on another rule)
"""
import os
import sqlite3
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'cli'))
import common  # noqa: E402

HOSTILE = [
	'</script><img src=x onerror=alert(1)>.example',
	'<!--<script>alert(1)//.example',
	'"onmouseover="alert(1).example',
	"'-alert(1)-'.example",
	'\x1b[31mred\x07.example',
	'\u202egnp.exe.example',
	'=HYPERLINK("//x.example").example',
	'line\u2028separator.example',
	'&lt;b&gt;&amp;.example',
	'javascript:alert(1)',
	'${alert(1)}`.example',
	'\\u003cscript\\x41.example',
]


def ethernet(src, dst, payload):
	"""An Ethernet frame with an IPv4 packet of TCP."""
	def address(text):
		return bytes(int(part) for part in text.split('.'))
	ip = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(payload), 1, 0, 64, 6, 0) + address(src) + address(dst)
	return b'\2' * 12 + b'\x08\x00' + ip + payload


def segment(sport, dport, seq, ack, flags, data=b''):
	return struct.pack('!HHIIBBHHH', sport, dport, seq, ack, 0x50, flags, 65535, 0, 0) + data


def packet(db, attempt, at, frame):
	db.insert('packet', attempt=attempt, time=common.T0 + int(at * 10**6), link=1, captured=len(frame), length=len(frame),
	          source='a.pcap', bytes=frame)


def syns(db, attempt, at, client, server, data=b''):
	for n in range(3):
		packet(db, attempt, at + n, ethernet(client, server, segment(50000, 443, 1000, 0, 2)))
	if data:
		packet(db, attempt, at + 3, ethernet(server, client, segment(443, 50000, 9000, 1001, 0x18, data)))


def hostile(path):
	db = common.Database(path, ['web/%s:443/tcp' % name for name in HOSTILE],
	                     {'web': {'symptom': HOSTILE[0], 'role': 'web'}})
	for n, rule in enumerate(list(db.rules)):
		client = '10.0.0.%d' % (n + 1)
		attempt = db.tried(rule, client, n, 'blocked', 'tcp-syn-timeout', detail=HOSTILE[n], blocker=HOSTILE[0],
		                   proofs=[{'name': 'repeated', 'text': HOSTILE[n]}], address='192.0.2.%d' % (n + 1))
		syns(db, attempt, n, client, '192.0.2.%d' % (n + 1), b'HTTP/1.1 403 </script><script>alert(1)</script>\x1b\r\n\r\n')
	for n, name in enumerate(HOSTILE):
		db.insert('unlisted', run=1, host=name, seen_as='cname of ' + name, port=443, transport='tcp', clients=1, verdict='blocked')
		db.insert('notice', run=1, time=common.T0, level='warning', code='damaged-file', text=name)
		db.insert('call_step', run=1, client='10.0.0.1', server='192.0.2.1', host=name, port=3478, transport='udp', started=common.T0,
		          ended=common.T0, result='allocated', software=name, realm=name)
	db.close()


def many(path, incidents=10000):
	rules = ['group-%d/host-%03d.service.example.net:443/tcp' % (n % 8, n) for n in range(100)]
	db = common.Database(path, sorted(rules))
	for n in range(incidents):
		client, rule = '10.%d.%d.%d' % (n // 100 // 250, n // 100 % 250, 7), rules[n % 100]
		at, server = n * 0.31, '198.51.100.%d' % (n % 100 + 1)
		signature = ('tcp-syn-timeout', 'tcp-syn-reset', 'tls-hello-reset')[n // 100 % 3]
		detail = '7 SYN over %.1f s' % (60 + n % 97 / 10)
		attempt = db.tried(rule, client, at, 'blocked', signature, address=server, detail=detail,
		                   proofs=[{'name': 'repeated', 'text': detail}])
		db.c.execute('UPDATE attempt SET community_id = ? WHERE id = ?', ('1:%027d=' % (n * 7919), attempt))
		db.c.execute('UPDATE incident SET first = ?, last = ? WHERE id = (SELECT incident FROM attempt WHERE id = ?)',
		             (common.T0 + int(at * 10**6), common.T0 + int(at * 10**6) + 3000000, attempt))
		if n % 4 == 0:
			syns(db, attempt, at, client, server)
	db.close()


def plain(path):
	rules = ['web/portal.example:443/tcp', 'cdn/cdn.example:443/tcp', 'relay/turn.example:3478/udp', 'relay/turn.example:3478/tcp']
	db = common.Database(path, rules)
	for n in range(40):
		db.tried(rules[0], '10.0.0.%d' % (n % 2 + 1), n * 30)
	for n in range(6):
		attempt = db.tried(rules[1], '10.0.0.1', n * 60, 'blocked', 'tcp-syn-timeout', address='198.51.100.7')
		syns(db, attempt, n * 60, '10.0.0.1', '198.51.100.7')
	db.tried(rules[2], '10.0.0.2', 900, 'blocked', 'stun-timeout', address='198.51.100.9')
	db.close()


def absurd(path):
	"""Times that no calendar has, texts without end, packets that are none."""
	db = common.Database(path, ['web/a.example:443/tcp', 'web/b.example:443/tcp', 'web/*:1-65535/tcp'])
	for n, at in enumerate((-9 * 10**12, -10**9, 0, 10**6, 9 * 10**12)):
		attempt = db.tried('web/a.example:443/tcp', '10.0.0.1', at, 'blocked', 'tcp-syn-timeout', detail='x' * 300000)
		for frame in (b'', b'\0', b'\xff' * 60, ethernet('10.0.0.1', '192.0.2.1', b'')[:33]):
			packet(db, attempt, at, frame)
	db.tried('web/b.example:443/tcp', '\x1b[2J not an address', 1, 'blocked', 'no-such-signature')
	db.close()


def more(path):
	c = sqlite3.connect(path)
	incident = c.execute('SELECT rule, client, host FROM incident LIMIT 1').fetchone()
	c.execute('INSERT INTO incident (rule, client, host, address, port, transport, signature, outcome, confidence, attempts, first, last) '
	          "VALUES (?, '10.0.0.99', ?, '198.51.100.7', 443, 'tcp', 'tcp-syn-reset', 'blocked', 'medium', 1, ?, ?)",
	          (incident[0], incident[2], common.T0, common.T0 + 10))
	c.execute('INSERT INTO attempt (run, number, rule, client, host, address, port, transport, started, ended, outcome, signature, '
	          "confidence, incident) SELECT 1, 9999, rule, client, host, address, port, transport, first, last, outcome, signature, "
	          'confidence, id FROM incident ORDER BY id DESC LIMIT 1')
	c.commit()
	c.close()


if __name__ == '__main__':
	{'hostile': hostile, 'many': many, 'plain': plain, 'absurd': absurd, 'more': more}[sys.argv[1]](sys.argv[2])
