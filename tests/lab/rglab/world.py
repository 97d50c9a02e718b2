"""What stands in the lab's internet: names, addresses, and the configuration of the real servers."""
import base64
import ipaddress
import os
import struct
import subprocess

from . import net

# short name: host, IPv4, IPv6 (IPv6 is in the DNS only where a scenario wants it)
HOSTS = {
    'portal': ('portal.spark.test', '203.0.113.10', '2001:db8:cafe::10'),
    'login': ('login.spark.test', '203.0.113.11', '2001:db8:cafe::11'),
    'files': ('files.spark.test', '203.0.113.20', '2001:db8:cafe::20'),
    'cdn': ('cdn.kognitivspark.net', '198.51.100.7', '2001:db8:cd::7'),
    'tm': ('tm.spark.test', '203.0.113.30', '2001:db8:cafe::30'),
    'eu': ('eu.dc.spark.test', '203.0.113.50', '2001:db8:cafe::50'),
    'turn': ('turn.relay.example', '198.51.100.60', '2001:db8:cd::60'),
    'feedback': ('feedback.spark.test', '203.0.113.70', '2001:db8:cafe::70'),
    'else': ('www.else.example', '198.51.100.200', '2001:db8:cd::200'),
    'spare': ('spare.spark.test', '203.0.113.99', '2001:db8:cafe::99'),
}
LAN4, LAN6 = '10.77.1.', '2001:db8:77::'
DNS, DNS2, PROXY, MITM, DNS_V6 = '10.77.250.53', '10.77.250.54', '10.77.250.80', '10.77.250.81', '2001:db8:53::53'

# the list that most scenarios audit; the names of the datacentre are made up
GROUPS = [
    {'id': 'web', 'role': 'web', 'description': 'portal and sign-in',
            'hosts': ['portal.spark.test', 'login.spark.test'], 'ports': ['443/tcp']},
    {'id': 'storage', 'role': 'storage', 'hosts': ['files.spark.test'], 'ports': ['443/tcp']},
    {'id': 'cdn', 'role': 'cdn', 'description': 'content delivery', 'hosts': ['cdn.kognitivspark.net'],
            'ports': ['443/tcp']},
    {'id': 'traffic-manager', 'role': 'traffic-manager', 'hosts': ['tm.spark.test'], 'ports': ['443/tcp']},
    {'id': 'datacentre-eu', 'role': 'datacentre', 'region': 'europe', 'hosts': ['eu.dc.spark.test'],
     'ports': ['443/tcp', '3478/tcp', '3478/udp']},
    {'id': 'turn-fallback', 'role': 'stun-turn', 'fallback_for': ['datacentre-eu'], 'hosts': ['turn.relay.example'],
     'ports': ['3478/tcp', '3478/udp']},
    {'id': 'feedback', 'role': 'other', 'required': False, 'hosts': ['feedback.spark.test'], 'ports': ['443/tcp']},
]


def client4(n):
    return '%s%d' % (LAN4, 10 + n)


def client6(n):
    return '%s%x' % (LAN6, 10 + n)


def words(clients):
    """what {word} means in a scenario's rules and commands"""
    w = {'dns': DNS, 'dns2': DNS2, 'dnsv6': DNS_V6, 'proxy': PROXY, 'mitm': MITM, 'gw': LAN4 + '1', 'gw6': LAN6 + '1'}
    for k, (host, a4, a6) in HOSTS.items():
        w[k], w[k + '6'], w[k + '_name'] = a4, a6, host
    for n in range(1, clients + 1):
        w['c%d' % n], w['c%d6' % n] = client4(n), client6(n)
    return w


def addresses(scenario):
    """every address that the lab's internet answers for"""
    a = [DNS, DNS2, PROXY, MITM, DNS_V6]
    for host, a4, a6 in HOSTS.values():
        a += [a4, a6]
    return a + scenario.get('addresses', [])


# ------------------------------------------------------------------ certificates

