#!/usr/bin/env python3
"""Make the seeds: small flows of each protocol, one folder a dissector row.

    make_seeds.py FOLDER        all that follow from this file alone
    make_seeds.py FOLDER --live also those that a TLS library of today writes
                                (they differ each time, so they are made once)

The form of a seed is told in feed.h."""
import datetime
import os
import ssl
import struct
import sys
import tempfile
import zlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives import hmac

CLIENT, SERVER = 0, 1


def u8(v): return struct.pack(">B", v)
def u16(v): return struct.pack(">H", v)
def u24(v): return struct.pack(">I", v)[1:]
def u32(v): return struct.pack(">I", v)


def vec(n, data):
    """A vector behind its length of n bytes."""
    return len(data).to_bytes(n, "big") + data


def save(folder, row, name, *chunks):
    path = os.path.join(folder, row)
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, name), "wb") as f:
        for side, data in chunks:
            f.write(u8(side) + vec(2, data))


# ---- DNS

def name(text):
    return b"".join(vec(1, part.encode()) for part in text.split(".") if part) + b"\0"


def rr(owner, kind, data, ttl=300, cls=1):
    return owner + u16(kind) + u16(cls) + u32(ttl) + vec(2, data)


def dns(flags, question, answers=(), authority=(), extra=(), ident=0x1234):
    return (u16(ident) + u16(flags) + u16(len(question)) + u16(len(answers)) + u16(len(authority)) + u16(len(extra))
            + b"".join(question) + b"".join(answers) + b"".join(authority) + b"".join(extra))


def dns_messages():
    asked = name("cdn.example.net") + u16(1) + u16(1)
    at = b"\xc0\x0c"
    alias = rr(at, 5, vec(1, b"edge") + b"\xc0\x10")                # edge.example.net
    edge = u16(0xc000 | 12 + len(asked) + 12)
    opt = lambda data, ttl=0: rr(b"\0", 41, data, ttl, 1232)
    ede = lambda code, text: u16(15) + vec(2, u16(code) + text)
    soa = rr(u16(0xc000 | 16), 6, name("ns.example.net") + name("hostmaster.example.net") + u32(7) * 4 + u32(60), 900)
    https = (u16(1) + b"\0" + u16(1) + vec(2, vec(1, b"h3") + vec(1, b"h2")) + u16(4) + vec(2, bytes([192, 0, 2, 1, 192, 0, 2, 2]))
             + u16(5) + vec(2, b"\0\x04ech!") + u16(6) + vec(2, bytes.fromhex("20010db8") + bytes(11) + b"\1"))
    return {
        "query": dns(0x0100, [asked], extra=[opt(u16(10) + vec(2, b"cookie!!"))]),
        "answer": dns(0x8180, [asked], [alias, rr(edge, 1, bytes([192, 0, 2, 7])), rr(edge, 1, bytes([192, 0, 2, 8]))],
                      extra=[opt(b"")]),
        "aaaa": dns(0x8180, [name("a.example") + u16(28) + u16(1)],
                    [rr(at, 39, name("b.example")), rr(at, 28, bytes.fromhex("20010db8") + bytes(11) + b"\5")]),
        "nxdomain": dns(0x8183, [asked], authority=[soa]),
        "filtered": dns(0x8180, [asked], [rr(at, 1, bytes(4))], extra=[opt(ede(17, b"by policy") + ede(15, b"") + u16(12) + vec(2, bytes(9)))]),
        "badvers": dns(0x8180, [asked], extra=[opt(ede(22, "Zeit\u00fcberschreitung".encode()), 1 << 24)]),
        "https": dns(0x8180, [name("svc.example") + u16(65) + u16(1)], [rr(at, 65, https), rr(at, 64, u16(0) + name("alias.example"))]),
        "refused": dns(0x8185, [asked]),
        "cut-by-sender": dns(0x8380, [asked], [rr(at, 1, bytes([192, 0, 2, 9]))]),
        "servfail-bare": dns(0x8182, []),
        "odd-name": dns(0x0100, [vec(1, b"a.b") + vec(1, b"\xff\0\\ ") + vec(1, b"UPPER") + b"\0" + u16(16) + u16(3)]),
        "pointers": dns(0x8180, [name("x.y.z") + u16(5) + u16(1)],
                        [rr(at, 5, b"\1w\xc0\x0e"), rr(b"\xc0\x1f", 5, b"\1v\xc0\x1f"), rr(b"\xc0\x2f", 5, b"\xc0\x2f")]),
    }


def make_dns(folder):
    messages = dns_messages()
    for title, m in messages.items():
        save(folder, "dns_udp", title, (CLIENT if not m[2] & 0x80 else SERVER, m))
        save(folder, "dns_tcp", title, (CLIENT if not m[2] & 0x80 else SERVER, vec(2, m)))
    save(folder, "dns_tcp", "pipelined", (CLIENT, vec(2, messages["query"]) + vec(2, messages["odd-name"])),
         (SERVER, vec(2, messages["answer"]) + vec(2, messages["nxdomain"])))


# ---- TLS

def extension(kind, data):
    return u16(kind) + vec(2, data)


