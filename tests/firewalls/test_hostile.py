"""Names come from packets and databases from strangers: whatever they hold, no statement is added to any language."""
import csv
import io
import json
import re
import subprocess

from places import FIREWALLS, TABLE, Case, main, no_namespaces, rules

WILD = 'relay/*.relay.example.net:443/tcp'
GOOD = 'a.relay.example.net'
HOSTILE = [
	"'; DROP TABLE rules; --", '"; reboot; "', '$(reboot)', '`reboot`', 'a;reboot', 'a|reboot', 'a&&reboot', 'a\nreboot', 'a\r\nno access-list x',
	'a\\x0areboot', '\\x27', "a' -Action Block #", '${file("/etc/passwd")}', '%{ if true }', '</script>', 'a b', '*', '*.*', '*.', '.', '..', 'a..b',
	'-j', '--help', '-a.example', 'a-.example', 'a' * 300, 'a' * 64 + '.example', '\u202ea.example', 'a\u2028b', 'ü.example', '10.0.0.1', '1.2.3',
	'::1', '[::1]', '!', '! end', '# x', '// x', '/* x', '*/ x', '{', '}', '{ accept }', 'any', '0.0.0.0/0', '::/0', '?', 'a?', '\\', 'a\\', '\x1b[2J', '%s%n',
	'x" ; accept ; "', 'RULEGAP', 'END\nRULEGAP\nreboot', "@'\nreboot\n'@", '\x00',
]
# A statement of each language. What is left when comments go must be made of these alone.
ADDRESS = r'[0-9a-f:./]+'
STATEMENTS = {
	'nftables': [r'table inet filter \{', r'\tset \w+ \{', r'\t\ttype ipv[46]_addr', r'\t\tflags interval', r'\t\tcomment "[\w.*-]+"', r'\t\}',
	             r'\tchain rulegap \{', r'\}', r'flush (set inet filter \w+|chain inet filter rulegap)',
	             r'add element inet filter \w+ \{ [0-9a-f:./, ]+ \}',
	             r'add rule inet filter rulegap ip6? saddr [0-9a-f:./{}, ]+ ip6? daddr @\w+ (tcp|udp) dport [\d-]+ counter accept comment "[^"\\]{1,60}"',
	             r'insert rule inet filter forward jump rulegap comment "rulegap"'],
	'iptables': [r"set -e", r"ip6?tables-restore --noflush <<'RULEGAP'", r'\*filter', r':RULEGAP - \[0:0\]', r'COMMIT', r'RULEGAP',
	             r'-A RULEGAP -s ADDRESS -d ADDRESS -p (tcp|udp) -m (tcp|udp) --dport [\d:]+ -m comment --comment "[^"\\$`]{1,60}" -j ACCEPT',
	             r'(ip6?tables) -C FORWARD -j RULEGAP 2>/dev/null \|\| \1 -I FORWARD -j RULEGAP'],
	'cisco-ios': [r'ip access-list resequence INSIDE-IN \d+ 10', r'ip access-list extended INSIDE-IN', r'ipv6 access-list INSIDE-IN-V6',
	              r' (\d+ )?permit (tcp|udp) (host ADDRESS|ADDRESS [\d.]+|ADDRESS) (host ADDRESS|ADDRESS [\d.]+|ADDRESS) (eq \d+|range \d+ \d+)'],
	'cisco-asa': [r'object network [\w.-]+', r' fqdn v[46] [\w.-]+', r'object-group network RG-(FROM|TO)-[0-9a-f]{8}',
	              r' network-object (host ADDRESS|ADDRESS( [\d.]+)?)', r'access-list INSIDE_IN line \d+ remark [^"\'\\$`?;]{1,60}',
	              r'access-list INSIDE_IN line \d+ extended permit (tcp|udp) [\w.: /-]+ (eq \d+|range \d+ \d+)'],
	'panos': [r'set address [\w.-]+ fqdn [A-Za-z0-9.-]+', r'set service rg-[\w-]+ protocol (tcp|udp) port [\d-]+',
	          r'set rulebase security rules [\w.-]+ from trust to untrust source [0-9a-f:./\[\] ]+ destination [\w.:/\[\] -]+ application any '
	          r'service rg-[\w-]+ action allow description "[^"\\]{1,60}"', r'move rulebase security rules [\w.-]+ top'],
	'fortios': [r'config firewall (address6?|service custom|policy)', r'end', r'    next', r'    edit ("[\w.-]+"|0)',
	            r'        set (type fqdn|fqdn "[\w.*-]+"|subnet [\d.]+ [\d.]+|ip6 ADDRESS|(tcp|udp)-portrange [\d-]+|action accept|schedule "always")',
	            r'        set (name|srcintf|dstintf|service|(src|dst)addr6?)( "[\w.-]+")+', r'        set comments "[^"\\]{1,60}"'],
	'junos-srx': [r'set security address-book global address [\w-]+ (dns-name [A-Za-z0-9.-]+|ADDRESS)',
	              r'set applications application rg-[\w-]+ protocol (tcp|udp) destination-port [\d-]+',
	              r'set security policies from-zone trust to-zone untrust policy [\w-]+ (description "[^"\\]{1,60}"|match (source|destination)-address '
	              r'[\w\[\] -]+|match application rg-[\w-]+|then permit)'],
	'aws': [r'variable "rulegap_security_group_id" \{', r'  type        = string', r'  description = "the security group of the clients"', r'\}',
	        r'resource "aws_vpc_security_group_egress_rule" "[\w-]+" \{', r'  security_group_id = var.rulegap_security_group_id',
	        r'  description       = "[^"\\$%{]{1,60}"', r'  cidr_ipv[46]         = "ADDRESS"', r'  ip_protocol       = "(tcp|udp)"', r'  (from|to)_port  +  = \d+'],
	'suricata': [r'pass (tls|http|tcp|udp) [0-9a-f:./,\[\]]+ any -> [0-9a-f:./,\[\]any]+ [\d:]+ \(msg:"[^"\\;]{1,60}";'
	             r'( flow:to_server; (tls\.sni|http\.host); content:"[\w.-]+";( startswith;)? endswith;( nocase;)?)? sid:\d+; rev:1;\)'],
	'windows': [r"\$ErrorActionPreference = 'Stop'", r"Remove-NetFirewallRule -Group 'rulegap' -ErrorAction SilentlyContinue",
	            r"(Remove-NetFirewallDynamicKeywordAddress -Id '\{[0-9a-f-]{36}\}' -ErrorAction SilentlyContinue)",
	            r"New-NetFirewallDynamicKeywordAddress -Id '\{[0-9a-f-]{36}\}' -Keyword '[\w.*-]+' -AutoResolve \$true \| Out-Null",
	            r"New-NetFirewallRule -Group 'rulegap' -DisplayName '[\w.-]+' -Description '[^']{1,60}' -Direction Outbound -Action Allow -Protocol "
	            r"(TCP|UDP) -LocalAddress @\('[0-9a-f:./', ]+'\) -RemotePort '[\d-]+' (-RemoteAddress @\('[0-9a-f:./', ]+'\)|"
	            r"-RemoteDynamicKeywordAddresses @\('\{[0-9a-f-]{36}\}'\)) \| Out-Null"],
}