def certificates(folder):
    """an authority and a server certificate for all names; and a second authority, as of an inspecting firewall"""
    names = sorted({h[0] for h in HOSTS.values()} | {'*.spark.test', '*.tenant.spark.test', '*.else.example'})
    with open(os.path.join(folder, 'san'), 'w', encoding='ascii') as f:
        f.write('subjectAltName=' + ','.join('DNS:' + n for n in names) + '\n')
    net.sh('openssl', 'genpkey', '-algorithm', 'X25519', '-outform', 'DER', '-out', os.path.join(folder, 'ech.der'))
    for ca, cn in (('ca', 'Lab Root'), ('corp', 'Corp Inspection CA')):
        p = os.path.join(folder, ca)
        net.sh('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', p + '.key', '-out', p + '.crt',
                '-days', '30',
               '-subj', '/O=Lab/CN=' + cn)
        net.sh('openssl', 'req', '-newkey', 'rsa:2048', '-nodes', '-keyout', p + '-server.key', '-out', p + '.csr',
                '-subj', '/CN=portal.spark.test')
        net.sh('openssl', 'x509', '-req', '-in', p + '.csr', '-CA', p + '.crt', '-CAkey', p + '.key',
                '-CAcreateserial', '-days', '20',
               '-extfile', os.path.join(folder, 'san'), '-out', p + '-server.crt')


# ------------------------------------------------------------------ DNS (unbound)

def dns_records(scenario):
    """name -> list of records; scenario['dns_records'] replaces those of a name"""
    v6 = scenario.get('ipv6', False)
    v6_only = scenario.get('ipv6_only', False)
    rec = {}
    for host, a4, a6 in HOSTS.values():
        rec[host] = ([] if v6_only else ['A ' + a4]) + (['AAAA ' + a6] if v6 or v6_only else [])
    rec.update(scenario.get('dns_records', {}))
    return rec


def unbound_conf(scenario, folder, address4=DNS):
    out = ['server:', ' username: ""', ' chroot: ""', ' directory: "%s"' % folder, ' pidfile: ""', ' use-syslog: no',
            ' do-daemonize: no',
           ' interface: %s' % address4, ' interface: %s' % DNS_V6, ' access-control: 0.0.0.0/0 allow',
                   ' access-control: ::/0 allow',
           ' ede: yes', ' module-config: "respip %siterator"' % ('validator ' if scenario.get('dns_bogus') else ''), ' minimal-responses: yes', ' rrset-roundrobin: no',
                   ' num-threads: 1',
           ' local-zone: "." static']
    zones, recs = scenario.get('dns_zones', {}), dns_records(scenario)
    for zone in ('spark.test', 'relay.example', 'else.example', 'kognitivspark.net'):
        out += [' local-zone: "%s." static' % zone, ' local-data: "%s. 60 SOA ns1.%s. admin.%s. 1 3600 600 86400 60"'
                % (zone, zone, zone)]
    for name, kind in zones.items():                      # refuse, always_nxdomain, always_nodata, deny, always_null ...
        out.append(' local-zone: "%s." %s' % (name, kind))
    for name, rr in recs.items():
        if name in scenario.get('dns_bogus', []):
            out.append(' local-zone: "%s." transparent' % name)
            continue
        if name in zones and zones[name] not in ('redirect', 'transparent', 'static'):
            continue
        if name not in zones and not any(name.endswith(z)
                for z in ('spark.test', 'relay.example', 'else.example', 'kognitivspark.net')):
            out.append(' local-zone: "%s." static' % name)
        out += [' local-data: "%s. 60 IN %s"' % (name, r) for r in rr]
    anchors, zones_after, rpz = [], [], scenario.get('dns_rpz', {})
    if rpz:
        with open(os.path.join(folder, 'rpz.zone'), 'w', encoding='ascii') as f:
            f.write('$ORIGIN rpz.lab.\n@ 60 SOA ns1.rpz.lab. a.rpz.lab. 1 60 60 60 60\n@ 60 NS ns1.rpz.lab.\n')
            f.writelines('%s 60 %s\n' % (n, r) for n, r in rpz.items())
        zones_after += ['rpz:', ' name: rpz.lab.', ' zonefile: "%s/rpz.zone"' % folder]
    for name in scenario.get('dns_bogus', []):              # signed, says its parent, but no signature is there
        with open(os.path.join(folder, name), 'w', encoding='ascii') as f:
            f.write('$ORIGIN %s.\n@ 60 SOA ns1 a 1 60 60 60 60\n@ 60 NS ns1\nns1 60 A 192.0.2.7\n' % name
                    + ''.join('@ 60 %s\n' % r for r in recs[name]))
        anchors.append(' trust-anchor: "%s. DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"' % name)
        zones_after += ['auth-zone:', ' name: "%s."' % name, ' zonefile: "%s/%s"' % (folder, name), ' for-upstream: yes',
                        ' for-downstream: no']
    out += anchors + zones_after + ['remote-control:', ' control-enable: no']
    return '\n'.join(out) + '\n'


