"""Connections that go on: what they show is told long before they end."""
import time

import wire
from traffic import ACK, PSH, address, exchange, tcp, unanswered

CLIENT, SERVER, FILES = address('10.0.0.5'), address('203.0.113.7'), address('198.51.100.7')
THERE, BACK = (CLIENT, 4000, SERVER, 443), (SERVER, 443, CLIENT, 4000)


class Open(wire.Case):
	def incidents(self, m):
		return wire.rows(m.database, 'SELECT signature, attempts FROM incident')

	def outcomes(self, m, rule):
		return wire.rows(m.database, 'SELECT outcome, signature FROM attempt WHERE rule LIKE ?', rule + '/%')

	def test_a_client_that_gets_stuck_after_an_answer_is_told_of_and_that_it_goes_on(self):
		w = self.wire()
		m = self.monitor(w)
		w.play(exchange(*THERE)[:5]).finish() # without its end
		self.assertTrue(wire.until(lambda: self.outcomes(m, 'web'), 15), m.said)
		self.assertEqual(self.outcomes(m, 'web'), [('ok', None)])
		again = tcp(*THERE, 1011, 17, PSH | ACK, b'once more')
		w.play([(t, again) for t in (0, .3, 1, 2.2, 4.5)]).finish()
		self.assertTrue(wire.until(lambda: self.incidents(m), 20), m.said)
		self.assertEqual(self.incidents(m), [('tcp-stall', 1)])
		w.play([(0, tcp(*BACK, 17, 1020, PSH | ACK, b'at last'))]).finish()
		self.assertTrue(wire.until(lambda: not self.incidents(m), 20), m.said)
		self.assertEqual(self.outcomes(m, 'web'), [('ok', None)])
		self.assertEqual(m.end()[0], 0, m.said)

	def test_a_client_that_receives_what_the_mirror_lacks_is_not_blocked(self):
		w = self.wire()
		m = self.monitor(w)
		# of most connections the client's side alone; they stay open
		for port in (4000, 4001):
			w.play([frame for frame in exchange(CLIENT, port, SERVER, 443) if frame[1][26:30] == CLIENT][:3]).finish()
		w.play(unanswered(CLIENT, 4003, FILES, 443, (0, 1, 3))).finish()
		w.play(exchange(CLIENT, 4002, address('192.0.2.1'), 5223)).finish()
		time.sleep(15)
		self.assertEqual(self.incidents(m), [])
		self.assertEqual(self.outcomes(m, 'files'), [('inconclusive', None)])
		self.assertEqual(m.end()[0], 0, m.said)


wire.main()