def client_hello(sni=b"www.Example.net", extra=b"", tls13=True, key_share=36):
    e = b""
    if sni:
        e += extension(0, vec(2, b"\0" + vec(2, sni)))
    e += extension(0x1a1a, b"") + extension(16, vec(2, vec(1, b"\x0a\x0a") + vec(1, b"h2") + vec(1, b"http/1.1")))
    if tls13:
        e += extension(43, vec(1, u16(0x2a2a) + u16(0x0304) + u16(0x0303))) + extension(51, bytes(key_share))
    e += extra
    body = u16(0x0303) + bytes(range(32)) + vec(1, bytes(32)) + vec(2, u16(0x1301) + u16(0xc02f)) + b"\1\0" + vec(2, e)
    return b"\1" + vec(3, body)


RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def server_hello(tls13=True, random=bytes(range(32))):
    e = extension(43, u16(0x0304)) if tls13 else extension(0xff01, b"\0")
    return b"\2" + vec(3, u16(0x0303) + random + vec(1, bytes(32)) + u16(0x1301) + b"\0" + vec(2, e))


def record(kind, data, version=0x0303, size=16384):
    return b"".join(u8(kind) + u16(version) + vec(2, data[i:i + size]) for i in range(0, len(data), size))


def certificate(common="www.example.net", issuer="Example Middlebox CA", organization=None):
    key = ec.derive_private_key(7, ec.SECP256R1())
    attribute = lambda oid, v: [x509.NameAttribute(oid, v)] if v else []
    subject = x509.Name(attribute(x509.NameOID.COMMON_NAME, common))
    by = x509.Name(attribute(x509.NameOID.COUNTRY_NAME, "CA") + attribute(x509.NameOID.ORGANIZATION_NAME, organization)
                   + attribute(x509.NameOID.COMMON_NAME, issuer))
    day = datetime.datetime(2026, 1, 1)
    built = (x509.CertificateBuilder().subject_name(subject).issuer_name(by).public_key(key.public_key())
             .serial_number(0x1234567890abcdef).not_valid_before(day).not_valid_after(day.replace(year=2027))
             .add_extension(x509.SubjectAlternativeName([x509.DNSName("alt.example.net")]), True))
    return built.sign(key, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(serialization.Encoding.DER)


def make_tls(folder):
    hello, ccs = client_hello(), record(20, b"\1")
    leaf = certificate()
    chain = b"\x0b" + vec(3, vec(3, vec(3, leaf) + vec(3, bytes(700))))
    flight = server_hello(False) + chain + b"\x0e" + vec(3, b"")
    finished = record(22, bytes(40))
    data = record(23, bytes(120))
    old = client_hello(tls13=False)
    s = lambda title, *chunks: save(folder, "tls", title, *chunks)
    s("tls13", (CLIENT, record(22, hello, 0x0301)), (SERVER, record(22, server_hello()) + ccs + record(23, bytes(900))),
      (CLIENT, ccs + record(23, bytes(53)) + data), (SERVER, data + data), (CLIENT, data))
    s("tls13-retry", (CLIENT, record(22, hello, 0x0301)), (SERVER, record(22, server_hello(random=RETRY)) + ccs),
      (CLIENT, ccs + record(22, client_hello(sni=b"again.example.net"))), (SERVER, record(22, server_hello()) + record(23, bytes(400))))
    s("tls13-refused", (CLIENT, record(22, hello, 0x0301)), (SERVER, record(22, server_hello()) + ccs + record(23, bytes(900))),
      (CLIENT, ccs + record(23, bytes(19))))
    s("tls12", (CLIENT, record(22, old, 0x0301)), (SERVER, record(22, flight)),
      (CLIENT, record(22, b"\x10" + vec(3, bytes(66))) + ccs + finished), (SERVER, ccs + finished), (CLIENT, data), (SERVER, data))
    s("tls12-resumed", (CLIENT, record(22, old)), (SERVER, record(22, server_hello(False)) + ccs + finished),
      (CLIENT, ccs + finished + record(21, bytes(26))))
    s("tls12-split", (CLIENT, record(22, old, size=30)), (SERVER, record(22, flight, size=97)))
    s("tls12-unknown-ca", (CLIENT, record(22, old)), (SERVER, record(22, flight)), (CLIENT, record(21, b"\2\x30")))
    s("alert", (CLIENT, record(22, hello)), (SERVER, record(21, b"\2\x70")))
    s("warning-then-hello", (CLIENT, record(22, old)), (SERVER, record(21, b"\1\x70") + record(22, flight)))
    s("post-quantum", (CLIENT, record(22, client_hello(key_share=1250))))
    s("ech", (CLIENT, record(22, client_hello(sni=b"public.example", extra=extension(0xfe0d, b"\0" + bytes(60))))))
    s("no-name", (CLIENT, record(22, client_hello(sni=b""))))
    s("odd-bytes", (CLIENT, record(22, client_hello(sni=b"a\0b\xff.example", extra=extension(16, vec(2, vec(1, b"\xff\0")))))))
    s("organization", (SERVER, record(22, server_hello(False) + b"\x0b" + vec(3, vec(3, vec(3, certificate(None, None, "Filter Inc.")))))))
    s("ssl2", (CLIENT, u16(0x8000 | 40) + b"\1" + u16(0x0301) + u16(15) + u16(0) + u16(16) + bytes(31)),
      (SERVER, record(22, server_hello(False), 0x0301)))
    s("interrupted", (CLIENT, record(22, old[:50]) + record(21, b"\2\x5a")))


def make_live_tls(folder):
    """Real handshakes, written by the library that runs this."""
    with tempfile.TemporaryDirectory() as home:
        key = ec.generate_private_key(ec.SECP256R1())
        who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "live.example.net")])
        day = datetime.datetime.utcnow()
        made = (x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key()).serial_number(1)
                .not_valid_before(day).not_valid_after(day + datetime.timedelta(days=9)).sign(key, hashes.SHA256()))
        path = os.path.join(home, "both.pem")
        with open(path, "wb") as f:
            f.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
            f.write(made.public_bytes(serialization.Encoding.PEM))
        for version, title in ((ssl.TLSVersion.TLSv1_2, "live-tls12"), (ssl.TLSVersion.TLSv1_3, "live-tls13")):
            save(folder, "tls", title, *handshake(version, path, False))
            save(folder, "tls", title + "-refused", *handshake(version, path, True))


