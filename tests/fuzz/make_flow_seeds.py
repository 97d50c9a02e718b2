#!/usr/bin/env python3
"""Make the seeds of the targets stream, flow and audit from those of the
dissectors (make_seeds.py) and from captures of pcaps/.

    make_flow_seeds.py FOLDER PCAPS

The forms are told in stream.c, flow.c and audit.c."""
import os
import struct
import sys

CLIENT, SERVER = 0, 1
TCP, UDP, ICMP, AGE = range(4)
TALKS = {"tls": (0, TCP), "quic": (0, UDP), "http": (1, TCP), "stun_udp": (2, UDP), "stun_tcp": (2, TCP), "dns_udp": (3, UDP), "dns_tcp": (3, TCP),
         "ntp": (4, UDP), "socks": (5, TCP), "dtls": (2, UDP), "rtp": (7, UDP)}
SYN, FIN, RST, PSH, ACK = 2, 1, 4, 8, 16
MS_100, SECOND = 3 << 5 | 0, 4 << 5 | 1
# captures as they are in pcaps/, small and of different kinds
CAPTURES = ("two-way", "mtu-answers-lost", "snaplen-dns", "stun-error", "icmp-prohibited", "tls-alert", "syn-reset-v6", "socks-refused", "snaplen-fragments",
            "dns-ede", "cname-chain")
LINKS = {1: 0, 101: 1, 113: 2}


def u8(v): return struct.pack(">B", v)
def u16(v): return struct.pack(">H", v & 0xffff)


def save(folder, row, title, data):
    os.makedirs(os.path.join(folder, row), exist_ok=True)
    with open(os.path.join(folder, row, title), "wb") as f:
        f.write(data)


def chunks(path):
    """A dissector's seed: [side: u8][length: u16][bytes]."""
    with open(path, "rb") as f:
        data = f.read()
    while len(data) >= 3:
        side, n = struct.unpack(">BH", data[:3])
        yield side & 1, data[3:3 + n]
        data = data[3 + n:]


def step(kind, talk, side, rest=b"", time=1, more=0):
    return u8(kind | side << 2 | talk << 3 | more) + u8(time) + rest


def tcp(talk, side, flags, seq, ack, data=b"", time=1, more=0):
    return step(TCP, talk, side, u8(flags) + u16(0x100 + seq) + u16(0x100 + ack) + u16(len(data)) + data, time, more)


def udp(talk, side, data, time=1, more=0):
    return step(UDP, talk, side, u16(len(data)) + data, time, more)


def connection(talk, said, segment=0, reverse=False):
    """Open, say it all (in segments, perhaps in the wrong order), close."""
    at = [1, 1]
    out = tcp(talk, CLIENT, SYN, 0, 0) + tcp(talk, SERVER, SYN | ACK, 0, 1) + tcp(talk, CLIENT, ACK, 1, 1)
    for side, data in said:
        parts = [(i, data[i:i + segment]) for i in range(0, len(data), segment)] if segment else [(0, data)]
        for offset, part in reversed(parts) if reverse else parts:
            out += tcp(talk, side, PSH | ACK, at[side] + offset, at[1 - side], part)
        at[side] += len(data)
    return out + tcp(talk, CLIENT, FIN | ACK, at[0], at[1]) + tcp(talk, SERVER, FIN | ACK, at[1], at[0] + 1)


def make_flows(folder):
    failures = b""
    for row, (talk, kind) in TALKS.items():
        names = sorted(os.listdir(os.path.join(folder, row)))
        for i, title in enumerate(names[:2] if row in ("tls", "quic", "stun_udp") else names[:1]):
            said = list(chunks(os.path.join(folder, row, title)))
            if kind == UDP:
                out = b"".join(udp(talk, side, data[:1400]) for side, data in said)
            else:
                out = connection(talk, [(side, data[:2000]) for side, data in said], 0 if i else 400, bool(i % 2 == 0))
            save(folder, "flow", "%s-%s" % (row, title), u8(2 + 4 * i) + out + step(AGE, 0, 0, time=7 << 5 | 9))
    for talk in range(8):
        failures += tcp(talk, CLIENT, SYN, 0, 0) + tcp(talk, CLIENT, SYN, 0, 0, time=SECOND)
        failures += udp(talk, CLIENT, b"hello") + udp(talk, CLIENT, b"hello", time=SECOND, more=0x40)
    failures += step(ICMP, 0, SERVER, u8(3) + u8(13 | 0x80) + u16(0x100)) + step(ICMP, 1, SERVER, u8(3 | 0x80) + u8(3) + u16(0))
    failures += tcp(2, SERVER, RST | ACK, 0, 1) + step(AGE, 1, 0, time=6 << 5 | 1) + tcp(0, CLIENT, SYN, 0, 0, more=0x80)
    save(folder, "flow", "failures", u8(7) + failures)


def make_streams(folder):
    one = lambda where, n, what: u16(where) + u16(n) + u8(what)
    save(folder, "stream", "in-order", u8(0) + b"".join(one(i * 300, 300, 4) for i in range(8)))
    save(folder, "stream", "turned", u8(0) + b"".join(one(i * 300, 300, 2) for i in range(8, -1, -1)))
    save(folder, "stream", "overlaps", u8(1) + b"".join(one(i * 100, 900, 0) for i in (3, 1, 5, 0, 2, 4)) + one(0, 4000, 2))
    save(folder, "stream", "holes", u8(0) + b"".join(one(2 * i + 1, 1, 0) for i in range(40)))
    save(folder, "stream", "cut", u8(0) + one(0, 600, 1) + one(0x8000, 500, 1 | 8 | 16) + one(0x8000, 500, 2 | 16) + one(0x8010, 90, 16))
    save(folder, "stream", "long", u8(0) + b"".join(one(0x8000, 4095, 16) for _ in range(18)))


def make_audits(folder, pcaps):
    for title in CAPTURES:
        with open(os.path.join(pcaps, title, "capture.pcap"), "rb") as f:
            data = f.read()
        order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        unit = 1000 if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1
        out, at, before = u8(LINKS[struct.unpack(order + "I", data[20:24])[0] & 0xffff]), 24, None
        while at + 16 <= len(data) and len(out) < 9000:
            s, us, n, wire = struct.unpack(order + "IIII", data[at:at + 16])
            now = s * 1000 + us // unit // 1000
            gap = max(0, now - before) if before is not None else 0
            before = now
            shift = 0
            while shift < 7 and gap >> 2 * shift > 31:
                shift += 1
            out += u8(shift << 5 | min(31, gap >> 2 * shift)) + u16(n | (0x8000 if wire > n else 0)) + data[at + 16:at + 16 + n]
            at += 16 + n
        save(folder, "audit", title, out)


def main():
    folder, pcaps = sys.argv[1:]
    make_streams(folder)
    make_flows(folder)
    make_audits(folder, pcaps)


main()
