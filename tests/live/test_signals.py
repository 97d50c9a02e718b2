"""Start, signals, remaining privileges, what is reported while it runs."""
import json
import os
import re
import signal
import socket
import stat
import subprocess
import time
import urllib.request

import wire
from traffic import address, exchange, refused

CLIENT, SERVER = address('10.0.0.5'), address('203.0.113.7')


def spread(frames, start):
	return [(start + t, f) for t, f in frames]


class Start(wire.Case):
	def test_nothing_is_left_of_root(self):
		m = self.monitor(self.wire(), '-j', 3)
		with open('/proc/%d/status' % m.pid, encoding='utf-8') as f:
			status = dict(line.rstrip('\n').split(':\t', 1) for line in f if ':\t' in line)
		for key in ('Uid', 'Gid'):
			self.assertNotIn('0', status[key].split(), key)
		self.assertEqual(status['Groups'].strip(), '')
		for key in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):
			self.assertEqual(int(status[key], 16), 0, key)
		self.assertEqual(status['NoNewPrivs'], '1')
		if not wire.SANITIZED:
			self.assertEqual(status['Seccomp'], '2')
		# every thread: those that capture, and the writer's too
		tasks = os.listdir('/proc/%d/task' % m.pid)
		self.assertGreaterEqual(len(tasks), 5) # one receives and judges, one writes, three capture
		for task in tasks:
			with open('/proc/%d/task/%s/status' % (m.pid, task), encoding='utf-8') as f:
				text = f.read()
			self.assertRegex(text, r'CapEff:\t0+\n')
			self.assertRegex(text, r'NoNewPrivs:\t1\n')
			if not wire.SANITIZED:
				self.assertRegex(text, r'Seccomp:\t2\n')
		for name in ('m.db', 'm.db-wal', 'm.db-shm'):
			self.assertEqual(stat.S_IMODE(os.stat(self.path(name)).st_mode) & ~0o640, 0, name)

	def test_a_second_monitor_of_the_same_database_is_refused(self):
		w = self.wire()
		m = self.monitor(w)
		second = self.monitor(w, ready=False)
		self.assertNotEqual(second.process.wait(20), 0)
		second.reader.join(5)
		self.assertEqual(len(second.said), 1, second.said)
		self.assertIn('another rulegap is writing it', second.said[0])
		self.assertIsNone(m.process.poll())
		self.assertEqual(m.end()[0], 0)

	def test_what_cannot_work_is_refused_with_one_line(self):
		w = self.wire()
		for words, lists, says in ((['--user', 'root'], None, 'root'), (['--user', 'no-such-user'], None, 'no such user'),
		                           (['--buffer', '1'], None, '--buffer'), (['-j', '65'], None, '--jobs'), (['--interval', '0'], None, '--interval'),
		                           (['--keep-size', '1'], None, '--keep-size: at least 1M'),
		                           (['-o', 'x'], None, '-f ndjson'), (['--metrics-listen', '9100'], None, 'ADDR:PORT'),
		                           ([], [self.path('none.yaml')], 'none.yaml'), (['not', 'a', 'filter'], None, '')):
			m = self.monitor(w, *words, lists=lists, ready=False, database='other.db')
			self.assertEqual(m.process.wait(10), 2, (words, m.said))
			m.reader.join(5)
			self.assertEqual(len(m.said), 1, m.said)
			self.assertIn(says, m.said[0])

	def test_it_ends_after_its_duration(self):
		m = self.monitor(self.wire(), '--duration', '1s')
		self.assertEqual(m.process.wait(10), 0)
		self.assertEqual(wire.rows(m.database, 'SELECT complete FROM run'), [(1,)])


