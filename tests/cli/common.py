"""What the tests of the command line share: running the program, and databases with known content."""
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get('RULEGAP') or os.path.join(SOURCE, 'build', 'rulegap')
T0 = 1700000000 * 10**6  # 2023-11-14T22:13:20Z
APPLICATION = 0x72676170


def run(*words, **options):
	"""status, output, error text"""
	env = dict(os.environ, **options.pop('env', {}))
	p = subprocess.run([PROGRAM, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env=env, **options)
	return p.returncode, p.stdout, p.stderr.decode('utf-8', 'replace')


class Database:
	"""A database as audit would have written it, row by row."""

	def __init__(self, path, rules, groups=(), complete=1):
		"""rules: ids in list order; groups: id -> dict(role, required, works_if_any, fallback_for, hosts_status)"""
		self.path, self.number, self.incidents = path, 0, {}
		self.c = sqlite3.connect(path)
		self.c.execute('PRAGMA synchronous = OFF')
		for name in sorted(n for n in os.listdir(os.path.join(SOURCE, 'schema')) if re.fullmatch(r'[0-9]{3}_.*\.sql', n)):
			with open(os.path.join(SOURCE, 'schema', name), encoding='utf-8') as f:
				self.c.executescript(f.read())
			self.c.execute('PRAGMA user_version = %d' % int(name[:3]))
		self.c.execute('PRAGMA application_id = %d' % APPLICATION)
		self.insert('run', id=1, command='audit', version='0', started=T0, ended=T0, complete=complete, packets=100, bytes=5000,
		            first=T0, last=T0 + 3600 * 10**6)
		self.insert('source', run=1, name='a.pcap', kind='file', link_type='EN10MB', packets=100, bytes=5000)
		self.insert('list', run=1, position=0, name='Example', version='1', sha256='00')
		self.groups = dict(groups)
		self.rules = {}
		for rule in rules:
			group, rest = rule.split('/', 1)
			host, port = rest.rsplit(':', 1)
			self.rules[rule] = (group, host.strip('[]'), *port.split('/'))
			self.groups.setdefault(group, {})
		for n, (name, g) in enumerate(self.groups.items()):
			self.insert('list_group', run=1, position=n, name=name, role=g.get('role', 'web'), required=g.get('required', 1), active=1,
			            hosts_status=g.get('hosts_status', 'given'), works_if_any=json.dumps(g.get('works_if_any', [])),
			            fallback_for=json.dumps(g.get('fallback_for', [])), symptom=g.get('symptom'))
		for n, (name, (group, host, port, transport)) in enumerate(self.rules.items()):
			g = self.groups[group]
			self.insert('rule', run=1, position=n, name=name, list_group=group, role=g.get('role', 'web'), host=host, port=port,
			            transport=transport, required=g.get('required', 1))

	def insert(self, table, **row):
		return self.c.execute('INSERT INTO %s (%s) VALUES (%s)' % (table, ', '.join(row), ', '.join('?' * len(row))),
		                      tuple(row.values())).lastrowid

	def incident(self, rule, client, host, address, port, transport, signature, outcome, extra):
		key = (client, host, port, transport, signature, rule)
		if key not in self.incidents:
			self.incidents[key] = self.insert('incident', rule=rule, client=client, host=host, attributed_by=extra['attributed_by'],
			    address=address, port=port, transport=transport, signature=signature, outcome=outcome, detail=extra['detail'],
			    confidence=extra['confidence'], blocker=extra['blocker'], proofs=json.dumps(extra['proofs']), hint=extra['hint'],
			    attempts=0, first=T0, last=T0)
		self.c.execute('UPDATE incident SET attempts = attempts + 1 WHERE id = ?', (self.incidents[key],))
		return self.incidents[key]

	def tried(self, rule, client, at, outcome='ok', signature=None, address='192.0.2.1', host=None, port=443, transport='tcp',
	          answered=0, by_lookup=0, lasts=3, **extra):
		"""One attempt, at seconds after T0."""
		if rule:
			group, known, port, transport = self.rules[rule]
			host, port = host or known, int(port.split('-')[0])
		extra = {**dict(confidence='medium', blocker=None, hint=None, detail='7 SYN over 63.2 s', attributed_by='dns',
		                proofs=[{'name': 'repeated', 'text': '7 SYN over 63.2 s'}]), **extra}
		if by_lookup:
			address = None
		incident = signature and self.incident(rule, client, host, address, port, transport, signature, outcome, extra)
		self.number += 1
		attempt = self.insert('attempt', run=1, number=self.number, rule=rule, client=client, host=host, address=address, port=port,
		    attributed_by=extra['attributed_by'], transport=transport, started=T0 + int(at * 10**6), ended=T0 + int((at + lasts) * 10**6), outcome=outcome,
		    answered=answered, by_lookup=by_lookup, signature=signature, detail=extra['detail'], confidence=extra['confidence'],
		    blocker=extra['blocker'], hint=extra['hint'], proofs=json.dumps(extra['proofs']), community_id='1:%d=' % self.number, incident=incident)
		return attempt

	def failed_lookup(self, rule, client, at, signature='dns-nxdomain', **extra):
		return self.tried(rule, client, at, 'blocked', signature, by_lookup=1, **extra)

	def close(self):
		self.c.commit()
		self.c.close()
		return self.path


class Case(unittest.TestCase):
	def setUp(self):
		self.folder = tempfile.mkdtemp(prefix='rulegap-cli-')
		self.addCleanup(shutil.rmtree, self.folder, True)

	def path(self, name):
		return os.path.join(self.folder, name)

	def file(self, name, content):
		with open(self.path(name), 'wb') as f:
			f.write(content)
		return self.path(name)

	def database(self, rules, groups=(), name='a.db', **options):
		return Database(self.path(name), rules, groups, **options)

	def report(self, database, *words, status=0):
		got, out, err = run('report', '-d', database.close(), '-f', 'json', *words)
		self.assertEqual((got, err), (status, ''))
		return json.loads(out.decode('utf-8'))

	def wrong(self, *words, status=2, says='', **options):
		"""Refused with one line on standard error, and nothing on standard output."""
		got, out, err = run(*words, **options)
		self.assertEqual(got, status, err)
		self.assertEqual(out, b'')
		self.assertRegex(err, r'\Arulegap: [^\n]+\n\Z')
		self.assertIn(says, err)


def main():
	unittest.main()
