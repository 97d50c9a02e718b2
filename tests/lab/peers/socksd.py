#!/usr/bin/env python3
"""A SOCKS5 proxy (RFC 1928) that refuses some hosts by its rules: socksd.py ADDRESS PORT [DENIED-HOST...]"""
import select
import socket
import struct
import sys
import threading


def serve(c, denied):
    try:
        c.recv(2 + c.recv(2, socket.MSG_PEEK)[1])
        c.sendall(b'\5\0')
        head = c.recv(4)
        if head[3] == 3:
            host = c.recv(c.recv(1)[0]).decode()
        else:
            host = socket.inet_ntop(socket.AF_INET if head[3] == 1 else socket.AF_INET6,
                    c.recv(4 if head[3] == 1 else 16))
        port = struct.unpack('!H', c.recv(2))[0]
        if host in denied:
            c.sendall(b'\5\2\0\1\0\0\0\0\0\0')          # not allowed by ruleset
            return
        up = socket.create_connection((host, port), 5)
        c.sendall(b'\5\0\0\1\0\0\0\0\0\0')
        ends = {c: up, up: c}
        while True:
            for s in select.select(list(ends), [], [], 20)[0]:
                data = s.recv(65536)
                if not data:
                    return
                ends[s].sendall(data)
    except (OSError, IndexError):
        pass
    finally:
        c.close()


def main():
    s = socket.create_server((sys.argv[1], int(sys.argv[2])))
    while True:
        c, _ = s.accept()
        threading.Thread(target=serve, args=(c, sys.argv[3:]), daemon=True).start()


if __name__ == '__main__':
    main()
