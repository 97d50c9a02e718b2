"""evidence: a capture file that others read, with the incident's story in it."""
import shutil
import struct
import subprocess
import unittest

from common import Case, T0, main, run

WEB = 'web/portal.example:443/tcp'
# Ethernet, IPv4, TCP SYN of 10.0.0.5 to 192.0.2.1:443
SYN = bytes.fromhex('020000000001 020000000002 0800 45000028 00004000 40060000 0a000005 c0000201'
                    'c00001bb 00000001 00000000 5002fa00 00000000')


def blocks(data):
	"""(type, body) of each pcapng block"""
	at, found = 0, []
	while at < len(data):
		kind, size = struct.unpack_from('<II', data, at)
		assert size % 4 == 0 and size >= 12 and struct.unpack_from('<I', data, at + size - 4) == (size,)
		found.append((kind, data[at + 8:at + size - 4]))
		at += size
	return found


def options(body):
	at, found = 0, []
	while at < len(body):
		code, size = struct.unpack_from('<HH', body, at)
		if code == 0:
			break
		found.append((code, body[at + 4:at + 4 + size].decode('utf-8')))
		at += 4 + (size + 3) // 4 * 4
	return found


class Evidence(Case):
	def setUp(self):
		super().setUp()
		d = self.database([WEB])
		for n in range(2):
			attempt = d.tried(WEB, '10.0.0.5', n * 10, 'blocked', 'tcp-syn-timeout', detail='3 SYN\x1b over 7 s')
			for k in range(3):
				d.insert('packet', attempt=attempt, time=T0 + (n * 10 + k) * 10**6 + 123456, link=1, captured=len(SYN), length=len(SYN) + 20,
				         source='eth%d' % n, bytes=SYN)
		d.insert('packet', attempt=attempt, time=T0 + 99 * 10**6, link=12, captured=40, length=40, source='tun0', bytes=SYN[14:])
		d.tried(WEB, '10.0.0.6', 0, 'blocked', 'tls-alert')
		self.db = d.close()

	def write(self, incident=1):
		target = self.path('e.pcapng')
		self.assertEqual(run('evidence', '-d', self.db, incident, '-w', target), (0, b'', ''))
		return target

	def test_the_file_has_the_packets_and_the_story(self):
		with open(self.write(), 'rb') as f:
			found = blocks(f.read())
		self.assertEqual([k for k, _ in found], [0x0a0d0d0a, 1, 6, 6, 6, 1, 6, 6, 6, 1, 6])
		story = dict(options(found[0][1][16:]))[1]
		for words in ('rulegap incident 1: tcp-syn-timeout', WEB, '10.0.0.5', '192.0.2.1', '3 SYN\\x1b over 7 s', 'attempts: '):
			self.assertIn(words, story)
		self.assertEqual([struct.unpack_from('<H', b)[0] for k, b in found if k == 1], [1, 1, 101])
		self.assertEqual([dict(options(b[8:]))[2] for k, b in found if k == 1], ['eth0', 'eth1', 'tun0'])
		packets = [b for k, b in found if k == 6]
		interface, high, low, captured, length = struct.unpack_from('<IIIII', packets[0])
		self.assertEqual((interface, high << 32 | low, captured, length), (0, T0 + 123456, len(SYN), len(SYN) + 20))
		self.assertEqual(packets[0][20:20 + captured], SYN)
		comments = [[t for c, t in options(p[20 + (struct.unpack_from('<I', p, 12)[0] + 3) // 4 * 4:]) if c == 1] for p in packets]
		self.assertEqual([len(c) for c in comments], [1, 0, 0, 1, 0, 0, 0])

	@unittest.skipUnless(shutil.which('tshark'), 'no tshark')
	def test_tshark_reads_packets_and_comments(self):
		p = subprocess.run(['tshark', '-n', '-r', self.write(), '-T', 'fields', '-e', 'ip.src', '-e', 'tcp.dstport', '-e', 'frame.comment'],
		                   capture_output=True, text=True, timeout=60)
		self.assertEqual(p.returncode, 0, p.stderr)
		lines = [line.split('\t') for line in p.stdout.splitlines()]
		self.assertEqual([line[:2] for line in lines], [['10.0.0.5', '443']] * 7)
		self.assertEqual(sum(len(line) > 2 and line[2].startswith('attempt ') for line in lines), 2)

	def test_standard_output_gets_the_same_file(self):
		with open(self.write(), 'rb') as f:
			self.assertEqual(run('evidence', '-d', self.db, 1, '-w', '-'), (0, f.read(), ''))

	def test_what_cannot_be_written_is_refused(self):
		self.wrong('evidence', '-d', self.db, '77', '-w', self.path('x'), says='no incident 77')
		self.wrong('evidence', '-d', self.db, '2', '-w', self.path('x'), says='no packets were kept')
		self.wrong('evidence', '-d', self.db, '1', says='-w FILE')
		self.wrong('evidence', '-d', self.db, '-w', self.path('x'), says='one incident')
		self.wrong('evidence', '-d', self.db, 'one', '-w', self.path('x'), says='one is no number')
		self.wrong('evidence', '-d', self.db, '1', '-w', '/dev/full', status=4)


if __name__ == '__main__':
	main()
