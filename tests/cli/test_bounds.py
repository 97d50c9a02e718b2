"""What a bound, a cut or damage left out is said in the report, each in its own words."""
import json
import struct

from common import Case, main, run

LIST = '''name: Bounds
version: "1"
groups:
  - {id: web, role: web, hosts: [192.0.2.0/24], ports: [443/tcp]}
'''
SERVER = bytes([192, 0, 2, 1])
SYN, SYN_ACK, ACK, PUSH = 2, 18, 16, 24


def client(n):
	return struct.pack('>I', 0x0a000001 + n)


def tcp(source, target, sport, dport, flags, seq, ack=0, data=b''):
	t = struct.pack('>HHIIBBHHH', sport, dport, seq & 0xffffffff, ack & 0xffffffff, 0x50, flags, 64000, 0, 0) + data
	return struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(t), seq & 0xffff, 0x4000, 64, 6, 0, source, target) + t


def told(n, addresses):
	"""a question of client n for www.example, and its answer"""
	name, resolver = b'\3www\7example\0\0\1\0\1', bytes([192, 0, 2, 53])
	for source, target, ports, flags, answers in ((client(n), resolver, (40000, 53), 0x100, ()), (resolver, client(n), (53, 40000), 0x8180, addresses)):
		d = struct.pack('>HHHHHH', 7, flags, 1, len(answers), 0, 0) + name + b''.join(b'\xc0\x0c\0\1\0\1\0\0\1\0\0\4' + a for a in answers)
		u = struct.pack('>HHHH', *ports, 8 + len(d), 0) + d
		yield struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(u), 1, 0x4000, 64, 17, 0, source, target) + u


def opened(n, port=443):
	"""up to where client n may send its byte 1001"""
	return [tcp(client(n), SERVER, 50000, port, SYN, 1000), tcp(SERVER, client(n), port, 50000, SYN_ACK, 9000, 1001),
	        tcp(client(n), SERVER, 50000, port, ACK, 1001, 9001)]


def sent(n, pieces, port=443):
	"""pieces: (offset, bytes)"""
	return [tcp(client(n), SERVER, 50000, port, PUSH, 1001 + at, 9001, data) for at, data in pieces]


def endless_hello(length):
	"""the beginning of a record with a ClientHello that does not end"""
	return (b'\x16\3\1\x3e\x80\1\xff\xff\xff\3\3' + bytes(length))[:length]


def pcap(packets, apart=.01, snap=262144):
	"""packets: one behind the other, or (seconds, packet)"""
	data = [struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, snap, 101)]
	for i, p in enumerate(packets):
		at, p = p if isinstance(p, tuple) else (i * apart, p)
		data.append(struct.pack('<IIII', 1700000000 + int(at), int(at % 1 * 10**6), len(p[:snap]), len(p)) + p[:snap])
	return b''.join(data)


