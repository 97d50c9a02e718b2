#!/usr/bin/env python3
"""The client's part where no ordinary program does it: act.py VERB ARGUMENT... (see the functions' texts)."""
import argparse
import os
import socket
import ssl
import struct
import sys
import time

MAGIC = 0x2112a442


def addresses(host, port, family, kind=socket.SOCK_STREAM):
    fam = {'4': socket.AF_INET, '6': socket.AF_INET6}.get(family, socket.AF_UNSPEC)
    return socket.getaddrinfo(host, port, fam, kind)


def connect(host, port, family='4', wait=8.0, local=None):
    fam, kind, proto, _, where = addresses(host, port, family)[0]
    s = socket.socket(fam, kind, proto)
    s.settimeout(wait)
    if local:
        s.bind((local, 0))
    s.connect(where)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def end(s, how):
    if how == 'rst':
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    s.close()


class Tls:
    """TLS over a socket that we write ourselves, so that the ClientHello can be sent in pieces"""

    def __init__(self, s, a):
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ctx.check_hostname = False
        ctx.verify_mode = ssl.CERT_REQUIRED if a.verify else ssl.CERT_NONE
        if a.verify:
            ctx.load_verify_locations(a.verify)
        if a.tls12:
            ctx.maximum_version = ssl.TLSVersion.TLSv1_2
        if a.pad:
            ctx.set_alpn_protocols(['http/1.1'] + ['lab-%06d-%s' % (i, 'p' * 180) for i in range(a.pad // 192)])
        self.s, self.a, self.inn, self.out = s, a, ssl.MemoryBIO(), ssl.MemoryBIO()
        self.t = ctx.wrap_bio(self.inn, self.out, server_hostname=None if a.no_sni else a.sni or a.host)

    def flush(self):
        data = self.out.read()
        if data and self.a.pieces > 1:
            size = -(-len(data) // self.a.pieces)
            for i in range(0, len(data), size):
                self.s.sendall(data[i:i + size])
                time.sleep(self.a.gap)
            self.a.pieces = 1
        elif data:
            self.s.sendall(data)

    def do(self, what, *args):
        while True:
            try:
                r = what(*args)
                self.flush()
                return r
            except ssl.SSLWantReadError:
                self.flush()
                data = self.s.recv(65536)
                if not data:
                    raise ConnectionResetError('closed by the other side') from None
                self.inn.write(data)
            except ssl.SSLError:
                self.flush()
                raise

    def get(self, path='/'):
        self.do(self.t.write, ('GET %s HTTP/1.1\r\nHost: %s\r\n\r\n' % (path, self.a.host)).encode())
        got, want = b'', None
        while want is None or len(got) < want:
            more = self.do(self.t.read, 65536)
            if not more:
                raise ConnectionResetError('closed in the middle')
            got += more
            head, sep, _ = got.partition(b'\r\n\r\n')
            if sep and want is None:
                size = [int(x.split(b':')[1]) for x in head.split(b'\r\n') if x.lower().startswith(b'content-length')]
                want = len(head) + 4 + (size[0] if size else 0)
        return got


def act_tls(a):
    """one HTTPS exchange with a chosen shape and end"""
    s = connect(a.host, a.port, a.family, a.wait)
    if a.stop == 'connected':
        time.sleep(a.idle)
        return end(s, a.end)
    if a.keepalive:
        for option, value in ((socket.TCP_KEEPIDLE, a.keepalive), (socket.TCP_KEEPINTVL, a.keepalive), (socket.TCP_KEEPCNT, 4)):
            s.setsockopt(socket.IPPROTO_TCP, option, value)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    t = Tls(s, a)
    if a.stop in ('hello', 'answered'):     # give up while waiting for the answer, or once it has come
        try:
            t.t.do_handshake()
        except ssl.SSLWantReadError:
            t.flush()
        time.sleep(a.idle)
        if a.stop == 'answered':            # all of it is read: a socket with unread data is closed by a reset
            s.recv(65536)
        return end(s, a.end)
    t.do(t.t.do_handshake)
    if a.stop != 'handshake':
        t.get(a.path)
        for _ in range(a.more):
            time.sleep(a.idle)
            t.get(a.path)
    if a.more == 0:
        time.sleep(a.idle)
    return end(s, a.end)


def act_race(a):
    """happy eyeballs: IPv6 first, IPv4 after --gap; the first to connect is used, the other is closed"""
    import select
    tries, best = [], None
    fams = sorted(addresses(a.host, a.port, ''), key=lambda x: x[0] != socket.AF_INET6)
    for fam, kind, proto, _, where in fams:
        s = socket.socket(fam, kind, proto)
        s.setblocking(False)
        s.connect_ex(where)
        tries.append(s)
        _, w, _ = select.select([], tries, [], a.gap)
        good = [x for x in w if x.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0]
        tries = [x for x in tries if x not in w or x in good]
        if good:
            best = good[0]
            break
    if best is None:
        _, w, _ = select.select([], tries, [], a.wait)
        best = w[0]
    for x in tries:
        if x is not best:
            end(x, 'rst')
    best.settimeout(a.wait)
    t = Tls(best, a)
    t.do(t.t.do_handshake)
    t.get()
    end(best, 'fin')


def act_tcp(a):
    """connect, send --send, wait for an answer"""
    s = connect(a.host, a.port, a.family, a.wait)
    s.sendall(a.send.encode().decode('unicode_escape').encode('latin-1'))
    try:
        s.recv(4096)
    except (socket.timeout, OSError):
        pass
    end(s, a.end)


def stun_message(kind=1):
    return struct.pack('!HHI', kind, 8, MAGIC) + os.urandom(12) + struct.pack('!HH4s', 0x8022, 4, b'lab1')


def act_stun(a):
    """a Binding request by RFC 8489's schedule (first wait --gap, doubled): ends at the first answer"""
    fam, kind, proto, _, where = addresses(a.host, a.port, a.family, socket.SOCK_DGRAM)[0]
    s = socket.socket(fam, kind, proto)
    if a.local:
        s.bind(('', a.local))
    s.connect(where)
    m, wait = stun_message(3 if a.allocate else 1), a.gap
    for _ in range(a.times):
        try:
            s.send(m)
            s.settimeout(wait)
            s.recv(2048)
            return
        except socket.timeout:
            wait *= 2
        except OSError:
            time.sleep(wait)
            wait *= 2


def act_ice(a):
    """connectivity checks to several peers at once, one socket: HOST is a comma list; STUN server answers are ignored"""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peers = {h: stun_message() for h in a.host.split(',')}
    for i in range(a.times):
        for h, m in peers.items():
            s.sendto(m, (h, a.port))
        time.sleep(a.gap * (1 + i))


def act_udp(a):
    """a datagram, repeated until an answer: --send is hex, or ntp"""
    fam, kind, proto, _, where = addresses(a.host, a.port, a.family, socket.SOCK_DGRAM)[0]
    s = socket.socket(fam, kind, proto)
    s.connect(where)
    data = b'\x23' + b'\0' * 39 + os.urandom(8) if a.send == 'ntp' else bytes.fromhex(a.send)
    for _ in range(a.times):
        try:
            s.send(data)
            s.settimeout(a.gap)
            s.recv(2048)
            if not a.all:
                return
        except socket.timeout:
            pass
        except OSError:
            time.sleep(a.gap)


def act_media(a):
    """one-way media: different datagrams, nobody answers"""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for i in range(a.times):
        s.sendto(struct.pack('!BBHII', 0x80, 96, i, i * 960, 7) + os.urandom(100), (a.host, a.port))
        time.sleep(a.gap)


def act_scan(a):
    """knock at many ports of a host, one SYN each; never finish"""
    socks = []
    for port in range(a.port, a.port + a.times):
        for host in a.host.split(','):
            s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            s.setblocking(False)
            s.connect_ex((host, port))
            socks.append(s)
        time.sleep(0.01)
    time.sleep(a.idle or 0.5)


def act_many(a):
    """a connection to each of several hosts (comma list) at the same time, held for --wait"""
    socks = []
    for host in a.host.split(','):
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.setblocking(False)
        s.connect_ex((host, a.port))
        socks.append(s)
    time.sleep(a.wait)


def main():
    p = argparse.ArgumentParser()
    p.add_argument('verb')
    p.add_argument('host')
    p.add_argument('--port', type=int, default=443)
    p.add_argument('--family', default='4')
    p.add_argument('--end', default='fin', choices=('fin', 'rst'))
    p.add_argument('--stop', default='', choices=('', 'connected', 'hello', 'answered', 'handshake'))
    p.add_argument('--sni')
    p.add_argument('--verify')
    p.add_argument('--path', default='/')
    p.add_argument('--send', default='')
    for flag in ('--tls12', '--no-sni', '--allocate', '--all'):
        p.add_argument(flag, action='store_true')
    for name, value in (('--pad', 0), ('--pieces', 1), ('--more', 0), ('--times', 7), ('--local', 0), ('--keepalive', 0)):
        p.add_argument(name, type=int, default=value)
    for name, value in (('--gap', 0.25), ('--idle', 0.0), ('--wait', 8.0)):
        p.add_argument(name, type=float, default=value)
    a = p.parse_args()
    try:
        globals()['act_' + a.verb](a)
    except (OSError, ssl.SSLError) as e:
        sys.exit('act %s %s: %s' % (a.verb, a.host, e))


if __name__ == '__main__':
    main()
