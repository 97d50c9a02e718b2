"""What DNS said survives a restart, a kill and a reload; systemd is notified."""
import os
import signal
import socket
import struct
import time

import wire
from traffic import address, exchange, ip

CLIENT, RESOLVER, SERVER = address('10.0.0.5'), address('10.0.0.53'), address('192.0.2.77')
CONNECTIONS, RELOADS = 2000, 6
NAME = b'\x06portal\x05spark\x04test\x00'
NAMES = '''name: Names
version: "1"
groups:
  - {id: portal, role: web, hosts: [portal.spark.test], ports: [443/tcp]}
'''


def datagram(source, sport, target, dport, payload):
	return ip(source, target, 17, struct.pack('!HHHH', sport, dport, 8 + len(payload), 0) + payload)


def look_up():
	question = NAME + struct.pack('!HH', 1, 1)
	answer = b'\xc0\x0c' + struct.pack('!HHIH', 1, 1, 300, 4) + SERVER
	return [(0, datagram(CLIENT, 5000, RESOLVER, 53, struct.pack('!HHHHHH', 7, 0x0100, 1, 0, 0, 0) + question)),
	        (.01, datagram(RESOLVER, 53, CLIENT, 5000, struct.pack('!HHHHHH', 7, 0x8180, 1, 1, 0, 0) + question + answer))]


class Restart(wire.Case):
	def setUp(self):
		super().setUp()
		with open(self.list, 'w', encoding='utf-8') as f:
			f.write(NAMES)

	def by_dns(self, m, least=1):
		return wire.until(lambda: wire.rows(m.database, "SELECT count(*) FROM attempt WHERE host = 'portal.spark.test' AND outcome = 'ok' "
		                                    "AND attributed_by = 'dns' AND rule LIKE 'portal/%'")[0][0] >= least, 15)

	def test_a_flow_after_a_restart_is_named_by_a_look_up_before_it(self):
		w = self.wire()
		m = self.monitor(w)
		w.play(look_up()).finish()
		time.sleep(.5)
		self.assertEqual(m.end()[0], 0)
		m = self.monitor(w)
		w.play(exchange(CLIENT, 4000, SERVER, 443)).finish()
		self.assertTrue(self.by_dns(m), m.said)
		m.abandon()
		m = self.monitor(w) # although killed, it had stored what it learned at its start
		w.play(exchange(CLIENT, 4001, SERVER, 443)).finish()
		self.assertTrue(self.by_dns(m, 2), m.said)
		self.assertEqual(m.end()[0], 0)

	def test_a_flow_after_a_reload_is_named_by_a_look_up_before_it(self):
		w = self.wire()
		m = self.monitor(w)
		w.play(look_up()).finish()
		time.sleep(.5)
		with open(self.list, 'a', encoding='utf-8') as f:
			f.write('notes: changed\n')
		m.signal(signal.SIGHUP)
		m.await_line('were reloaded')
		w.play(exchange(CLIENT, 4000, SERVER, 443)).finish()
		self.assertTrue(self.by_dns(m), m.said)
		self.assertEqual(m.end()[0], 0)
		self.assertEqual(wire.rows(m.database, 'SELECT count(*) FROM run'), [(2,)])

	def test_reloads_under_load_lose_no_connection_and_count_none_twice(self):
		w = self.wire()
		m = self.monitor(w)
		with open(self.list, 'w', encoding='utf-8') as f:
			f.write(wire.LIST)
		m.signal(signal.SIGHUP)
		m.await_line('were reloaded')
		player = w.play(sorted((n * .004 + t, f) for n in range(CONNECTIONS)
		                       for t, f in exchange(address('10.1.%d.%d' % (n // 250, n % 250 + 1)), 4000, address('203.0.113.7'), 443)))
		for n in range(RELOADS):
			time.sleep(CONNECTIONS * .004 / (RELOADS + 1))
			with open(self.list, 'a', encoding='utf-8') as f:
				f.write('notes: changed\n' if n == 0 else '# changed\n')
			m.signal(signal.SIGHUP)
			self.assertTrue(wire.until(lambda n=n: sum('were reloaded' in line for line in m.said) == n + 2, 20), m.said)
		player.finish()
		time.sleep(1)
		self.assertEqual(m.end()[0], 0, m.said)
		self.assertEqual(wire.rows(m.database, "SELECT count(*), count(DISTINCT client), sum(outcome = 'ok') FROM attempt WHERE rule LIKE 'web/%'"),
		                 [(CONNECTIONS,) * 3])
		self.assertEqual(wire.rows(m.database, 'SELECT count(*), sum(packets) FROM run'), [(RELOADS + 2, CONNECTIONS * 8)])
		self.whole()

	def test_systemd_is_told_of_start_life_and_end(self):
		path = self.path('notify')
		with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
			s.bind(path)
			os.chmod(path, 0o777)
			s.settimeout(10)
			m = self.monitor(self.wire(), env={'NOTIFY_SOCKET': path, 'WATCHDOG_USEC': '1000000'})
			self.assertIn(b'READY=1', s.recv(4096))
			self.assertEqual(s.recv(4096), b'WATCHDOG=1')
			self.assertEqual(s.recv(4096), b'WATCHDOG=1')
			m.signal(signal.SIGTERM)
			while s.recv(4096) != b'STOPPING=1':
				pass
			self.assertEqual(m.end()[0], 0)


wire.main()
