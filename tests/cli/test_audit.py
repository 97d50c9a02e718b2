"""audit from end to end on captures made here, and what it says of inputs that are wrong."""
import fcntl
import json
import signal
import struct
import subprocess
import termios
import time

import schema_check
from common import Case, PROGRAM, main, run

LIST = '''name: Example
version: "1"
groups:
  - id: web
    role: web
    hosts: [portal.example, 192.0.2.77]
    ports: [443/tcp]
'''
CLIENT, SERVER, RESOLVER = bytes([10, 0, 0, 5]), bytes([192, 0, 2, 1]), bytes([10, 0, 0, 53])
RULE = 'web/portal.example:443/tcp'


def ip(source, target, proto, payload):
	return struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), 0, 0x4000, 64, proto, 0, source, target) + payload


def udp(source, target, sport, dport, payload):
	return ip(source, target, 17, struct.pack('>HHHH', sport, dport, 8 + len(payload), 0) + payload)


def tcp(source, target, sport, dport, flags, seq=1000, ack=0):
	return ip(source, target, 6, struct.pack('>HHIIBBHHH', sport, dport, seq, ack, 0x50, flags, 64000, 0, 0))


def dns(name, answer=None):
	question = b''.join(bytes([len(l)]) + l.encode() for l in name.split('.')) + b'\0\0\1\0\1'
	if answer is None:
		return struct.pack('>HHHHHH', 7, 0x0100, 1, 0, 0, 0) + question
	return struct.pack('>HHHHHH', 7, 0x8180, 1, 1, 0, 0) + question + b'\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4' + answer


def pcap(packets):
	"""packets: (seconds, IP packet); link type RAW"""
	data = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
	for at, packet in packets:
		data += struct.pack('<IIII', 1700000000 + int(at), int(at % 1 * 10**6), len(packet), len(packet)) + packet
	return data


LOOKUP = [(0, udp(CLIENT, RESOLVER, 5353, 53, dns('portal.example'))), (0.02, udp(RESOLVER, CLIENT, 53, 5353, dns('portal.example', SERVER)))]
BLOCKED = pcap(LOOKUP + [(at, tcp(CLIENT, SERVER, 50000, 443, 2)) for at in (1, 2, 4, 8, 16)] +
               [(30, udp(CLIENT, RESOLVER, 5354, 53, dns('other.example'))), (30.01, udp(RESOLVER, CLIENT, 53, 5354, dns('other.example', SERVER)))])