def statements(firewall, text):
	"""lines that are no comments"""
	mark = '!' if firewall.startswith('cisco') else '#'
	return [line for line in text.split('\n') if line and not line.lstrip(' ').startswith(mark)]


class Hostile(Case):
	def setUp(self):
		super().setUp()
		d = self.database([WILD])
		d.tried(WILD, '10.0.0.5', 0, 'blocked', 'tcp-syn-timeout', host=GOOD, address='192.0.2.1')
		for n, name in enumerate(HOSTILE):
			d.tried(WILD, '10.0.0.5', n + 1, 'blocked', 'tcp-syn-timeout', host=name, address='192.0.2.%d' % (n + 2), detail=name, blocker=name,
			        proofs=[{'name': 'x', 'text': name}])
		self.database_with_names = d.close()

	def others(self):
		"""rules, groups, clients, addresses and ports that no audit would have written"""
		for n, text in enumerate(HOSTILE):
			rule = 'g%d/x.example.net:443/tcp' % n
			d = self.database([rule], name='o%d.db' % n)
			d.tried(rule, '10.0.0.5', 0, 'blocked', 'tcp-syn-timeout')
			d.tried(rule, text, 1, 'blocked', 'tcp-syn-timeout', address=text)
			d.c.execute('UPDATE rule SET host = ?, list_group = ?', (text, text))
			d.c.execute('UPDATE list SET name = ?, version = ?', (text, text))
			yield n, text, d.close()

	def check(self, firewall, text):
		self.assertNotRegex(text, '[^\n\r\t -~]')
		if firewall in STATEMENTS:
			patterns = [re.compile(p.replace('ADDRESS', ADDRESS) + r'\Z') for p in STATEMENTS[firewall]]
			for line in statements(firewall, text):
				self.assertTrue(any(p.match(line) for p in patterns), '%s: %r' % (firewall, line))
		elif firewall == 'csv':
			rows = list(csv.reader(io.StringIO(text, newline=''), strict=True))
			self.assertEqual({len(row) for row in rows}, {9})
			self.assertFalse([c for row in rows for c in row if c[:1] in tuple('=+-@\t\r')])
		else:
			self.assertIsInstance(json.loads(text), dict)

	def test_names_of_packets_add_no_statement(self):
		for firewall in FIREWALLS:
			with self.subTest(firewall):
				self.check(firewall, rules(self.database_with_names, firewall))

	def test_a_database_of_a_stranger_adds_no_statement(self):
		for n, text, database in self.others():
			for firewall in FIREWALLS:
				with self.subTest(firewall=firewall, name=text):
					self.check(firewall, rules(database, firewall))

	def test_only_the_good_name_is_opened_by_name(self):
		for firewall, lead in (('cisco-asa', ' fqdn v4 '), ('panos', 'set address rg-a.relay.example.net fqdn ')):
			names = [line[len(lead):] for line in rules(self.database_with_names, firewall).split('\n') if line.startswith(lead)]
			self.assertEqual(names, [GOOD], firewall)

	def test_what_is_no_name_is_said(self):
		text = ' '.join(rules(self.database_with_names, 'panos').replace('#', ' ').split())
		self.assertEqual(text.count('is no name that can be written here'), len(HOSTILE) - 1)  # NUL ends a name before it begins
		self.assertIn('NOT SAID: %24(reboot) is no name', text)

	def test_templates_of_azure_hold_no_expression(self):
		for database in (self.database_with_names, *(path for _, _, path in self.others())):
			def walk(value, key=''):
				if isinstance(value, str):
					self.assertFalse(value.startswith('[') and key != 'name', value)
				elif isinstance(value, list):
					for v in value:
						walk(v)
				elif isinstance(value, dict):
					for k, v in value.items():
						walk(v, k)
			walk(json.loads(rules(database, 'azure-firewall'))['resources'])

	def test_the_shell_runs_nothing_but_iptables(self):
		"""the script itself, with programs that only write down how they were called"""
		bin_folder, log = self.path('bin'), self.path('log')
		subprocess.run(['mkdir', bin_folder], check=True)
		for name in ('iptables', 'ip6tables', 'iptables-restore', 'ip6tables-restore', 'reboot'):
			with open('%s/%s' % (bin_folder, name), 'w', encoding='ascii') as f:
				f.write('#!/bin/sh\necho "${0##*/} $*" >>%s\ncase $0 in *restore) while read -r x; do :; done;; esac\n' % log)
			subprocess.run(['chmod', '+x', '%s/%s' % (bin_folder, name)], check=True)
		for database in (self.database_with_names, *(path for _, _, path in self.others())):
			subprocess.run(['/bin/sh'], input=rules(database, 'iptables'), text=True, check=True, env={'PATH': bin_folder})
		with open(log, encoding='ascii') as f:
			self.assertLessEqual(set(f.read().splitlines()), {'iptables-restore --noflush', 'iptables -C FORWARD -j RULEGAP'})

	def test_nft_reads_only_what_was_meant(self):
		why = no_namespaces('nft', 'unshare')
		if why:
			self.skipTest(why)
		text = rules(self.database_with_names, 'nftables')
		p = subprocess.run(['unshare', '-n', 'sh', '-c', 'nft "$1" && nft -f - && nft -j list ruleset', 'sh', TABLE], input=text, text=True,
		                   capture_output=True, check=False)
		self.assertEqual((p.returncode, p.stderr), (0, ''))
		loaded = [r['rule'] for r in json.loads(p.stdout)['nftables'] if 'rule' in r]
		self.assertEqual([r['chain'] for r in loaded], ['forward', 'forward', 'forward', 'rulegap'])

	def test_powershell_text_stays_in_its_quotes(self):
		for line in statements('windows', rules(self.database_with_names, 'windows')):
			self.assertEqual(line.count("'") % 2, 0)
			outside = ''.join(line.split("'")[::2])
			self.assertNotRegex(outside, r'[`;"&]|\$(?!true\b|ErrorActionPreference\b)')


if __name__ == '__main__':
	main()
