#!/usr/bin/env python3
"""NTP on port 123 that answers, and a STUN port (3479) that answers Allocate with 403 and Binding properly."""
import selectors
import socket
import struct

MAGIC = 0x2112a442


def ntp(q, _):
    return b'\x24\x02\x06\xec' + b'\0' * 20 + q[40:48] + b'\xe8' + b'\0' * 15


def stun(q, peer):
    kind, _, magic = struct.unpack('!HHI', q[:8])
    if kind == 3:
        reason = b'Forbidden'
        a = struct.pack('!HHHBB', 9, 4 + len(reason), 0, 4, 3) + reason + b'\0' * (-len(reason) % 4)
        return struct.pack('!HHI', 0x113, len(a), magic) + q[8:20] + a
    ip = struct.unpack('!I', socket.inet_aton(peer[0]))[0] ^ MAGIC
    a = struct.pack('!HHBBHI', 0x20, 8, 0, 1, peer[1] ^ (MAGIC >> 16), ip)
    return struct.pack('!HHI', 0x101, len(a), magic) + q[8:20] + a


def main():
    sel = selectors.DefaultSelector()
    for address in ('203.0.113.50', '198.51.100.60', '203.0.113.10', '203.0.113.70'):
        for port, reply in ((123, ntp), (3479, stun)):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind((address, port))
            sel.register(s, selectors.EVENT_READ, reply)
    while True:
        for key, _ in sel.select():
            q, peer = key.fileobj.recvfrom(2048)
            key.fileobj.sendto(key.data(q, peer), peer)


if __name__ == '__main__':
    main()