def handshake(version, pem, verify):
    ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(pem)
    if not verify:
        ours.check_hostname, ours.verify_mode = False, ssl.CERT_NONE
    for context in (ours, theirs):
        context.minimum_version = context.maximum_version = version
        context.set_alpn_protocols(["http/1.1"])
    up, down, chunks = ssl.MemoryBIO(), ssl.MemoryBIO(), []
    client = ours.wrap_bio(down, up, server_hostname="live.example.net")
    server = theirs.wrap_bio(up, down, server_side=True)
    wires = {CLIENT: up, SERVER: down}

    def step(side, act):
        try:
            act()
        except ssl.SSLError:
            pass
        data = wires[side].read()
        if data:
            chunks.append((side, data))
            wires[side].write(data)

    for _ in range(4):
        step(CLIENT, client.do_handshake)
        step(SERVER, server.do_handshake)
    step(CLIENT, lambda: client.write(b"GET / HTTP/1.1\r\n\r\n"))
    step(SERVER, lambda: server.write(b"HTTP/1.1 204 No Content\r\n\r\n"))
    return chunks


# ---- HTTP, SOCKS

def make_http(folder):
    s = lambda title, *chunks: save(folder, "http", title, *chunks)
    get = b"GET /x HTTP/1.1\r\nHost: Web.example.net:8080\r\nUser-Agent: t\r\n\r\n"
    s("get", (CLIENT, get), (SERVER, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nVia: 1.1 cache\r\n\r\nhello"))
    s("pipelined", (CLIENT, get + b"HEAD / HTTP/1.1\r\nhost:b.example\r\n\r\nPOST /p HTTP/1.1\r\nHost: c.example\r\nContent-Length: 3\r\n\r\nabc" + get),
      (SERVER, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n"
       b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 451 Unavailable For Legal Reasons\r\nContent-Length: 0\r\n\r\n"))
    s("connect", (CLIENT, b"CONNECT Cdn.example.net:443 HTTP/1.1\r\nHost: cdn.example.net:443\r\n\r\n"),
      (SERVER, b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nauth"),
      (CLIENT, b"CONNECT cdn.example.net:443 HTTP/1.1\r\nProxy-Authorization: Basic eA==\r\n\r\n"),
      (SERVER, b"HTTP/1.0 200 Connection established\r\n\r\n"))
    s("connect-literal", (CLIENT, b"CONNECT [2001:db8::5]:8443 HTTP/1.1\r\n\r\n\x16\x03\x01\x00\x05early"), (SERVER, b"HTTP/1.1 403 Forbidden\r\n\r\nblocked by policy"))
    s("absolute", (CLIENT, b"GET http://user:pw@192.0.2.9:81/p?q=http://other.example/ HTTP/1.1\r\nHost: wrong.example\r\n\r\n"))
    s("odd", (CLIENT, b"\r\n\nGET  /a  HTTP/1.0\nhOsT:\n folded.example\n\n"), (SERVER, b"HTTP/1.1 302\nX-Cache: MISS\nContent-Length: 2, 2\n\nhiHTTP/1.1 500 \xff\n\n"))
    s("upgrade", (CLIENT, b"GET /ws HTTP/1.1\r\nHost: w.example\r\nUpgrade: websocket\r\n\r\n"), (SERVER, b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02hi"), (CLIENT, b"\x81\x00"))
    s("http2", (CLIENT, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9)), (SERVER, bytes(9)))
    s("answer-only", (SERVER, b"HTTP/1.1 200 Connection Established\r\n\r\n"))


def make_socks(folder):
    s = lambda title, *chunks: save(folder, "socks", title, *chunks)
    ok = b"\5\0\0\1" + bytes(6)
    s("five-name", (CLIENT, b"\5\2\0\2"), (SERVER, b"\5\0"), (CLIENT, b"\5\1\0\3" + vec(1, b"Cdn.example.net") + u16(443)), (SERVER, ok))
    s("five-password", (CLIENT, b"\5\1\2"), (SERVER, b"\5\2"), (CLIENT, b"\1" + vec(1, b"user") + vec(1, b"secret")), (SERVER, b"\1\0"),
      (CLIENT, b"\5\1\0\1\xc0\0\2\7" + u16(3478)), (SERVER, b"\5\2\0\1" + bytes(6)))
    s("five-v6", (CLIENT, b"\5\1\0"), (SERVER, b"\5\0"), (CLIENT, b"\5\1\0\4" + bytes.fromhex("20010db8") + bytes(11) + b"\1" + u16(443)),
      (SERVER, b"\5\4\0\3" + vec(1, b"relay") + u16(9)))
    s("five-no-method", (CLIENT, b"\5\1\0"), (SERVER, b"\5\xff"))
    s("five-bad-password", (CLIENT, b"\5\1\2"), (SERVER, b"\5\2"), (CLIENT, b"\1" + vec(1, b"u") + vec(1, b"")), (SERVER, b"\1\1"))
    s("four", (CLIENT, b"\4\1" + u16(80) + bytes([192, 0, 2, 1]) + b"me\0"), (SERVER, b"\0\x5a" + bytes(6)))
    s("four-a", (CLIENT, b"\4\1" + u16(443) + b"\0\0\0\1" + b"\0cdn.example.net\0"), (SERVER, b"\0\x5b" + bytes(6)))
    s("associate", (CLIENT, b"\5\1\0"), (SERVER, b"\5\0"), (CLIENT, b"\5\3\0\1" + bytes(6)), (SERVER, ok))


# ---- STUN, DTLS, RTP, NTP

def stun(kind, attributes=b"", ident=b"seedseedseed"):
    return u16(kind) + u16(len(attributes)) + u32(0x2112a442) + ident + attributes


def attribute(kind, data):
    return u16(kind) + vec(2, data) + bytes(-len(data) % 4)


def make_stun(folder):
    mapped = attribute(0x20, b"\0\1" + u16(0x2112 ^ 50000) + bytes([0x21 ^ 192, 0x12 ^ 0, 0xa4 ^ 2, 0x42 ^ 1]))
    relayed = attribute(0x16, b"\0\2" + u16(0x2112 ^ 50001) + bytes(16))
    error = lambda code, text: attribute(9, b"\0\0" + bytes([code // 100, code % 100]) + text)
    flows = {
        "binding": [(CLIENT, stun(1)), (SERVER, stun(0x101, mapped + attribute(0x8022, b"relay 4.6")))],
        "allocate": [(CLIENT, stun(3, attribute(0x19, b"\x11\0\0\0"))), (SERVER, stun(0x113, error(401, b"Unauthorized") + attribute(0x14, b"example.net") + attribute(0x15, b"nonce"))),
                     (CLIENT, stun(3, attribute(6, b"user") + attribute(8, bytes(20)), b"second.ident")), (SERVER, stun(0x103, relayed + mapped, b"second.ident"))],
        "refused": [(CLIENT, stun(3)), (SERVER, stun(0x113, error(486, b"Quota")))],
        "ice": [(CLIENT, stun(1, attribute(6, b"a:b") + attribute(0x24, u32(7)) + attribute(0x802a, bytes(8)) + attribute(0x8028, u32(9))))],
        "channel": [(CLIENT, u16(0x4001) + vec(2, b"datadata")), (SERVER, u16(0x4001) + vec(2, b"more"))],
        "moved": [(SERVER, stun(0x113, error(300, b"") + attribute(0x8023, b"\0\1" + u16(3478) + bytes([192, 0, 2, 5]))))],
    }
    for title, chunks in flows.items():
        save(folder, "stun_udp", title, *chunks)
        save(folder, "stun_tcp", title, *chunks)
    save(folder, "stun_tcp", "mixed", (CLIENT, stun(1) + u16(0x4001) + vec(2, b"abc") + b"\0" + stun(0x16, attribute(0x12, b"\0\1" + u16(1) + bytes(4)))))


def dtls_record(kind, data, version=0xfefd, sequence=0):
    return u8(kind) + u16(version) + bytes(2) + sequence.to_bytes(6, "big") + vec(2, data)


def make_media(folder):
    plain = client_hello(tls13=False)
    body = plain[4:]
    body = u16(0xfefd) + body[2:34] + vec(1, b"") + vec(1, b"cookie") + body[67:]
    part = lambda kind, b: u8(kind) + u24(len(b)) + u16(0) + u24(0) + vec(3, b)
    hello = part(1, body)
    save(folder, "dtls", "handshake", (CLIENT, dtls_record(22, hello)), (SERVER, dtls_record(22, part(2, server_hello(False)[4:]), sequence=1)),
         (CLIENT, dtls_record(20, b"\1") + dtls_record(22, bytes(48), sequence=1)), (SERVER, dtls_record(21, b"\2\x28")))
    half = len(body) // 2
    save(folder, "dtls", "fragments", (CLIENT, dtls_record(22, u8(1) + u24(len(body)) + u16(0) + u24(0) + vec(3, body[:half]))),
         (CLIENT, dtls_record(22, u8(1) + u24(len(body)) + u16(0) + u24(half) + vec(3, body[half:]))))
    rtp = b"\x80\x60" + u16(1) + u32(160) + u32(0xdecade) + bytes(40)
    save(folder, "rtp", "rtp", (CLIENT, rtp), (SERVER, rtp))
    save(folder, "rtp", "rtcp", (CLIENT, b"\x80\xc8" + u16(6) + bytes(24)))
    save(folder, "rtp", "extension", (CLIENT, b"\x91\xef" + u16(2) + u32(1) + u32(2) + u32(3) + b"\xbe\xde" + u16(1) + bytes(4) + bytes(9)))
    save(folder, "ntp", "poll", (CLIENT, b"\x23" + bytes(47)), (SERVER, b"\x24\2" + bytes(46)))
    save(folder, "ntp", "signed", (CLIENT, b"\x23" + bytes(47) + bytes(20)))


# ---- QUIC

def quic_keys(dcid, server):
    mac = hmac.HMAC(bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), hashes.SHA256())
    mac.update(dcid)
    secret = mac.finalize()

    def expand(key, label, n):
        label = b"tls13 " + label
        return HKDFExpand(hashes.SHA256(), n, u16(n) + vec(1, label) + b"\0").derive(key)

    secret = expand(secret, b"server in" if server else b"client in", 32)
    return expand(secret, b"quic key", 16), expand(secret, b"quic iv", 12), expand(secret, b"quic hp", 16)


def initial(dcid, number, frames, server=False, size=1200, key_cid=None):
    """One protected Initial packet (RFC 9001 5): short seeds are padded less than a client must."""
    key, iv, hp = quic_keys(key_cid or dcid, server)
    frames += bytes(max(0, size - len(frames) - 16 - 30))
    head = b"\xc3" + u32(1) + vec(1, dcid) + vec(1, b"src") + b"\0" + u16(0x4000 | 4 + len(frames) + 16) + u32(number)
    nonce = bytes(a ^ b for a, b in zip(iv, number.to_bytes(12, "big")))
    sealed = AESGCM(key).encrypt(nonce, frames, head)
    mask = Cipher(algorithms.AES(hp), modes.ECB()).encryptor().update(sealed[:16])
    first = head[0] ^ mask[0] & 0x0f
    at = len(head) - 4
    return u8(first) + head[1:at] + bytes(a ^ b for a, b in zip(head[at:], mask[1:5])) + sealed


def varint(n):
    return u8(n) if n < 64 else u16(0x4000 | n)


def crypto(offset, data):
    return b"\6" + varint(offset) + varint(len(data)) + data


def make_initials(folder, hello):
    """What is in Initials: for each its length and frames."""
    def s(title, *packets):
        os.makedirs(os.path.join(folder, "initial"), exist_ok=True)
        with open(os.path.join(folder, "initial", title), "wb") as f:
            f.write(b"".join(vec(2, p) for p in packets))

    ack = b"\2" + varint(9) + varint(0) + varint(1) + varint(3) + varint(0) + varint(2)
    s("whole", ack + b"\1" + crypto(0, hello) + bytes(40))
    s("counted", b"\3" + varint(9) + varint(0) + varint(0) + varint(3) + varint(1) + varint(2) + varint(3) + crypto(0, hello))
    s("shuffled", crypto(100, hello[100:]) + crypto(40, hello[40:70]), crypto(0, hello[:50]) + b"\1\1" + crypto(60, hello[60:110]))
    s("closed", b"\x1c" + varint(0x128) + varint(6) + vec(1, b"refused"), b"\x1d" + varint(0) + vec(1, b""))
    s("no-frame", crypto(0, hello[:9]) + b"\x08\0\0", crypto(15800, hello), b"\6" + u32(0xc0000100) + u32(0) + varint(9) + hello[:9])


def make_quic(folder):
    dcid = bytes(range(8))
    hello = client_hello(sni=b"quic.example.net")
    s = lambda title, *chunks: save(folder, "quic", title, *chunks)
    answer = initial(b"src", 0, b"\2\0\0\0\0" + crypto(0, server_hello()), True, 0, dcid)
    s("hello", (CLIENT, initial(dcid, 0, crypto(0, hello))), (SERVER, answer), (CLIENT, b"\x40" + bytes(40)), (SERVER, b"\x41" + bytes(40)))
    s("shuffled", (CLIENT, initial(dcid, 0, b"\1" + crypto(60, hello[60:]) + bytes(3) + crypto(0, hello[:60]))))
    s("two-datagrams", (CLIENT, initial(dcid, 0, crypto(100, hello[100:]))), (CLIENT, initial(dcid, 1, crypto(0, hello[:100]))))
    s("closed", (CLIENT, initial(dcid, 0, crypto(0, hello))),
      (SERVER, initial(b"src", 0, b"\x1c" + varint(0x128) + varint(6) + vec(1, b"refused"), True, 0, dcid)))
    s("negotiation", (CLIENT, initial(dcid, 0, crypto(0, hello))), (SERVER, b"\x80" + u32(0) + vec(1, b"src") + vec(1, dcid) + u32(1) + u32(0x6b3343cf)))
    make_initials(folder, hello)
    s("retry", (SERVER, b"\xf0" + u32(1) + vec(1, b"src") + vec(1, b"new") + b"token" + bytes(16)))


# ---- frames, captures, lists

def checksum(data):
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def ip4(proto, payload, flags=0, ident=7):
    head = b"\x45\0" + u16(20 + len(payload)) + u16(ident) + u16(flags) + u8(64) + u8(proto)
    ends = bytes([192, 0, 2, 1, 198, 51, 100, 7])
    return head + u16(checksum(head + b"\0\0" + ends)) + ends + payload


def ip6(proto, payload):
    return u32(6 << 28) + u16(len(payload)) + u8(proto) + u8(64) + bytes.fromhex("20010db8") + bytes(11) + b"\1" + bytes.fromhex("20010db8") + bytes(11) + b"\2" + payload


def udp(payload, sport=40000, dport=53):
    return u16(sport) + u16(dport) + u16(8 + len(payload)) + b"\0\0" + payload


def tcp(payload=b"", flags=2, options=b"\2\4\5\xb4"):
    return u16(40000) + u16(443) + u32(1) + u32(0) + u8((20 + len(options)) // 4 << 4) + u8(flags) + u16(64240) + bytes(4) + options + payload


def ethernet(kind, payload):
    return bytes(6) + b"\2" + bytes(4) + b"\1" + u16(kind) + payload


def frames():
    query = dns_messages()["query"]
    plain = ip4(17, udp(query))
    error = ip4(1, b"\3\x0d\0\0" + bytes(4) + ip4(6, tcp()))
    large = udp(bytes(64))
    return {
        "ethernet": (1, [ethernet(0x0800, plain), ethernet(0x0800, ip4(6, tcp())), ethernet(0x86dd, ip6(17, udp(query)))]),
        "tags": (1, [ethernet(0x88a8, u16(5) + u16(0x8100) + u16(6) + u16(0x0800) + plain),
                     ethernet(0x8847, u32(16 << 12 | 64) + u32(17 << 12 | 1 << 8 | 64) + plain),
                     ethernet(0x8864, b"\x11\0" + u16(1) + u16(2 + len(plain)) + u16(0x21) + plain)]),
        "tunnels": (1, [ethernet(0x0800, ip4(47, u16(0) + u16(0x0800) + plain)), ethernet(0x0800, ip4(4, plain)), ethernet(0x0800, ip4(41, ip6(6, tcp()))),
                        ethernet(0x0800, ip4(17, udp(b"\x08" + bytes(7) + ethernet(0x0800, plain), dport=4789)))]),
        "fragments": (1, [ethernet(0x0800, ip4(17, large[:32], 0x2000)), ethernet(0x0800, ip4(17, large[32:], 4)), ethernet(0x0800, plain)]),
        "fragments6": (1, [ethernet(0x86dd, ip6(44, b"\x11\0" + u16(1) + u32(9) + large[:32])), ethernet(0x86dd, ip6(44, b"\x11\0" + u16(32) + u32(9) + large[32:]))]),
        "icmp": (1, [ethernet(0x0800, error), ethernet(0x86dd, ip6(58, b"\1\1\0\0" + bytes(4) + ip6(0, b"\x11\0\5\2" + bytes(4) + udp(query))))]),
        "raw": (12, [plain, ip6(0, b"\x3c\0\1\4" + bytes(4) + b"\x06\0\1\4" + bytes(4) + tcp())]),
        "cooked": (113, [bytes(2) + u16(1) + u16(6) + bytes(8) + u16(0x0800) + plain]),
        "cooked2": (276, [u16(0x0800) + bytes(2) + u32(1) + u16(1) + b"\0\6" + bytes(8) + plain]),
        "loopback": (0, [struct.pack("<I", 2) + plain, struct.pack(">I", 24) + ip6(6, tcp())]),
        "ppp": (9, [b"\xff\3" + u16(0x21) + plain]),
        "radio": (127, [b"\0\0" + struct.pack("<HI", 8, 0) + b"\x08\1" + bytes(22) + b"\xaa\xaa\3\0\0\0" + u16(0x0800) + plain]),
    }


def tunnels(plain, whole):
    """Each tunnel that is told by its port: (port, what the datagram carries)."""
    clear = b"\x08\1" + bytes(22) + b"\xaa\xaa\3\0\0\0" + u16(0x0800) + plain
    six = ip6(6, tcp())
    teredo = u32(6 << 28) + u16(len(tcp())) + b"\6\x40" + u32(0x20010000) + bytes(12) + u32(0x20010000) + bytes(12) + tcp()
    return [(4789, b"\x08" + bytes(7) + whole), (8472, b"\x88\0\0\7\0\0\5\0" + whole),
            (4790, b"\x0c\0\0\1\0\0\5\0" + plain), (4790, b"\x0c\0\0\2\0\0\5\0" + six), (4790, b"\x0c\0\0\3\0\0\5\0" + whole),
            (6081, b"\0\0\x65\x58\0\0\7\0" + whole), (6081, b"\2\0\x08\0\0\0\7\0\1\2\3\1\0\0\0\0" + plain), (6081, b"\0\0\x86\xdd\0\0\7\0" + six),
            (2152, b"\x30\xff" + u16(len(plain)) + u32(9) + plain),
            (2152, b"\x34\xff" + u16(len(plain) + 8) + u32(9) + b"\0\1\0\x85\1\0\5\0" + plain), (2152, b"\x32\xff" + u16(len(six) + 4) + u32(9) + bytes(4) + six),
            (3544, teredo), (3544, b"\0\1\2\3" + bytes(2 + 3 + 8 + 1) + bytes(8) + six), (3544, bytes(8) + teredo),
            (6635, u32(16 << 12 | 64) + u32(17 << 12 | 1 << 8 | 64) + plain), (6635, u32(17 << 12 | 1 << 8 | 64) + six),
            (4754, bytes(2) + u16(0x0800) + plain), (4754, u16(0xb000) + u16(0x6558) + bytes(12) + whole),
            (1701, b"\0\2" + u32(7) + b"\xff\3\0\x21" + plain), (1701, b"\x4a\2" + u16(80) + u32(7) + u32(1) + u16(2) + b"\0\0\x21" + plain),
            (5247, u32(2 << 19 | 1 << 9) + bytes(4) + whole), (5247, u32(2 << 19 | 1 << 9 | 1 << 8) + bytes(4) + clear),
            (37008, b"\1\0\0\1\0\x0a\1\5\1" + whole), (37008, b"\1\1\0\x12\1" + clear)]


def generic(plain, whole):
    """Frames behind GRE's IP header."""
    framed = b"\xff\3\0\x21" + plain
    return [u16(0) + u16(0x0800) + plain, u16(0xb000) + u16(0x6558) + bytes(12) + whole, u16(0) + u16(0x88be) + whole,
            u16(0x1000) + u16(0x88be) + u32(1) + bytes(8) + whole, u16(0x1000) + u16(0x22eb) + u32(1) + bytes(12) + whole,
            u16(0x1000) + u16(0x22eb) + u32(1) + bytes(8) + u32(2 << 10 | 1) + bytes(8) + plain,
            u16(0) + u16(0x883e) + plain, u16(0) + u16(0x883e) + bytes(4) + plain, u16(0) + u16(0x880b) + framed,
            u16(0x3081) + u16(0x880b) + u16(len(framed)) + u16(1) + u32(5) + u32(6) + framed, u16(0x2001) + u16(0x880b) + bytes(4),
            u16(0) + u16(0x8847) + u32(16 << 12 | 1 << 8 | 64) + whole, u16(0x4000) + u16(0x0800) + plain]


def tagged(plain, whole):
    """(EtherType, what is behind it), of the tags and services between a link and the network."""
    head = lambda n, following: u16(n) + b"\1" + u8(following)
    return [(0x8100, u16(6) + u16(0x86dd) + ip6(6, tcp())), (0x8926, u32(5) + u16(0x0800) + plain), (0x893f, bytes(6) + u16(0x0800) + plain),
            (0x8909, bytes(6) + u16(0x0800) + plain), (0x9100, u16(5) + u16(0x9200) + u16(6) + u16(0x0800) + plain),
            (0x88e7, bytes(4) + whole), (0x8903, bytes(2) + whole), (0x6558, whole), (0x894f, head(2, 1) + bytes(4) + plain),
            (0x894f, head(6, 3) + bytes(20) + whole), (0x894f, head(2, 2) + bytes(4) + ip6(6, tcp())),
            (0x894f, head(2, 5) + bytes(4) + u32(16 << 12 | 1 << 8) + plain), (0x894f, head(1, 1)),
            (0x8847, u32(16 << 12 | 1 << 8) + bytes(4) + whole), (8 + len(plain), b"\xaa\xaa\3\0\0\0" + u16(0x0800) + plain),
            (3 + len(plain), b"\6\6\3" + plain), (0x0806, bytes(28))]


def links(plain, whole):
    """One link type each: (name, DLT_, frames)."""
    six = ip6(6, tcp())
    snap = b"\xaa\xaa\3\0\0\0" + u16(0x0800) + plain
    little = lambda kind, data: struct.pack("<HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)
    clear = lambda flags, more=b"", control=8: u8(control) + u8(flags) + bytes(22) + more + snap
    return [("hdlc", 104, [b"\x0f\0" + u16(0x0800) + plain]), ("ppp-hdlc", 50, [b"\x0f\0" + u16(0x86dd) + six, b"\x57" + six, u16(0x281) + u32(1 << 8) + plain]),
            ("ppp-direction", 204, [b"\1\xff\3\0\x21" + plain]), ("pppd", 166, [b"\0\1\xff\3\0\x21" + plain]), ("pppoe", 51, [b"\x11\0" + u16(1) + u16(2 + len(plain)) + u16(0x21) + plain]),
            ("frame-relay", 107, [b"\x18\x41\3\xcc" + plain, b"\x18\x41\3\0\x8e" + six, b"\x18\x41\3\0\x80\0\0\0" + u16(0x0800) + plain, b"\x18\x40\1" + u16(0x0800) + plain]),
            ("atm", 11, [snap, b"\xaa\xaa\3\0\x80\xc2\0\7\0\0" + whole, b"\6\6\3" + plain]), ("fddi", 10, [bytes(13) + snap]),
            ("infiniband", 242, [bytes(40) + u16(0x0800) + bytes(2) + plain]), ("switch", 281, [bytes(12) + u32(5) + u16(0x0800) + plain]), ("switch-before", 282, [u32(5) + whole]),
            ("switch-dsa", 284, [bytes(12) + u32(5) + u16(0x0800) + plain]), ("mpls", 219, [u32(16 << 12 | 1 << 8) + plain]),
            ("nflog", 239, [b"\2\0\0\0" + little(1, bytes(4)) + little(9, plain), b"\x0a\0\0\0" + u16(4 + len(six)) + u16(9) + six]),
            ("pflog", 117, [b"\x3d" + bytes(63) + plain]), ("enc", 109, [bytes(12) + plain, struct.pack("<I", 2) + bytes(8) + plain]),
            ("pktap", 258, [struct.pack("<III", 108, 1, 1) + bytes(96) + whole, struct.pack("<III", 12, 1, 149) + struct.pack("<III", 12, 1, 101) + plain]),
            ("ppi", 192, [struct.pack("<BBHI", 0, 0, 8, 105) + clear(1)]), ("avs", 163, [u32(0x80211001) + u32(64) + bytes(56) + clear(2)]),
            ("prism", 119, [struct.pack("<II", 0x44, 144) + bytes(136) + clear(0)]),
            ("wlan", 105, [clear(3, bytes(6)), clear(1, bytes(2), 0x88), clear(0x81, bytes(6), 0x88), clear(1, b"\x80\0", 0x88)]),
            ("cooked-llc", 113, [bytes(2) + u16(1) + u16(6) + bytes(8) + u16(4) + snap, bytes(2) + u16(824) + bytes(12)]), ("loop", 108, [u32(2) + plain])]


def block(kind, body):
    body += bytes(-len(body) % 4)
    n = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + n + body + n


def make_files(folder):
    def put(row, title, data):
        os.makedirs(os.path.join(folder, row), exist_ok=True)
        with open(os.path.join(folder, row, title), "wb") as f:
            f.write(data)

    plain = ip4(17, udp(dns_messages()["query"]))
    whole = ethernet(0x0800, plain)
    made = [(title, link, each) for title, (link, each) in frames().items()] + links(plain, whole)
    made += [("tunnels-udp", 1, [ethernet(0x0800, ip4(17, udp(data, dport=port))) for port, data in tunnels(plain, whole)]),
             ("tunnels-gre", 1, [ethernet(0x0800, ip4(47, data)) for data in generic(plain, whole)]),
             ("tags-all", 1, [ethernet(kind, data) for kind, data in tagged(plain, whole)])]
    for title, link, each in made:
        put("frame", title, u16(link) + b"".join(vec(2, f) for f in each))
    some = frames()["ethernet"][1]
    for title, order, magic in (("pcap", "<", 0xa1b2c3d4), ("pcap-big-nanoseconds", ">", 0xa1b23c4d)):
        put("capture", title, struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
            + b"".join(struct.pack(order + "IIII", 1700000000 + i, i, len(f), len(f) + 4 * i) + f for i, f in enumerate(some)))
    with open(os.path.join(folder, "capture", "pcap"), "rb") as f:
        small = f.read()
    # nothing that a library of today may write otherwise tomorrow: stored blocks only
    put("capture", "pcap-gz", b"\x1f\x8b\x08\0" + bytes(6) + b"\1" + struct.pack("<HH", len(small), len(small) ^ 0xffff) + small
        + struct.pack("<II", zlib.crc32(small), len(small)))
    put("capture", "pcap-zst", struct.pack("<IBI", 0xfd2fb528, 0xa0, len(small)) + struct.pack("<I", len(small) << 3 | 1)[:3] + small)
    put("capture", "pcap-lz4", struct.pack("<IBB", 0x184d2204, 0x60, 0x40) + b"\x82" + struct.pack("<I", 1 << 31 | len(small)) + small + bytes(4))
    enhanced = lambda i, f: block(6, struct.pack("<IIIII", i % 2, 0x60a24, i, len(f), len(f)) + f)
    put("capture", "pcapng", block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)) + block(1, struct.pack("<HHI", 1, 0, 0))
        + block(1, struct.pack("<HHI", 1, 0, 96) + struct.pack("<HHB3x", 9, 1, 9) + bytes(4)) + b"".join(enhanced(i, f) for i, f in enumerate(some))
        + block(3, struct.pack("<I", len(some[0])) + some[0]) + block(5, struct.pack("<III", 0, 0x60a24, 9)))
    put("list", "small.yaml", b"""name: Small
version: "1"
ports: [443/tcp]
groups:
  - id: cdn
    role: cdn
    hosts: [cdn.example.net, "*.relay.example.net", 198.51.100.0/24, "2001:db8::/48", b\xc3\xbccher.example]
  - id: relay
    role: stun-turn
    required: false
    fallback_for: [cdn]
    hosts: [turn.example.net]
    ports: [3478/udp, 50000-50999/udp]
    works_if_any: [3478/udp]
""")
    put("list", "every-key.yaml", b"""name: "Every key"
vendor: Example
version: 2.0.33
published: 2024-03-26
source: 'Network rules'
notes: |
  two
  lines
ports: [443/tcp, 443/udp]
groups:
  - {id: eu, role: datacentre, region: europe, hosts: [], hosts_status: ask-vendor, ports: [443/tcp], ports_basis: inferred}
  - id: turn
    role: stun-turn
    description: relays
    fallback_for: [eu]
    profile: large
    symptom: no sound
    notes: x
    hosts_status: given
    ports_basis: stated
    hosts: ["[2001:db8::1]", 192.0.2.1, "*.XN--bcher-kva.example."]
    ports: [1-65535/udp, 3478/tcp]
    works_if_any: [3478/tcp, 1-65535/udp]
    learn: {suffixes: [example.org, "relay.example"]}
  - id: resolvers
    role: dns
    hosts: []
    ports: [53/udp]
""")
    put("list", "wrong.yaml", b"""name: Wrong
version: "1"
colour: red
groups:
  - {id: a, role: nothing, hosts: [*.example.net], ports: [443]}
""")


def main():
    folder = sys.argv[1]
    for make in (make_dns, make_tls, make_http, make_socks, make_stun, make_media, make_quic, make_files):
        make(folder)
    if "--live" in sys.argv[2:]:
        make_live_tls(folder)


main()
