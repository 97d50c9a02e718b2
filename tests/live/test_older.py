"""A database of an older version is taken over by a monitor while others read it."""
import json
import os
import re
import sqlite3
import subprocess
import urllib.request

import wire
from traffic import address, exchange, unanswered, write_pcap

CLIENT, SERVER, DEAD = address('10.0.0.5'), address('203.0.113.7'), address('198.51.100.7')
SCHEMA = os.path.join(wire.SOURCE, 'schema')


def shape(connection):
	"""names and statements of its tables and indexes; views are made anew by whoever writes"""
	return sorted(connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL AND type <> 'view'"))


class Older(wire.Case):
	def made_older(self, name):
		"""as the first version left it: its tables and indexes, this version's rows"""
		path = self.path(name)
		write_pcap(self.path('a.pcap'), sorted(exchange(CLIENT, 4000, SERVER, 443) + unanswered(CLIENT, 4001, DEAD, 443, (0, 1, 3, 7, 15))))
		subprocess.run([wire.PROGRAM, 'audit', '-q', '-e', self.list, '-r', self.path('a.pcap'), '-d', path, '-o', self.path('report')],
		               check=True, timeout=60)
		with open(os.path.join(SCHEMA, '001_first.sql'), encoding='utf-8') as f:
			first = f.read()
		c, model = sqlite3.connect(path), sqlite3.connect(':memory:')
		model.executescript(first)
		have = {name for name, _ in shape(c)}
		for name, sql in shape(model):
			if name not in have:
				c.execute(sql)
		for name in have - {name for name, _ in shape(model)}:
			c.execute('DROP INDEX %s' % name)
		c.execute('PRAGMA user_version = 1')
		c.commit()
		self.assertEqual(shape(c), shape(model))
		c.close()
		return path

	def serve(self, path):
		"""a page over the database; its address"""
		p = subprocess.Popen([wire.PROGRAM, 'serve', '-d', path, '--listen', '127.0.0.1:0'], stdin=subprocess.DEVNULL,
		                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
		def end():
			p.kill()
			p.wait()
			p.stderr.close()
		self.addCleanup(end)
		return re.search(r'http://[0-9.:]+', p.stderr.readline()).group()

	def test_a_monitor_takes_over_a_database_of_the_first_version_that_is_being_read(self):
		database = self.made_older('m.db')
		offline = wire.verdicts(['report', '-d', database])
		self.assertEqual({verdict for verdict, _ in offline.values()}, {'allowed', 'blocked'})
		page = self.serve(database)
		def asked():
			with urllib.request.urlopen(page + '/report.json', timeout=20) as answer:
				return {r['id']: r['verdict'] for r in json.load(answer)['rules']}
		self.assertEqual(set(asked().values()), {'allowed', 'blocked'})
		reader = sqlite3.connect('file:%s?mode=ro' % database, uri=True, isolation_level=None)
		reader.execute('BEGIN')
		self.assertEqual(reader.execute('SELECT count(*) FROM run').fetchone(), (1,))

		w = self.wire()
		m = self.monitor(w)
		self.assertEqual(wire.rows(database, 'PRAGMA user_version'), [(len([n for n in os.listdir(SCHEMA) if re.match('[0-9]{3}_', n)]),)])
		self.assertEqual(reader.execute('PRAGMA user_version').fetchone(), (1,)) # it sees what it began with
		self.assertEqual(wire.verdicts(['report', '-d', database, '--to', '2023-12-01']), offline)
		w.play(exchange(CLIENT, 4000, DEAD, 443)).finish() # what was blocked works
		self.assertTrue(wire.until(lambda: wire.rows(database, 'SELECT count(*) FROM attempt WHERE run = 2') == [(1,)], 15), m.said)
		self.assertEqual(reader.execute('SELECT count(*), max(run) FROM attempt').fetchone(), (2, 1))
		# a page is made anew some seconds after a change at most
		self.assertTrue(wire.until(lambda: set(asked().values()) == {'allowed', 'partial'}, 20))
		reader.execute('COMMIT')
		self.assertEqual(reader.execute('SELECT count(*) FROM run').fetchone(), (2,))
		reader.close()
		self.assertEqual(m.end()[0], 0, m.said)
		self.whole()
		self.assertEqual(wire.verdicts(['report', '-d', database, '--to', '2023-12-01']), offline)
		self.assertEqual({verdict for verdict, _ in wire.verdicts(['report', '-d', database]).values()}, {'allowed', 'partial'})


wire.main()