class Bounds(Case):
	def notices(self, capture, *words, status=3, names=LIST):
		for name, content in (('list.yaml', names.encode()), ('a.pcap', capture)):
			with open(self.path(name), 'wb') as f:
				f.write(content)
		got, out, err = run('audit', '-e', self.path('list.yaml'), '-r', self.path('a.pcap'), '-f', 'json', *words)
		self.assertEqual(got, status, (err, out))
		report = json.loads(out)
		self.report = report
		return {(n['code'], n['text']) for n in report['notices']}

	def assert_said(self, notices, code, *parts):
		self.assertTrue(any(c == code and all(p in text for p in parts) for c, text in notices), notices)

	def test_a_stream_that_begins_too_long_is_given_up(self):
		# DNS over TCP: a query of 65,535 bytes, and two for its length, are one more than is kept
		query = b'\xff\xff' + struct.pack('>HHHHHH', 7, 0x100, 1, 0, 0, 1) + b'\1a\0\0\1\0\1' + b'\0\0\x29\4\xd0\0\0\0\0'
		query += struct.pack('>H', 65537 - len(query) - 2)
		query += bytes(65537 - len(query))
		said = self.notices(pcap(opened(0, 53) + sent(0, [(at, query[at:at + 1400]) for at in range(0, len(query), 1400)], 53)))
		self.assert_said(said, 'table-full', '1 stream began longer or in more pieces')

	def test_a_stream_in_too_many_pieces_is_given_up(self):
		hello = endless_hello(3000)
		said = self.notices(pcap(opened(0) + sent(0, [(at, hello[at:at + 10]) for at in range(20, 2000, 20)])))
		self.assert_said(said, 'table-full', '1 stream began longer or in more pieces')

	def test_a_stream_within_its_bounds_is_not(self):
		hello = endless_hello(3000)
		said = self.notices(pcap(opened(0) + sent(0, [(at, hello[at:at + 1400]) for at in (1400, 0)])), status=0)
		self.assertEqual({code for code, _ in said} & {'table-full', 'truncated-packets', 'damaged-file', 'memory'}, set())

	def test_first_bytes_of_too_many_streams_are_refused(self):
		hello, n = endless_hello(40000), 80 # 3.1 MB that wait for the first segment, and an eighth of 16 is allowed
		packets = [p for i in range(n) for p in opened(i)]
		packets += [p for at in range(1400, len(hello), 1400) for i in range(n) for p in sent(i, [(at, hello[at:at + 1400])])]
		said = self.notices(pcap(packets, .0001), '--memory', '16M')
		self.assert_said(said, 'table-full', 'the memory for the first bytes of streams was full', 'segments were not read')

	def test_flows_that_are_given_up_are_counted(self):
		said = self.notices(pcap([p for i in range(3000) for p in opened(i)], .0001), '--max-flows', '1000')
		self.assert_said(said, 'table-full', 'the flow table was full', 'flows were given up early')

	def test_addresses_that_are_forgotten_are_said(self):
		packets = [p for i in range(1200) for p in told(i, [bytes([198, 18, i % 256, k]) for k in range(30)])]  # 32,768 are kept
		self.assert_said(self.notices(pcap(packets, .001), '--memory', '16M'), 'table-full', 'some names or attempts were not kept')
		self.assertFalse(any(code == 'table-full' for code, _ in self.notices(pcap(packets[:2000], .001), '--memory', '16M', status=0)))

	def test_a_host_of_too_many_groups_is_said(self):
		groups = ['  - {id: g%d, role: web, hosts: [192.0.2.0/24], ports: [443/tcp]}\n' % i for i in range(8)]
		said = self.notices(pcap(opened(0)), names=LIST + ''.join(groups))
		self.assert_said(said, 'table-full', 'more than 8 groups')
		self.assertFalse(any('not kept' in text for _, text in said))
		self.assertFalse(any(code == 'table-full' for code, _ in self.notices(pcap(opened(0)), names=LIST + ''.join(groups[1:]), status=0)))

	def test_packets_that_the_capture_cut_are_said(self):
		said = self.notices(pcap(opened(0) + sent(0, [(0, endless_hello(1000))]), snap=96))
		self.assert_said(said, 'truncated-packets')

	def test_frames_of_a_link_type_that_is_not_read_are_said(self):
		ordinary, bluetooth = pcap(opened(0)), bytearray(pcap(opened(1)[:2]))
		bluetooth[20] = 187
		self.assert_said(self.notices(bytes(bluetooth)), 'link-type', '2 frames of 2 were of a link type that rulegap does not read')
		with open(self.path('b.pcap'), 'wb') as f:
			f.write(bluetooth)
		said = self.notices(ordinary, '-r', self.path('b.pcap'), status=0) # beside what matters it is no more than a remark
		self.assert_said(said, 'link-type', '2 frames of 5 were')

	def test_a_file_that_is_cut_or_wrong_is_said(self):
		whole = pcap(opened(0) + sent(0, [(0, endless_hello(1000))]))
		self.assert_said(self.notices(whole[:-500]), 'damaged-file', 'a.pcap')
		self.assert_said(self.notices(whole + b'\xff' * 16 + bytes(3000)), 'damaged-file', 'a.pcap')

	def test_attempts_beyond_the_memory_are_all_kept_and_said(self):
		n = 17000 # of a KB each, and 16 MB are allowed
		silent = [tcp(client(i), SERVER, 50000, 443, SYN, 1000) for i in range(n)]
		data = pcap(sorted((i * .1 + at, silent[i]) for i in range(n) for at in (0, 1, 3, 7)))
		said = self.notices(data, '--memory', '16M', '--two-way', status=0)
		self.assert_said(said, 'memory', '17000 attempts were kept, none of them is left out')
		self.assertEqual(len(self.report['incidents']), n)
		self.assertFalse(any(code == 'memory' for code, _ in self.notices(data, '--memory', '64M', '--two-way', status=0)))


if __name__ == '__main__':
	main()
