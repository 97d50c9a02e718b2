"""What is requested from the interface: how much of each packet, and whose packets."""
import json
import subprocess

import wire
from traffic import ACK, PSH, address, exchange, tcp, unanswered

CLIENT, SERVER, DEAD = address('10.0.0.5'), address('203.0.113.7'), address('198.51.100.7')
SNAPLEN = 64 # the least; headers are 54 bytes
LONG = [(t, tcp(CLIENT, 4000, SERVER, 443, 1011 + i * 500, 17, PSH | ACK, b'x' * 500)) for i, t in enumerate((.021, .022))]


class Options(wire.Case):
	def traffic(self, w):
		w.play(sorted(exchange(CLIENT, 4000, SERVER, 443) + LONG)).finish()
		w.play(unanswered(CLIENT, 4001, DEAD, 443)).finish()

	def blocked(self, m):
		return wire.rows(m.database, "SELECT signature FROM attempt WHERE outcome = 'blocked'")

	def test_a_snapshot_length_cuts_what_is_kept_and_is_told(self):
		w = self.wire()
		short = self.monitor(w, '--snaplen', SNAPLEN, database='short.db')
		whole = self.monitor(w, database='whole.db')
		self.traffic(w)
		for m in (short, whole):
			self.assertTrue(wire.until(lambda m=m: self.blocked(m), 30), m.said)
			self.assertEqual(m.end()[0], 0, m.said)
			self.assertEqual(self.blocked(m), [('tcp-syn-timeout',)])
			self.assertEqual(wire.rows(m.database, "SELECT outcome FROM attempt WHERE rule LIKE 'web/%'"), [('ok',)])
		self.assertEqual(wire.rows(short.database, 'SELECT packets, truncated FROM run'), [(13, 2)])
		self.assertEqual(wire.rows(whole.database, 'SELECT packets, truncated FROM run'), [(13, 0)])
		self.assertIn('truncated-packets', [r[0] for r in wire.rows(short.database, 'SELECT code FROM notice')])
		self.assertNotIn('truncated-packets', [r[0] for r in wire.rows(whole.database, 'SELECT code FROM notice')])

	def promiscuity(self, w):
		p = subprocess.run(['ip', '-n', w.near, '-d', '-j', 'link', 'show', 'in'], capture_output=True, check=True, timeout=20)
		return json.loads(p.stdout)[0]['promiscuity']

	def test_the_mode_of_the_interface_is_left_alone_when_asked(self):
		w = self.wire()
		for words, during in (((), 1), (('--no-promiscuous',), 0), (('--no-promiscuous', '-j', '2'), 0)):
			with self.subTest(words=words):
				m = self.monitor(w, *words, database='%d.db' % len(words))
				self.assertEqual(self.promiscuity(w), during)
				w.play(exchange(CLIENT, 4000, SERVER, 443)).finish()
				self.assertEqual(m.end()[0], 0, m.said)
				self.assertEqual(self.promiscuity(w), 0)
				self.assertEqual(wire.rows(m.database, "SELECT outcome FROM attempt WHERE rule LIKE 'web/%'"), [('ok',)])


wire.main()
