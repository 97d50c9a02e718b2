"""A million spoofed connections: memory stays bounded, and real ones are judged correctly, even with little memory."""
import os
import random
import subprocess
import unittest

import wire
from traffic import address, exchange, refused, tcp, unanswered, write_pcap, SYN

FLOWS = int(os.environ.get('RULEGAP_FLOOD', '1000000'))
MEMORY = (256, 64) # MiB
REAL = 100 # of each kind


def flood(frames):
	"""the frames, and spoofed SYNs to a listed server spread over ten seconds; bytes are good until the next"""
	chance, at = random.Random(5), 0
	frames = sorted(frames, key=lambda f: f[0])
	target = address('203.0.113.200')
	template = bytearray(tcp(address('45.0.0.0'), 1024, target, 443, 0, 0, SYN))
	for n in range(FLOWS):
		t = n * 10 / FLOWS
		while at < len(frames) and frames[at][0] <= t:
			yield frames[at]
			at += 1
		template[27:30] = chance.getrandbits(24).to_bytes(3, 'big')
		template[34:36] = (1024 + chance.getrandbits(15)).to_bytes(2, 'big')
		yield t, bytes(template)
	yield from frames[at:]


def real(end=30):
	frames = []
	for i in range(REAL):
		start = i * .05
		client = address('10.20.0.%d' % (i + 1))
		for t, f in (exchange(client, 30000 + i, address('203.0.113.7'), 443) + refused(client, 31000 + i, address('203.0.113.8'), 443) +
		             unanswered(client, 32000 + i, address('198.51.100.7'), 443)):
			frames.append((start + t, f))
	# the capture continues, so that silence can be observed
	return frames + [(end, f) for _, f in exchange(address('10.20.0.1'), 40000, address('192.0.2.1'), 9999)]


class Flood(wire.Case):
	@unittest.skipIf(wire.SANITIZED, 'the sanitizers need memory of their own')
	def test_a_flood_leaves_memory_bounded_and_verdicts_right(self):
		write_pcap(self.path('flood.pcap'), flood(real()))
		for mebibytes in MEMORY:
			with self.subTest(memory=mebibytes):
				self.flooded(mebibytes)

	def flooded(self, mebibytes):
		if os.path.exists(self.path('f.db')):
			os.unlink(self.path('f.db'))
		p = subprocess.Popen([wire.PROGRAM, 'audit', '-q', '-e', self.list, '-r', self.path('flood.pcap'), '-d', self.path('f.db'), '--memory',
		                      '%dM' % mebibytes, '-o', '/dev/null'], stderr=subprocess.PIPE)
		said = p.stderr.read()
		_, status, usage = os.wait4(p.pid, 0)
		p.returncode = os.waitstatus_to_exitcode(status)
		p.stderr.close()
		self.assertIn(p.returncode, (0, 3), said)
		self.assertLess(usage.ru_maxrss, mebibytes << 10)
		self.right(self.path('f.db'))

	def right(self, database):
		got = dict(wire.rows(database, "SELECT address || ' ' || outcome || coalesce(' ' || signature, ''), count(*) FROM attempt "
		                     "WHERE client LIKE '10.20.%' AND rule IS NOT NULL AND outcome <> 'inconclusive' GROUP BY 1"))
		self.assertEqual(wire.rows(database, "SELECT count(*) FROM notice WHERE code = 'flood' AND text LIKE "
		                           "'203.0.113.200 port 443/tcp: %'"), [(1,)])
		self.assertLess(os.path.getsize(database), 8 << 20)
		self.assertEqual(got, {'203.0.113.7 ok': REAL, '203.0.113.8 blocked tcp-syn-reset': REAL,
		                       '198.51.100.7 blocked tcp-syn-timeout': REAL})

	@unittest.skipIf(wire.SANITIZED, 'the sanitizers need memory of their own')
	def test_a_monitor_lives_through_a_flood(self):
		w = self.wire()
		monitors = [self.monitor(w, '--memory', '%dM' % MEMORY[0], '--buffer', '64M', '-j', jobs, database='%d.db' % jobs)
		            for jobs in (1, 2)]
		w.run(lambda sender: sender.play(flood(real(16)))).finish(100)
		for m in monitors:
			with open('/proc/%d/status' % m.pid, encoding='utf-8') as f:
				most = int(next(line for line in f if line.startswith('VmHWM:')).split()[1])
			print('# at most %d MiB' % (most >> 10))
			self.assertIn(m.end(30)[0], (0, 3), m.said) # the flow table was full
			self.assertEqual(wire.rows(m.database, 'SELECT dropped FROM run'), [(0,)])
			self.assertLess(most, MEMORY[0] << 10)
			self.right(m.database)


wire.main()