# ------------------------------------------------------------------ the web (nginx), proxy (tinyproxy), TURN (coturn)

def nginx_conf(scenario, folder, certs):
    page = 'x' * 1200
    out = ['daemon off; worker_processes 1; master_process off; pid %s/nginx.pid; error_log %s/nginx.log warn;'
            % (folder, folder),
           'events { worker_connections 256; }', 'http {',
                   ' access_log off; default_type text/html; keepalive_timeout %s; lingering_close off;'
           % scenario.get('keepalive', 5)]
    for k in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'):
        out.append(' %s_temp_path %s/%s;' % (k, folder, k))
    for host, code in scenario.get('http_status', {}).items():
        out.append(' server { listen 80; listen [::]:80; server_name %s; location / { return %d "denied by policy"; } }' % (host, code))
    listen = ['443 ssl default_server', '[::]:443 ssl default_server', '80 default_server', '[::]:80 default_server',
            '853 ssl']
    if 'turn' not in scenario.get('servers', []):
        listen += ['3478', '[::]:3478']
    if scenario.get('captive'):                           # what a guest network's gateway answers to any plain request
        out.append(' server { listen %s:80; location / { %s } location /login { return 200 "sign in"; } }' % (MITM, scenario['captive']))
    for name, where in (('ca', listen), ('corp', ['%s:8443 ssl' % MITM])):
        out.append(' server { %s server_name _; ssl_protocols %s; ssl_certificate %s/%s-server.crt; ssl_certificate_key %s/%s-server.key;'
                   % (' '.join('listen %s;' % x for x in where), scenario.get('tls_protocols', 'TLSv1.2 TLSv1.3'),
                           certs, name, certs, name))
        out.append('%s location / { return 200 "%s"; } location /deny { return 403 "no"; } location /slow { root %s; limit_rate 4k; } }'
                   % (" add_header Alt-Svc 'h3=\":443\"';" if scenario.get('alt_svc') else '', page, folder))
    with open(os.path.join(folder, 'slow'), 'w', encoding='ascii') as f:
        f.write('y' * 40000)
    return '\n'.join(out) + '\n}\n'


def tinyproxy_conf(scenario, folder):
    p = scenario.get('proxy', {})
    out = ['Port 3128', 'Listen %s' % PROXY, 'Timeout 30', 'MaxClients 50', 'LogFile "%s/tinyproxy.log"' % folder,
            'LogLevel Warning', 'DisableViaHeader Yes',
           'ConnectPort 443', 'ConnectPort 3478']
    if p.get('auth'):
        out.append('BasicAuth lab %s' % p['auth'])
    if p.get('deny'):
        with open(os.path.join(folder, 'filter'), 'w', encoding='ascii') as f:
            f.writelines('^%s$\n' % n.replace('.', '\\.') for n in p['deny'])
        out += ['Filter "%s/filter"' % folder, 'FilterExtended On', 'FilterDefaultDeny No', 'FilterURLs Off']
    return '\n'.join(out) + '\n'


def squid_conf(scenario, folder):
    """squid with Basic authentication, as used in offices; it serves 3129"""
    p = scenario.get('proxy', {})
    out = ['http_port %s:3129' % PROXY, 'access_log none', 'cache_log %s/squid.log' % folder, 'pid_filename none', 'cache deny all',
           'coredump_dir %s' % folder, 'netdb_filename none', 'cache_effective_user proxy', 'shutdown_lifetime 0 seconds',
           'dns_nameservers %s' % DNS, 'logfile_rotate 0', 'visible_hostname proxy.corp.example']
    if p.get('auth'):
        path = os.path.join(folder, 'squid.auth')
        with open(path, 'w', encoding='ascii') as f:
            f.write('lab:' + net.sh('openssl', 'passwd', '-apr1', '-salt', 'labsalt', p['auth']))
        os.chmod(path, 0o644)
        out += ['auth_param basic program /usr/lib/squid/basic_ncsa_auth %s' % path, 'auth_param basic realm lab',
                'acl known proxy_auth REQUIRED', 'http_access deny !known']
    if p.get('deny'):
        out += ['acl shut dstdomain ' + ' '.join(p['deny']), 'http_access deny shut']
    return '\n'.join(out + ['http_access allow all']) + '\n'


