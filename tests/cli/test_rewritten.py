"""The same packets written otherwise, and told by way of a database: the report is the same but for what it counts of the file."""
import glob
import gzip
import json
import os
import struct

from common import Case, SOURCE, main, run

STEP = 16  # of the captures; all of them take minutes
LITTLE, BIG = '<', '>'
ETHERNET, VLAN = 1, b'\x81\x00\x00\x07'


def captures():
	for truth in sorted(glob.glob(os.path.join(SOURCE, 'pcaps', '*', 'truth.json')))[::STEP]:
		folder = os.path.dirname(truth)
		capture, lists = os.path.join(folder, 'capture.pcap'), sorted(glob.glob(os.path.join(folder, '*.yaml')))
		if os.path.exists(capture) and lists:
			yield capture, lists


def read(path):
	"""link type, and [microseconds, bytes, length on the wire]; None: not the ordinary kind of file"""
	with open(path, 'rb') as f:
		data = f.read()
	if data[:4] != b'\xd4\xc3\xb2\xa1':
		return None
	snap, link = struct.unpack_from('<II', data, 16)
	at, packets = 24, []
	while at + 16 <= len(data):
		s, us, n, length = struct.unpack_from('<IIII', data, at)
		if at + 16 + n > len(data):
			return None
		packets.append((s * 10**6 + us, data[at + 16:at + 16 + n], length))
		at += 16 + n
	return snap, link, packets


def pcap(order, nanoseconds, snap, link, packets):
	out = [struct.pack(order + 'IHHiIII', 0xa1b23c4d if nanoseconds else 0xa1b2c3d4, 2, 4, 0, 0, snap, link)]
	for us, data, length in packets:
		out.append(struct.pack(order + 'IIII', us // 10**6, us % 10**6 * (1000 if nanoseconds else 1), len(data), length) + data)
	return b''.join(out)


def block(order, kind, body):
	body += bytes(-len(body) % 4)
	return struct.pack(order + 'II', kind, len(body) + 12) + body + struct.pack(order + 'I', len(body) + 12)


def pcapng(order, interfaces, snap, link, packets):
	"""packets take turns on the interfaces; of every second one times are nanoseconds"""
	out = [block(order, 0x0a0d0d0a, struct.pack(order + 'IHHq', 0x1a2b3c4d, 1, 0, -1))]
	for i in range(interfaces):
		out.append(block(order, 1, struct.pack(order + 'HHI', link, 0, snap) + (struct.pack(order + 'HHB3xHH', 9, 1, 9, 0, 0) if i % 2 else b'')))
	for n, (us, data, length) in enumerate(packets):
		i = n % interfaces
		ticks = us * 1000 if i % 2 else us
		out.append(block(order, 6, struct.pack(order + 'IIIII', i, ticks >> 32, ticks & 0xffffffff, len(data), length) + data))
	return b''.join(out)


def tagged(packets):
	return [(us, data[:12] + VLAN + data[12:], length + 4) for us, data, length in packets]


def rewritings(snap, link, packets):
	yield 'big.pcap', pcap(BIG, False, snap, link, packets)
	yield 'nano.pcap', pcap(LITTLE, True, snap, link, packets)
	yield 'one.pcapng', pcapng(LITTLE, 1, snap, link, packets)
	yield 'three.pcapng', pcapng(BIG, 3, snap, link, packets)
	yield 'packed.pcap.gz', gzip.compress(pcap(LITTLE, False, snap, link, packets))
	if link == ETHERNET and all(len(data) >= 14 for _, data, _ in packets):
		yield 'tagged.pcap', pcap(LITTLE, False, snap + 4, link, tagged(packets))


def told(*words):
	status, out, err = run(*words, '-f', 'json')
	report = json.loads(out) if out else {}
	report.pop('capture', None)  # its file's name, link type, bytes
	return status, report, err


class Rewritten(Case):
	def test_the_same_packets_give_the_same_report(self):
		compared = 0
		for capture, lists in captures():
			content = read(capture)
			if not content:
				continue
			words = ['audit', '-q'] + [w for e in lists for w in ('-e', e)]
			want = told(*words, '-r', capture)
			for name, data in rewritings(*content):
				with self.subTest(capture=capture, written=name):
					self.assertEqual(told(*words, '-r', self.file(name, data)), want)
				compared += 1
		self.assertGreater(compared, 30)

	def test_a_database_tells_what_the_audit_told(self):
		for n, (capture, lists) in enumerate(captures()):
			with self.subTest(capture=capture):
				words, db = ['audit', '-q', '-r', capture] + [w for e in lists for w in ('-e', e)], self.path('%d.db' % n)
				want = run(*words, '-f', 'json')
				self.assertEqual(run(*words, '-f', 'json', '-d', db), want)
				status, out, err = run('report', '-d', db, '-f', 'json')
				self.assertEqual((out, err), (want[1], ''))
				self.assertEqual(status, want[0])


if __name__ == '__main__':
	main()
