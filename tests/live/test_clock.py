"""The wall clock is set, an hour forward and an hour back, while a monitor runs: nothing is judged by it."""
import os
import shutil
import struct
import subprocess
import time
import unittest

import wire
from traffic import address, exchange, tcp, unanswered, ACK, FIN, PSH, SYN

SERVER, SILENT = address('203.0.113.7'), address('198.51.100.7')
OPEN = 300 # connections that are open while the clock is set
HOUR = 3600


def client(n):
	return address('10.1.%d.%d' % (n // 200, n % 200 + 1))


def opening(n):
	return exchange(client(n), 5000, SERVER, 443)[:5]


def ending(n):
	return exchange(client(n), 5000, SERVER, 443)[5:]


def slow(source, sport):
	"""A connection answered only after a second: (what comes before the clock is set, what comes after)"""
	c, s = (source, sport, SERVER, 443), (SERVER, 443, source, sport)
	return ([tcp(*c, 1000, 0, SYN)],
	        [tcp(*s, 9, 1001, SYN | ACK), tcp(*c, 1001, 10, ACK), tcp(*c, 1001, 10, PSH | ACK, b'\x16\x03\x01\0\5hello'),
	         tcp(*s, 10, 1011, PSH | ACK, b'\x16\x03\x03\0\2ok'), tcp(*c, 1011, 17, FIN | ACK), tcp(*s, 17, 1012, FIN | ACK),
	         tcp(*c, 1012, 18, ACK)])


class Clock(wire.Case):
	def shim(self):
		compiler = shutil.which('cc') or shutil.which('gcc') or shutil.which('clang')
		if not compiler:
			self.skipTest('no C compiler')
		source, library = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'shifted_clock.c'), self.path('shifted_clock.so')
		subprocess.run([compiler, '-O1', '-fPIC', '-shared', '-o', library, source, '-ldl'], check=True, timeout=60)
		with open(self.path('shift'), 'wb') as f:
			f.write(struct.pack('=q', 0).ljust(4096, b'\0'))
		return {'LD_PRELOAD': library, 'SHIFTED_CLOCK': self.path('shift')}

	def set_clock(self, seconds):
		with open(self.path('shift'), 'r+b') as f:
			f.write(struct.pack('=q', seconds))

	def play(self, sender):
		sender.play([(n * .002 + t / 50, f) for n in range(OPEN) for t, f in opening(n)])
		for turn, shift in enumerate((HOUR, 0)):
			before, after = slow(address('10.2.0.1'), 6000 + turn)
			for f in before:
				sender.send(f)
			# its tries are before and after the change; first show that both directions are visible
			lonely = address('10.3.0.%d' % (turn + 1))
			for _, f in exchange(lonely, 6999, SERVER, 443):
				sender.send(f)
			tries = unanswered(lonely, 7000, SILENT, 443)
			sender.send(tries[0][1])
			time.sleep(.5) # what was sent has been read with the old time
			self.set_clock(shift)
			time.sleep(.5)
			for f in after + [tries[1][1]]:
				sender.send(f)
			time.sleep(2)
			sender.send(tries[2][1])
		sender.play([(n * .002, f) for n in range(OPEN) for _, f in ending(n)])
		# traffic continues, so that silence can be observed
		sender.play(sorted((2 * n + t, f) for n in range(8) for t, f in exchange(address('10.4.0.1'), 8000 + n, SERVER, 443)))

	@unittest.skipIf(wire.SANITIZED, 'the sanitizers wrap the same functions')
	def test_a_clock_that_is_set_decides_nothing(self):
		env, w = self.shim(), self.wire()
		monitors = [self.monitor(w, '-j', jobs, '--interval', '1s', '--buffer', '16M', '-v', database='%d.db' % jobs, env=env) for jobs in (1, 2)]
		begun = time.time()
		w.run(self.play).finish()
		for m in monitors:
			self.assertEqual(m.end()[0], 0, m.said)
		for m in monitors:
			told = dict(wire.rows(m.database, "SELECT rule || ' ' || outcome || coalesce(' ' || signature, ''), count(*) FROM attempt GROUP BY 1"))
			# each connection once: the jump ended none and restarted none
			self.assertEqual(told, {'web/203.0.113.0/24:443/tcp ok': OPEN + 2 + 2 + 8,
			                        'files/198.51.100.0/24:443/tcp blocked tcp-syn-timeout': 2}, m.said)
			self.assertTrue(any(', %d flows ' % (OPEN + 2 + 2 + 2 + 8) in line for line in m.said), m.said)
			notices = ' '.join(text for text, in wire.rows(m.database, "SELECT text FROM notice WHERE code = 'clock-jump'"))
			self.assertIn('the clock jumped', notices)
			shown = [t for t, in wire.rows(m.database, "SELECT started / 1e6 FROM attempt WHERE rule LIKE 'files/%' ORDER BY client")]
			self.assertLess(abs(shown[0] - begun), 60) # begun before the clock was set
			self.assertLess(abs(shown[1] - begun - HOUR), 60) # and while it was an hour ahead
			self.assertEqual(wire.rows(m.database, 'PRAGMA integrity_check'), [('ok',)])


wire.main()
