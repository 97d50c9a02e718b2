"""What the kernel drops is counted and reported, and silence during that time is not a block."""
import os
import signal
import time

import wire
from traffic import address, exchange, tcp, unanswered

FAR, NEAR = address('198.51.100.7'), address('203.0.113.7')


class Drops(wire.Case):
	def test_silence_while_packets_were_dropped_is_inconclusive(self):
		w = self.wire()
		m = self.monitor(w, '--buffer', '1M', '--interval', '1s')
		junk = tcp(address('10.9.9.9'), 999, address('192.0.2.1'), 999, 1, 1, 16, b'x' * 1400)

		def work(sender):
			for client in ('10.0.0.5', '10.0.0.6'): # both directions are visible
				sender.play(exchange(address(client), 3999, NEAR, 443))
			sender.play(unanswered(address('10.0.0.5'), 4000, FAR, 443, at=(0, 1)))
			m.signal(signal.SIGSTOP) # the answer could arrive now and be dropped
			for _ in range(20000):
				sender.send(junk)
			time.sleep(.5)
			m.signal(signal.SIGCONT)
			time.sleep(4)
			sender.play(unanswered(address('10.0.0.6'), 4001, FAR, 443, at=(0, 1, 3)))
		w.run(work).finish()
		self.assertTrue(wire.until(lambda: wire.rows(m.database, "SELECT count(*) FROM attempt WHERE client = '10.0.0.6' AND "
		                                             "outcome = 'blocked'")[0][0], 25), m.said)
		self.assertEqual(m.end()[0], 3, m.said) # done, but packets were lost
		self.assertEqual(wire.rows(m.database, "SELECT outcome, why_not FROM attempt WHERE client = '10.0.0.5' AND rule LIKE 'files/%'"),
		                 [('inconclusive', 'capture-drops')])
		packets, dropped = wire.rows(m.database, 'SELECT packets, dropped FROM run')[0]
		self.assertGreater(dropped, 0)
		self.assertEqual(packets + dropped, 20021)
		self.assertEqual(wire.rows(m.database, "SELECT dropped FROM source WHERE kind = 'interface'"), [(dropped,)])
		told = wire.rows(m.database, "SELECT text FROM notice WHERE code = 'capture-drops'")
		self.assertIn('in: %d packets were dropped between' % dropped, told[0][0])


wire.main()