class Signals(wire.Case):
	def test_term_ends_it_cleanly_while_packets_come(self):
		for jobs in (1, 2):
			with self.subTest(jobs=jobs):
				self.end_of(jobs)

	def end_of(self, jobs):
		w = self.wire()
		m = self.monitor(w, '-j', jobs, database='%d.db' % jobs)
		frames = [f for n in range(4000) for f in spread(exchange(CLIENT, 1024 + n, SERVER, 443), n / 1000)]
		player = w.play(sorted(frames, key=lambda f: f[0]))
		time.sleep(2)
		status, seconds = m.end()
		print('# SIGTERM to the end: %.2f s' % seconds)  # only a figure: a slow machine is not a fault
		self.assertEqual(status, 0, m.said)
		player.finish()
		self.whole('%d.db' % jobs)
		self.assertEqual(wire.rows(m.database, 'SELECT complete, ended IS NOT NULL FROM run'), [(1, 1)])
		self.assertGreater(wire.rows(m.database, "SELECT count(*) FROM attempt WHERE outcome = 'ok'")[0][0], 100)

	def test_hup_takes_a_good_list_and_refuses_a_bad_one(self):
		w = self.wire()
		m = self.monitor(w, '-j', 2)
		with open(self.list, 'a', encoding='utf-8') as f:
			f.write('  - {id: bad, role: web, hosts: [a b c], ports: [443/tcp]}\n')
		m.signal(signal.SIGHUP)
		m.await_line('the old ones stay')
		self.assertTrue(any(re.search(r'wire\.yaml:\d+:\d+: ', line) for line in m.said), m.said)
		self.assertEqual(wire.rows(m.database, 'SELECT count(*) FROM run'), [(1,)])
		with open(self.list, 'w', encoding='utf-8') as f:
			f.write(wire.LIST + '  - {id: more, role: web, hosts: [192.0.2.0/24], ports: [8443/tcp]}\n')
		m.signal(signal.SIGHUP)
		m.await_line('the lists were reloaded: 3 rules')
		w.play(exchange(CLIENT, 4000, address('192.0.2.9'), 8443)).finish()
		self.assertTrue(wire.until(lambda: wire.rows(m.database, "SELECT count(*) FROM attempt WHERE outcome = 'ok' AND rule LIKE 'more/%'")
		                           [0][0], 15))
		self.assertEqual(m.end()[0], 0)
		self.assertEqual(wire.rows(m.database, 'SELECT complete, ended IS NOT NULL FROM run ORDER BY id'), [(1, 1), (1, 1)])
		self.assertEqual(wire.rows(m.database, 'SELECT count(*) FROM rule GROUP BY run ORDER BY run'), [(2,), (3,)])

	def test_usr1_prints_statistics(self):
		m = self.monitor(self.wire())
		m.signal(signal.SIGUSR1)
		m.await_line('packets, 0 bytes')
		m.await_line('database: ')
		self.assertEqual(m.end()[0], 0)


class Telling(wire.Case):
	def test_alerts_events_and_metrics_tell_of_a_block_and_its_mending(self):
		w = self.wire()
		with socket.socket() as s:
			s.bind(('127.0.0.1', 0))
			port = s.getsockname()[1]
		subprocess.run(['ip', '-n', w.near, 'link', 'set', 'lo', 'up'], check=True)
		m = self.monitor(w, '--alert', 'cat >> %s' % self.path('alerts'), '-f', 'ndjson', '-o', self.path('events'), '--metrics',
		                 self.path('m.prom'), '--metrics-listen', '127.0.0.1:%d' % port, '--status', '1s')
		frames = refused(CLIENT, 4000, SERVER, 443) + spread(refused(CLIENT, 4001, SERVER, 443), 2)
		frames += spread(exchange(CLIENT, 4002, SERVER, 443), 40) # later than anything that would explain a failure
		player = w.play(frames)
		self.assertTrue(wire.until(lambda: os.path.exists(self.path('alerts')), 25), m.said)
		os.rename(self.path('events'), self.path('events.1')) # as logrotate does
		m.signal(signal.SIGHUP)
		m.await_line('unchanged')
		scraped = subprocess.run(['ip', 'netns', 'exec', w.near, 'python3', '-c', 'import urllib.request;'
		                          'print(urllib.request.urlopen("http://127.0.0.1:%d/metrics", timeout=5).read().decode())' % port],
		                         capture_output=True, text=True, timeout=20).stdout
		self.assertIn('rulegap_capture_packets_total{interface="in"} 4', scraped)
		with open(self.path('m.prom'), encoding='utf-8') as f:
			self.assertRegex(f.read(), r'(?m)^rulegap_build_info\{version="[^"]+"\} 1$')
		self.assertTrue(any('packets/s' in line for line in m.said))
		self.assertEqual(m.end()[0], 0)
		player.finish()
		with open(self.path('alerts'), encoding='utf-8') as f:
			alert = json.loads(f.readline())
		self.assertEqual((alert['rule'], alert['verdict'], alert['signature'], alert['client'], alert['left_out']),
		                 ('web/203.0.113.0/24:443/tcp', 'blocked', 'tcp-syn-reset', '10.0.0.5', 0))
		with open(self.path('events.1'), encoding='utf-8') as f:
			events = [json.loads(line) for line in f]
		self.assertIn(('incident', 'tcp-syn-reset'), [(e['rulegap']['record'], e['rulegap'].get('signature')) for e in events])
		self.assertIn(('change', 'blocked'), [(e['rulegap']['record'], e['rulegap'].get('verdict')) for e in events])
		self.assertTrue(os.path.exists(self.path('events')))


wire.main()
