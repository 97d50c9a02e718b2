"""SIGKILL at random moments: no committed attempt is lost, no database damaged."""
import os
import random
import threading
import time

import wire
from traffic import address, exchange

KILLS = int(os.environ.get('RULEGAP_KILLS', '20'))
WORKERS = 5 # parallel monitors, each with its own database
SERVER = address('203.0.113.7')


def endless(stop):
	def work(sender):
		n = 0
		while not stop.is_set():
			client, port = address('10.0.%d.%d' % (n // 50000 % 250, n // 200 % 250 + 1)), 1024 + n % 60000
			for _, frame in exchange(client, port, SERVER, 443):
				sender.send(frame)
			n += 1
			time.sleep(.002)
	return work


class Kill(wire.Case):
	def worker(self, w, number, kills, faults, seen_most):
		database, seen, chance = 'm%d.db' % number, set(), random.Random(number)
		for _ in range(kills):
			try:
				m = self.monitor(w, database=database)
				end = time.monotonic() + chance.uniform(4, 9)
				while time.monotonic() < end:
					seen |= set(wire.rows(m.database, 'SELECT run, number FROM attempt'))
					time.sleep(chance.uniform(0, .2))
				m.abandon()
				left = set(wire.rows(m.database, 'SELECT run, number FROM attempt'))
				if seen - left:
					faults.append('%d attempts that were committed are gone' % len(seen - left))
				if wire.rows(m.database, 'PRAGMA integrity_check') != [('ok',)] or wire.rows(m.database, 'PRAGMA foreign_key_check'):
					faults.append('%s is damaged' % database)
			except Exception as e:
				faults.append(repr(e))
		seen_most.append(len(seen))

	def test_kills_damage_nothing_and_lose_nothing_that_was_committed(self):
		w, stop, faults, seen = self.wire(), threading.Event(), [], []
		self.addCleanup(stop.set)
		player = w.run(endless(stop))
		per_worker = max(1, KILLS // WORKERS)
		workers = [threading.Thread(target=self.worker, args=(w, n, per_worker, faults, seen)) for n in range(WORKERS)]
		for t in workers:
			t.start()
		for t in workers:
			t.join()
		stop.set()
		player.finish()
		self.assertEqual(faults, [])
		self.assertEqual(len(seen), WORKERS)
		self.assertGreater(sum(seen), 500, 'too few attempts were committed for this to prove anything')
		m = self.monitor(w, database='m0.db') # it goes on in the same database
		self.assertEqual(m.end()[0], 0, m.said)


wire.main()