def haproxy_conf(scenario):
    """a gateway that answers HTTPS itself, reads the ClientHello and closes, hides or passes on to the portal"""
    p = scenario.get('peek', {})
    out = ['defaults', ' mode tcp', ' timeout connect 5s', ' timeout client 60s', ' timeout server 60s', 'frontend gateway', ' bind :9000',
            ' tcp-request inspect-delay 5s']
    for key, verb in (('close', 'reject'), ('hide', 'silent-drop')):
        out += [' tcp-request content %s if { req_ssl_sni -i %s }' % (verb, name) for name in p.get(key, [])]
    return '\n'.join(out + [' tcp-request content accept if { req_ssl_hello_type 1 }', ' default_backend portal', 'backend portal',
            ' server portal %s:443' % HOSTS['portal'][1]]) + '\n'


def ech_key(folder):
    """the key of a server for Encrypted ClientHello as selfserv wants it, and its configuration as tstclnt does (RFC 9849 4)"""
    key = os.path.join(folder, 'ech.der')
    secret = open(key, 'rb').read()[-32:]
    public = subprocess.run(['openssl', 'pkey', '-inform', 'DER', '-in', key, '-pubout', '-outform', 'DER'], capture_output=True,
                            check=True).stdout[-32:]
    pkcs8 = bytes.fromhex('3067020100301406072a8648ce3d020106092b06010401da470f01044c304a0201010420') + secret \
        + bytes.fromhex('a123032100') + public
    name = b'front.else.example'
    conf = struct.pack('!BHH', 7, 0x20, 32) + public + struct.pack('!HHHBB', 4, 1, 1, 64, len(name)) + name + b'\0\0'
    conf = struct.pack('!HHH', len(conf) + 4, 0xfe0d, len(conf)) + conf
    return tuple(base64.b64encode(x).decode() for x in (struct.pack('!H', len(pkcs8)) + pkcs8 + conf, conf))


def nss_database(folder, certs):
    """the web server's certificate in a form that NSS reads"""
    p12 = os.path.join(folder, 'lab.p12')
    net.sh('certutil', '-N', '-d', 'sql:' + folder, '--empty-password')
    net.sh('openssl', 'pkcs12', '-export', '-in', certs + '/ca-server.crt', '-inkey', certs + '/ca-server.key', '-out', p12,
            '-passout', 'pass:x', '-name', 'lab')
    net.sh('pk12util', '-i', p12, '-d', 'sql:' + folder, '-W', 'x')


def turn_argv(scenario, folder, certs):
    t = scenario.get('turn', {})
    tls = ['--cert', certs + '/ca-server.crt', '--pkey', certs + '/ca-server.key'] if t.get('tls') else ['--no-tls', '--no-dtls']
    argv = ['turnserver', '-n', '--lt-cred-mech', '--realm', 'lab.example', '--user', 'lab:lab', '--no-cli', *tls, '--pidfile',
            folder + '/turn.pid', '--log-file', 'stdout', '--simple-log', '--userdb', folder + '/turndb',
                    '--allow-loopback-peers',
            '--min-port', '50000', '--max-port', '50999', '--relay-threads', '1', '-L', HOSTS['turn'][1], '-L',
                    HOSTS['eu'][1], '-E', HOSTS['turn'][1], '-E', HOSTS['eu'][1]]
    if scenario.get('ipv6') or scenario.get('ipv6_only'):
        argv += ['-L', HOSTS['turn'][2], '-L', HOSTS['eu'][2], '-E', HOSTS['turn'][2], '-E', HOSTS['eu'][2]]
    return argv + t.get('options', [])


def packed_hex(address):
    return ipaddress.ip_address(address).packed.hex()
