#!/usr/bin/env python3
"""The wire between firewall and internet, in user space: delay, and the middleboxes that nftables cannot be.

    wire.py NS-A DEV-A NS-B DEV-B RULES.json

Makes a tun device in each of two network namespaces and carries IP packets between them. RULES.json is read again
when it changes: {"delay_ms": 9, "rules": [{"sni": NAME, "do": ...}, {"dns": NAME, "do": "forge", "answer": ADDRESS},
{"to": ADDRESS, "port": N, "do": ..., "after": BYTES, "in_after": BYTES, "idle": SECONDS, "larger": BYTES}]}.
do: drop, rst, inject (a reset to the client alone, once a flow; the packet travels on), fin, alert:N (a fatal alert and
FIN), swallow (acknowledge, then silence), lose:N (the first N packets).
"""
import ctypes
import fcntl
import heapq
import json
import os
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
CLONE_NEWNET = 0x40000000


def tun_open(space, device):
    libc = ctypes.CDLL(None, use_errno=True)
    fd = os.open('/run/netns/' + space, os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), 'setns ' + space)
    os.close(fd)
    tun = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack('16sH22x', device.encode(), IFF_TUN | IFF_NO_PI))
    return tun


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    s = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    s = (s & 0xffff) + (s >> 16)
    return ~(s + (s >> 16)) & 0xffff


class Packet:
    """one IP packet, opened as far as TCP or UDP ports and payload"""

    def __init__(self, raw):
        self.raw, self.v6 = raw, raw[0] >> 4 == 6
        if self.v6:
            self.proto, at, self.src, self.dst = raw[6], 40, raw[8:24], raw[24:40]
            end = 40 + struct.unpack('!H', raw[4:6])[0]
        else:
            self.proto, at, self.src, self.dst = raw[9], (raw[0] & 15) * 4, raw[12:16], raw[16:20]
            end = struct.unpack('!H', raw[2:4])[0]
        self.sport = self.dport = self.flags = self.seq = self.ack = 0
        self.data = b''
        if self.proto == 6:
            self.sport, self.dport, self.seq, self.ack = struct.unpack('!HHII', raw[at:at + 12])
            self.flags = raw[at + 13]
            self.data = raw[at + (raw[at + 12] >> 4) * 4:end]
        elif self.proto == 17:
            self.sport, self.dport = struct.unpack('!HH', raw[at:at + 4])
            self.data = raw[at + 8:end]

    def flow(self, outward):
        a, b = (self.src, self.sport), (self.dst, self.dport)
        return (self.proto,) + ((a, b) if outward else (b, a))


def ip_make(v6, src, dst, proto, payload):
    pseudo = src + dst + (struct.pack('!IHBB', len(payload), 0, 0, proto) if v6
            else struct.pack('!BBH', 0, proto, len(payload)))
    at = 16 if proto == 6 else 6
    payload = payload[:at] + struct.pack('!H', checksum(pseudo + payload)) + payload[at + 2:]
    if v6:
        return struct.pack('!IHBB', 6 << 28, len(payload), proto, 64) + src + dst + payload
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(payload), int.from_bytes(os.urandom(2), 'big'), 0, 64, proto,
            0) + src + dst
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + payload


def tcp_make(p, reverse, seq, ack, flags, data=b''):
    """a segment in p's flow, with its direction or against it"""
    src, dst, sport, dport = (p.dst, p.src, p.dport, p.sport) if reverse else (p.src, p.dst, p.sport, p.dport)
    return ip_make(p.v6, src, dst, 6, struct.pack('!HHIIBBHHH', sport, dport, seq & 0xffffffff, ack & 0xffffffff,
            0x50, flags, 501, 0, 0) + data)


def hello_names(data, name):
    return data[:1] == b'\x16' and data[5:6] == b'\x01' and name.encode() in data


def dns_question(data):
    labels, at = [], 12
    while at < len(data) and data[at]:
        labels.append(data[at + 1:at + 1 + data[at]].decode('latin-1').lower())
        at += 1 + data[at]
    return '.'.join(labels), data[at + 1:at + 3], at + 5


