"""Constantly changing traffic: memory and descriptors do not grow.

RULEGAP_SOAK=1500 soaks for that many seconds: memory is compared once the ten minutes whose attempts the judge
considers are full; RULEGAP_SOAK_LOG=FILE gets a line every ten seconds."""
import os
import random
import threading
import time

import wire
from traffic import PSH, ACK, address, exchange, refused, tcp, unanswered

SECONDS = float(os.environ.get('RULEGAP_SOAK', '15'))
WARM = 660 if SECONDS > 900 else SECONDS / 3
PAUSE = .005
GROWTH_MB = 12 if WARM == 660 else 48 # the packet ring's pages are first touched sooner or later


def status(pid):
	with open('/proc/%d/status' % pid, encoding='ascii') as f:
		kilobytes = next(int(line.split()[1]) for line in f if line.startswith('VmRSS'))
	return kilobytes / 1024, len(os.listdir('/proc/%d/fd' % pid))


class Soak(wire.Case):
	def work(self, sender):
		chance, n = random.Random(7), 0
		busy = [tcp(address('10.9.0.%d' % i), 40000, address('192.0.2.9'), 5000, 1000, 1, PSH | ACK, b'x' * 600) for i in range(1, 11)]
		while not self.stop.is_set():
			kind = chance.choice((exchange, exchange, refused, unanswered))
			client = address('10.20.%d.%d' % (chance.randrange(4), 1 + n % 250))
			server = address(chance.choice(('203.0.113.%d', '198.51.100.%d', '192.0.2.%d')) % chance.randrange(1, 250))
			for _, frame in kind(client, 1024 + n % 64000, server, 443, seq=1000 + n * 7):
				sender.send(frame)
			for frame in busy:
				sender.send(frame)
			n += 1
			time.sleep(PAUSE)

	def test_memory_and_descriptors_stay_as_they_are(self):
		w, self.stop = self.wire(), threading.Event()
		self.addCleanup(self.stop.set)
		m = self.monitor(w, '--interval', '2s', '-j', '2')
		player = w.run(self.work)
		begun, seen = time.monotonic(), []
		while (at := time.monotonic() - begun) < SECONDS:
			self.assertIsNone(m.process.poll(), m.said)
			seen.append((at, *status(m.pid)))
			if os.environ.get('RULEGAP_SOAK_LOG'):
				with open(os.environ['RULEGAP_SOAK_LOG'], 'a', encoding='ascii') as f:
					f.write('%.0f s %.1f MB %d descriptors\n' % seen[-1])
			time.sleep(1 if SECONDS < 100 else 10)
		self.stop.set()
		player.finish()
		warm = [s for s in seen if s[0] >= WARM]
		if not wire.SANITIZED: # which retain freed memory
			some = len(warm) // 4 + 1 # the minimum of several: the judge works on copies
			self.assertLess(min(mb for _, mb, _ in warm[-some:]) - min(mb for _, mb, _ in warm[:some]), GROWTH_MB, seen)
		self.assertLessEqual(max(n for _, _, n in warm), max(n for at, _, n in seen if at < WARM), seen)
		self.assertIn(m.end()[0], (0, 3), m.said) # packets may be lost on a busy machine
		self.assertGreater(wire.rows(m.database, 'SELECT count(*) FROM attempt')[0][0], 10 * SECONDS)
		self.whole()


wire.main()
