"""Frames made by hand, and captures replayed in real time."""
import random
import socket
import struct
import time

MACS = b'\x02\0\0\0\0\x01\x02\0\0\0\0\x02'
SYN, ACK, PSH, FIN, RST = 2, 16, 8, 1, 4


def checksum(b):
	if len(b) & 1:
		b += b'\0'
	s = sum(struct.unpack('!%dH' % (len(b) // 2), b))
	s = (s & 0xffff) + (s >> 16)
	s = (s & 0xffff) + (s >> 16)
	return ~s & 0xffff


def ip(source, target, proto, payload):
	h = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), random.getrandbits(16), 0x4000, 64, proto, 0, source, target)
	return MACS + b'\x08\0' + h[:10] + struct.pack('!H', checksum(h)) + h[12:] + payload


def tcp(source, sport, target, dport, seq, ack, flags, data=b''):
	t = struct.pack('!HHIIBBHHH', sport, dport, seq, ack, 0x50, flags, 64240, 0, 0) + data
	sum16 = checksum(source + target + struct.pack('!BBH', 0, 6, len(t)) + t)
	return ip(source, target, 6, t[:16] + struct.pack('!H', sum16) + t[18:])


def address(text):
	return socket.inet_aton(text)


def exchange(client, sport, server, dport, seq=1000):
	"""A connection that works and ends: (seconds after its start, frame)"""
	c, s = (client, sport, server, dport), (server, dport, client, sport)
	return [(0, tcp(*c, seq, 0, SYN)), (.005, tcp(*s, 9, seq + 1, SYN | ACK)), (.006, tcp(*c, seq + 1, 10, ACK)),
	        (.007, tcp(*c, seq + 1, 10, PSH | ACK, b'\x16\x03\x01\0\5hello')),
	        (.020, tcp(*s, 10, seq + 11, PSH | ACK, b'\x16\x03\x03\0\2ok')), (.030, tcp(*c, seq + 11, 17, FIN | ACK)),
	        (.035, tcp(*s, 17, seq + 12, FIN | ACK)), (.036, tcp(*c, seq + 12, 18, ACK))]


def unanswered(client, sport, server, dport, at=(0, 1, 3), seq=1000):
	return [(t, tcp(client, sport, server, dport, seq, 0, SYN)) for t in at]


def refused(client, sport, server, dport, seq=1000):
	return [(0, tcp(client, sport, server, dport, seq, 0, SYN)),
	        (.005, tcp(server, dport, client, sport, 0, seq + 1, RST | ACK))]


def read_pcap(path):
	"""(seconds since the first, frame), of a little-endian pcap with microseconds"""
	with open(path, 'rb') as f:
		b = f.read()
	assert b[:4] == b'\xd4\xc3\xb2\xa1', path
	frames, at = [], 24
	while at + 16 <= len(b):
		s, us, captured, _ = struct.unpack_from('<IIII', b, at)
		frames.append((s + us / 1e6, b[at + 16:at + 16 + captured]))
		at += 16 + captured
	first = frames[0][0]
	return [(t - first, frame) for t, frame in frames]


def write_pcap(path, frames, t0=1700000000):
	with open(path, 'wb') as f:
		f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
		for t, b in frames:
			us = t0 * 10**6 + int(t * 1e6)
			f.write(struct.pack('<IIII', us // 10**6, us % 10**6, len(b), len(b)) + b)


class Sender:
	"""A packet socket on one interface; create it in the interface's namespace."""

	def __init__(self, interface):
		self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
		self.socket.bind((interface, 0))

	def send(self, frame):
		self.socket.send(frame)

	def play(self, frames, until=None):
		"""frames: (seconds, frame) in time order; sent in real time"""
		begun = time.monotonic()
		for t, frame in frames:
			wait = begun + t - time.monotonic()
			if wait > 0:
				time.sleep(wait)
			if until and until():
				return
			self.send(frame)

	def close(self):
		self.socket.close()