class Audit(Case):
	def setUp(self):
		super().setUp()
		self.list = self.file('list.yaml', LIST.encode())

	def audit(self, capture, *words, status=0):
		got, out, err = run('audit', '-e', self.list, '-r', capture, '-f', 'json', *words)
		self.assertEqual(got, status, err)
		r = json.loads(out)
		self.assertEqual(schema_check.faults(r), [])
		return r

	def test_an_interrupted_one_reports_what_it_has_read(self):
		for extra in ((), ('-d', self.path('i.db'))):
			p = subprocess.Popen([PROGRAM, 'audit', '-e', self.list, '-r', '-', '-f', 'json', *extra], stdin=subprocess.PIPE,
			                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
			p.stdin.write(BLOCKED)
			p.stdin.flush()
			until = time.monotonic() + 30
			while fcntl.ioctl(p.stdin, termios.FIONREAD, b'\0' * 4) != b'\0' * 4 and time.monotonic() < until:
				time.sleep(.01)
			time.sleep(.3)  # what was read is worked on
			p.send_signal(signal.SIGINT)
			report = json.loads(p.stdout.read())
			self.assertEqual((p.wait(30), p.stderr.read().count(b'\n')), (3, 1))
			self.assertIn('interrupted', [n['code'] for n in report['notices']])
			self.assertEqual([r['verdict'] for r in report['rules'] if r['id'] == RULE], ['blocked'])

	def test_a_dropped_connection_is_a_missing_rule(self):
		r = self.audit(self.file('a.pcap', BLOCKED))
		(m,) = r['missing']
		self.assertEqual((m['rule'], m['signature'], m['from'], m['addresses']), (RULE, 'tcp-syn-timeout', ['10.0.0.5'], ['192.0.2.1']))
		self.assertEqual(r['capture']['packets'], 9)
		self.assertEqual({x['id']: x['verdict'] for x in r['rules']}, {RULE: 'blocked', 'web/192.0.2.77:443/tcp': 'unseen'})

	def test_the_database_holds_what_the_report_said(self):
		r = self.audit(self.file('a.pcap', BLOCKED), '-d', self.path('a.db'))
		status, out, err = run('report', '-d', self.path('a.db'), '-f', 'json')
		self.assertEqual((status, json.loads(out)), (0, r))
		self.assertEqual(run('evidence', '-d', self.path('a.db'), r['missing'][0]['incidents'][0], '-w', self.path('e.pcapng'))[0], 0)

	def test_a_second_run_is_added_and_reported_alone(self):
		capture = self.file('a.pcap', BLOCKED)
		first = self.audit(capture, '-d', self.path('a.db'))
		second = self.audit(capture, '-d', self.path('a.db'))
		self.assertEqual(second['rules'], first['rules'])
		both = json.loads(run('report', '-d', self.path('a.db'), '-f', 'json')[1])
		self.assertEqual(both['rules'][0]['attempts']['blocked'], 2 * first['rules'][0]['attempts']['blocked'])

	def test_missing_rules_end_it_with_1_only_when_that_is_asked_for(self):
		blocked, empty = self.file('a.pcap', BLOCKED), self.file('b.pcap', pcap(LOOKUP))
		self.audit(blocked, '--exit-code', status=1)
		self.audit(blocked, status=0)
		self.audit(empty, '--exit-code', status=0)

	def test_a_capture_on_standard_input_is_audited(self):
		p = subprocess.run([PROGRAM, 'audit', '-e', self.list, '-r', '-', '-f', 'json'], input=BLOCKED, capture_output=True, timeout=60)
		self.assertEqual((p.returncode, json.loads(p.stdout)['missing'][0]['rule']), (0, RULE))

	def test_a_damaged_capture_is_audited_up_to_the_damage(self):
		r = self.audit(self.file('a.pcap', BLOCKED[:-20]), '--exit-code', status=3)
		self.assertIn('damaged-file', [n['code'] for n in r['notices']])
		self.assertEqual(r['capture']['packets'], 8)

	def test_of_several_inputs_the_bad_one_is_named_and_the_others_are_audited(self):
		bad = self.file('bad.pcap', b'no capture at all, just text')
		got, out, err = run('audit', '-e', self.list, '-r', self.file('a.pcap', BLOCKED), '-r', bad, '-f', 'json')
		self.assertEqual((got, json.loads(out)['missing'][0]['rule']), (3, RULE))
		self.assertIn('bad.pcap', out.decode() + err)

	def test_inputs_that_are_wrong(self):
		capture = self.file('a.pcap', BLOCKED)
		self.wrong('audit', '-e', self.list, says='-r FILE')
		self.wrong('audit', '-r', capture, says='-e')
		self.wrong('audit', '-e', self.list, '-r', self.path('missing.pcap'), says='missing.pcap')
		self.wrong('audit', '-e', self.list, '-r', self.file('text.pcap', b'no capture at all, just text'), says='text.pcap')
		self.wrong('audit', '-e', self.list, '-r', self.file('empty.pcap', b''), says='empty.pcap')
		self.wrong('audit', '-e', self.path('missing.yaml'), '-r', capture, says='missing.yaml')
		self.wrong('audit', '-e', self.file('bad.yaml', LIST.replace('443/tcp', '99999/tcp').encode()), '-r', capture, says='bad.yaml:7:')
		self.wrong('audit', '-e', self.list, '-r', capture, 'nonsense', 'filter', 'words', says='nonsense')
		self.wrong('audit', '-e', self.list, '-r', capture, '--clients', 'me', says='me')
		self.wrong('audit', '-e', self.list, '-r', capture, '-d', capture, says='a.pcap')

	def test_a_filter_and_clients_choose_what_is_audited(self):
		capture = self.file('a.pcap', BLOCKED)
		for words in (('--clients', '10.9.0.0/16'), ('host', '10.0.0.99')):
			r = self.audit(capture, *words)
			self.assertEqual((r['missing'], r['summary']['unseen']), ([], 2))
			self.assertIn('no-clients', [n['code'] for n in r['notices']])


if __name__ == '__main__':
	main()
