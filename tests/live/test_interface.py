"""The monitor waits for an interface that vanishes, and judges nothing in the gap."""
import time

import wire
from traffic import address, exchange, unanswered

CLIENT, SERVER = address('10.0.0.5'), address('203.0.113.7')


class Interface(wire.Case):
	def test_an_interface_made_anew_is_taken_up_again(self):
		w = self.wire()
		monitors = [self.monitor(w, '-j', jobs, database='%d.db' % jobs) for jobs in (1, 3)]
		w.play(exchange(CLIENT, 4000, SERVER, 443)).finish()
		w.play(exchange(address('10.0.0.6'), 4000, SERVER, 443)).finish()
		# tried twice, then not watched: no verdict
		w.play(unanswered(address('10.0.0.6'), 4001, address('198.51.100.7'), 443, at=(0, 1))).finish()
		w.cut()
		gone = time.time()
		for m in monitors:
			m.await_line('has vanished', 10)
		time.sleep(1)
		w.make()
		for m in monitors:
			m.await_line('is back', 10)
		time.sleep(1) # each thread looks once a second
		w.play(exchange(CLIENT, 4002, SERVER, 443)).finish()
		time.sleep(13) # a failure would have been settled
		for m in monitors:
			self.check(m, gone)

	def check(self, m, gone):
		self.assertEqual(m.end()[0], 0, m.said)
		self.assertEqual(wire.rows(m.database, "SELECT outcome, count(*) FROM attempt WHERE rule LIKE 'web/%' GROUP BY 1"), [('ok', 3)])
		self.assertEqual(wire.rows(m.database, "SELECT outcome FROM attempt WHERE rule LIKE 'files/%'"), [('inconclusive',)])
		notices = wire.rows(m.database, "SELECT text, time FROM notice WHERE code = 'interface' ORDER BY time")
		self.assertIn('has vanished', notices[0][0])
		self.assertLess(abs(notices[0][1] / 1e6 - gone), 10)
		self.assertIn('is back', notices[-1][0])


wire.main()
