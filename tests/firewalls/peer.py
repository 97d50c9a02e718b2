"""Both ends of the lab: `serve` answers DNS, TCP and STUN; `try` tells which of many attempts are answered."""
import concurrent.futures
import os
import socket
import struct
import sys
import threading
import time

TCP_PORTS, STUN_PORTS = (443, 444, 8080, 8443), (3478, 3479)
COOKIE = 0x2112A442


def family_of(address):
	return socket.AF_INET6 if ':' in address else socket.AF_INET


def qname(name):
	return b''.join(bytes([len(p)]) + p.encode() for p in name.split('.')) + b'\0'


def serve_dns(name, v4, v6):
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.bind((v4, 53))
	while True:
		query, peer = s.recvfrom(600)
		question = query[12:]
		kind = struct.unpack('!H', question[-4:-2])[0]
		data = {1: socket.inet_pton(socket.AF_INET, v4), 28: socket.inet_pton(socket.AF_INET6, v6)}.get(kind)
		known = question[:-4] == qname(name)
		head = query[:2] + struct.pack('!HHHHH', 0x8180 if known else 0x8183, 1, 1 if known and data else 0, 0, 0)
		answer = b'\xc0\x0c' + struct.pack('!HHIH', kind, 1, 60, len(data)) + data if known and data else b''
		s.sendto(head + question + answer, peer)


def serve_tcp(port):
	s = socket.create_server(('::', port), family=socket.AF_INET6, dualstack_ipv6=True)
	while True:
		c, _ = s.accept()
		c.recv(100)
		c.sendall(b'HTTP/1.0 204 No Content\r\n\r\n')
		c.close()


def serve_stun(address, port):
	s = socket.socket(family_of(address), socket.SOCK_DGRAM)
	s.bind((address, port))
	while True:
		request, peer = s.recvfrom(600)
		if family_of(address) == socket.AF_INET:
			a = socket.inet_pton(socket.AF_INET, peer[0])
			value = struct.pack('!BBH', 0, 1, peer[1] ^ COOKIE >> 16) + bytes(x ^ y for x, y in zip(a, struct.pack('!I', COOKIE)))
		else:
			a = socket.inet_pton(socket.AF_INET6, peer[0])
			value = struct.pack('!BBH', 0, 2, peer[1] ^ COOKIE >> 16) + bytes(x ^ y for x, y in zip(a, request[4:20]))
		body = struct.pack('!HH', 0x0020, len(value)) + value
		s.sendto(struct.pack('!HH', 0x0101, len(body)) + request[4:20] + body, peer)


def serve(name, v4, v6):
	jobs = [(serve_dns, name, v4, v6)] + [(serve_tcp, p) for p in TCP_PORTS]
	addresses = (v4, v6, v4[:-1] + '1', v6[:-1] + '1')
	jobs += [(serve_stun, a, p) for a in addresses for p in STUN_PORTS]
	for job in jobs:
		threading.Thread(target=job[0], args=job[1:], daemon=True).start()
	time.sleep(0.5)
	print('ready', flush=True)
	threading.Event().wait(280)


def look_up(name, resolver, source):
	"""as a stub resolver does: both families, from the address that will be used"""
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.bind((source if ':' not in source else '10.9.1.10', 0))
	s.settimeout(2)
	kind = 28 if ':' in source else 1
	s.sendto(os.urandom(2) + b'\x01\0\0\1\0\0\0\0\0\0' + qname(name) + struct.pack('!HH', kind, 1), (resolver, 53))
	answer = s.recv(600)
	size = 16 if kind == 28 else 4
	return socket.inet_ntop(family_of(source), answer[-size:])


def try_tcp(source, address, port):
	s = socket.socket(family_of(address), socket.SOCK_STREAM)
	s.bind((source, 0))
	s.settimeout(8.5)  # SYNs at 0, 1, 3 and 7 s
	try:
		s.connect((address, port))
		s.sendall(b'GET / HTTP/1.0\r\n\r\n')
		return len(s.recv(100)) > 0
	except OSError:
		return False
	finally:
		s.close()


def try_udp(source, address, port):
	s = socket.socket(family_of(address), socket.SOCK_DGRAM)
	s.bind((source, 0))
	request = struct.pack('!HHI', 1, 0, COOKIE) + os.urandom(12)
	try:
		for wait in (0.5, 1, 2, 5):
			s.settimeout(wait)
			s.sendto(request, (address, port))
			try:
				return len(s.recv(600)) > 0
			except TimeoutError:
				pass
	except OSError:
		pass
	finally:
		s.close()
	return False


def attempt(name, resolver, want):
	source, rest = want.split('>')
	host, port = rest.rsplit(':', 1)
	port, transport = port.split('/')
	address = look_up(name, resolver, source) if host == name else host
	return (try_udp if transport == 'udp' else try_tcp)(source, address, int(port))


def main():
	if sys.argv[1] == 'serve':
		serve(*sys.argv[2:])
		return
	name, resolver, *wants = sys.argv[2:]
	with concurrent.futures.ThreadPoolExecutor(len(wants)) as pool:
		print(*('ok' if good else 'no' for good in pool.map(lambda w: attempt(name, resolver, w), wants)))


if __name__ == '__main__':
	main()