class Wire:
    def __init__(self, a, b, path):
        self.fds, self.path, self.stamp = (a, b), path, None
        self.queue, self.n, self.flows, self.lost = [], 0, {}, {}
        self.reload()

    def reload(self):
        stamp = os.stat(self.path).st_mtime_ns
        if stamp != self.stamp:
            self.stamp = stamp
            with open(self.path, encoding='utf-8') as f:
                conf = json.load(f)
            self.delay, self.rules = conf.get('delay_ms', 9) / 1000, conf.get('rules', [])

    def send(self, outward, raw, late=0.0):
        self.n += 1
        heapq.heappush(self.queue, (time.monotonic() + self.delay + late, self.n, outward, raw))

    def matches(self, rule, p, outward, story):
        """does this packet, or what was seen of its flow before, concern a rule"""
        far, fport, near = (p.dst, p.dport, p.src) if outward else (p.src, p.sport, p.dst)
        if 'client' in rule and bytes.fromhex(rule['client_hex']) != near:
            return False
        if 'sni' in rule:
            if outward and p.proto == 6 and hello_names(p.data, rule['sni']):
                story['sni'] = rule['sni']
            return story.get('sni') == rule['sni']
        if 'to' in rule:
            return (bytes.fromhex(rule['to_hex']) == far and rule.get('port', fport) == fport
                    and rule.get('proto', p.proto) == p.proto
                    and story['out'] >= rule.get('after', 0) and story['in'] >= rule.get('in_after', 0)
                    and len(p.raw) > rule.get('larger', 0)
                    and time.monotonic() - story['last'] >= rule.get('idle', 0))
        return False

    def carry(self, outward, raw):
        p = Packet(raw)
        story = self.flows.setdefault(p.flow(outward), {'out': 0, 'in': 0, 'last': time.monotonic()})
        story['out' if outward else 'in'] += len(p.data)
        try:
            if story.get('dead') is not None:
                return self.dead(story, p, outward)
            for rule in self.rules:
                if 'dns' in rule:
                    self.forge(rule, p, outward)
                elif self.matches(rule, p, outward, story):
                    verb = rule['do']
                    if verb.startswith('lose:'):
                        key = (id(rule), rule.get('to'))
                        self.lost[key] = self.lost.get(key, 0) + 1
                        if self.lost[key] <= int(verb[5:]):
                            return None
                        continue
                    return self.act(verb, p, outward, story)
        finally:
            story['last'] = time.monotonic()
        return self.send(outward, raw)

    def dead(self, story, p, outward):
        """a flow ended by a rule: later packets of the client are treated as the rule says"""
        if outward and story['dead'] == 'closed' and p.flags & FIN:
            self.send(False, tcp_make(p, True, p.ack, p.seq + len(p.data) + 1, ACK))

    def act(self, verb, p, outward, story):
        n = len(p.data)
        if verb == 'drop':
            return
        if verb == 'inject':
            if outward and not story.get('injected'):
                story['injected'] = True
                ack = p.seq + n + (1 if p.flags & SYN else 0)
                self.send(False, tcp_make(p, True, p.ack, ack, RST | ACK), -self.delay * 2 / 3)
            self.send(outward, p.raw)
            return
        story['dead'] = 'silent'
        if verb == 'rst':                                   # both sides are notified
            if outward:
                self.send(False, tcp_make(p, True, p.ack, p.seq + n, RST | ACK))
                self.send(True, tcp_make(p, False, p.seq, p.ack, RST | ACK))
            else:
                self.send(False, tcp_make(p, False, p.seq, p.ack, RST | ACK))
                self.send(True, tcp_make(p, True, p.ack, p.seq, RST | ACK))
        elif verb == 'swallow':
            self.send(False, tcp_make(p, True, p.ack, p.seq + n, ACK))
        elif verb == 'fin':
            story['dead'] = 'closed'
            self.send(False, tcp_make(p, True, p.ack, p.seq + n, FIN | ACK))
            self.send(True, tcp_make(p, False, p.seq, p.ack, RST | ACK))
        elif verb.startswith('alert:'):
            story['dead'] = 'closed'
            alert = bytes([0x15, 3, 3, 0, 2, 2, int(verb[6:])])
            self.send(False, tcp_make(p, True, p.ack, p.seq + n, PSH | ACK, alert))
            self.send(False, tcp_make(p, True, p.ack + len(alert), p.seq + n, FIN | ACK), 0.0005)
            self.send(True, tcp_make(p, False, p.seq, p.ack, RST | ACK))

    def forge(self, rule, p, outward):
        """answer a query before the genuine answer can arrive; the query is still forwarded"""
        if not outward or p.proto != 17 or p.dport != 53:
            return
        name, kind, end = dns_question(p.data)
        if name != rule['dns'] or kind != b'\0\x01':
            return
        a = bytes(int(x) for x in rule['answer'].split('.'))
        body = p.data[:2] + b'\x85\x80\0\1\0\1\0\0\0\0' + p.data[12:end] + b'\xc0\x0c\0\1\0\1\0\0\x01\x2c\0\4' + a
        raw = ip_make(p.v6, p.dst, p.src, 17, struct.pack('!HHHH', p.dport, p.sport, 8 + len(body), 0) + body)
        self.n += 1
        heapq.heappush(self.queue, (time.monotonic() + self.delay / 3, self.n, False, raw))

    def run(self):
        while True:
            wait = max(0.0, self.queue[0][0] - time.monotonic()) if self.queue else 0.2
            ready, _, _ = select.select(self.fds, (), (), min(wait, 0.2))
            self.reload()
            for fd in ready:
                for _ in range(64):
                    try:
                        raw = os.read(fd, 65536)
                    except BlockingIOError:
                        break
                    if raw and (raw[0] >> 4 == 4 or (raw[0] >> 4 == 6 and raw[24] != 0xff)):
                        self.carry(fd == self.fds[0], raw)
            while self.queue and self.queue[0][0] <= time.monotonic():
                _, _, outward, raw = heapq.heappop(self.queue)
                try:
                    os.write(self.fds[1] if outward else self.fds[0], raw)
                except OSError:
                    pass                            # the device is down, like an unplugged cable


if __name__ == '__main__':
    Wire(tun_open(sys.argv[1], sys.argv[2]), tun_open(sys.argv[3], sys.argv[4]), sys.argv[5]).run()
