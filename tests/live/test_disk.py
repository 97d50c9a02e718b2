"""A full disk: capture continues, the failure is reported, and everything resumes when there is space again."""
import os
import subprocess
import sys
import threading
import time

import wire
from traffic import address, exchange

CLIENT, SERVER = address('10.0.0.5'), address('203.0.113.7')


class Disk(wire.Case):
	def test_a_full_disk_is_said_and_survived(self):
		small = self.path('small')
		os.mkdir(small)
		subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=24M,mode=1777', 'tmpfs', small], check=True)
		self.addCleanup(subprocess.run, ['umount', '-l', small])
		w, stop = self.wire(), threading.Event()
		self.addCleanup(stop.set)
		m = self.monitor(w, '--interval', '1s', database='small/m.db')

		def work(sender):
			n = 0
			while not stop.is_set():
				for _, frame in exchange(CLIENT, 1024 + n % 60000, SERVER, 443):
					sender.send(frame)
				n += 1
				time.sleep(.004)
		player = w.run(work)
		self.assertTrue(wire.until(lambda: wire.rows(m.database, 'SELECT count(*) FROM attempt')[0][0], 20), m.said)
		with open(os.path.join(small, 'filler'), 'wb', buffering=0) as f:
			try:
				while True:
					f.write(b'\0' * 4096)
			except OSError:
				pass
		m.await_line('cannot be written', 30)
		self.whole('small/m.db')
		packets = wire.rows(m.database, 'SELECT count(*) FROM attempt')[0][0]
		time.sleep(2)
		self.assertIsNone(m.process.poll())
		os.unlink(os.path.join(small, 'filler'))
		m.await_line('written again', 15)
		self.assertTrue(wire.until(lambda: wire.rows(m.database, 'SELECT count(*) FROM attempt')[0][0] > packets, 15))
		self.assertTrue(wire.until(lambda: wire.rows(m.database, "SELECT count(*) FROM notice WHERE code = 'disk'")[0][0], 10))
		stop.set()
		player.finish()
		self.assertEqual(m.end()[0], 0, m.said)
		self.assertEqual(sum('cannot be written' in line for line in m.said), 1, m.said)
		self.whole('small/m.db')


if os.geteuid() == 0 and not os.environ.get('RULEGAP_OWN_MOUNTS'):
	# in its own mount namespace: nothing stays mounted, however this ends
	os.environ['RULEGAP_OWN_MOUNTS'] = '1'
	if subprocess.run(['unshare', '-m', 'true'], capture_output=True).returncode != 0:
		wire.skip('no mount namespaces here')
	os.execvp('unshare', ['unshare', '-m', sys.executable, '-B', __file__])
wire.main()
