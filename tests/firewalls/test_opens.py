"""What is written really opens what was blocked, and nothing else: attempts through a router that drops them, captured, audited,
its rules loaded into that router, and the same attempts again."""
from places import Case, main, no_namespaces, rules, run, skip
from lab import BEFORE_IPTABLES, BEFORE_NFT, CLIENT, NAME, OTHER, SECOND, SERVER, Lab

LIST = '''name: Lab
groups:
  - id: app
    role: web
    hosts: [%s]
    ports: [443/tcp, 3478/udp]
  - id: net
    role: other
    hosts: ["%s/32", "%s/128"]
    ports: [8443/tcp]
''' % (NAME, *SERVER)
BLOCKED = ['%s>%s:443/tcp' % (CLIENT[0], NAME), '%s>%s:3478/udp' % (CLIENT[0], NAME), '%s>%s:8443/tcp' % (CLIENT[0], SERVER[0]),
           '%s>%s:8443/tcp' % (CLIENT[1], SERVER[1])]
# Open from the beginning: so that the capture shows both directions.
OPEN = ['%s>%s:8080/tcp' % pair for pair in zip(CLIENT, SERVER)]
# Another port, another client, another server, the other transport: none of it was asked for.
ELSE = ['%s>%s:444/tcp' % (CLIENT[0], SERVER[0]), '%s>%s:443/tcp' % (OTHER[0], SERVER[0]), '%s>%s:443/tcp' % (CLIENT[0], SECOND[0]),
        '%s>%s:3479/udp' % (CLIENT[0], SERVER[0]), '%s>%s:3478/udp' % (CLIENT[0], SECOND[0]), '%s>%s:8443/tcp' % (OTHER[1], SERVER[1]),
        '%s>%s:443/tcp' % (CLIENT[1], SERVER[1])]


class Opens(Case):
	def setUp(self):
		super().setUp()
		self.lab = Lab()
		self.addCleanup(self.lab.close)
		self.lab.open()

	def blocked_and_captured(self, wants):
		"""the database of an audit of attempts that fail"""
		capture, lists, database = self.path('lab.pcap'), self.path('lab.yaml'), self.path('lab.db')
		with open(lists, 'w', encoding='ascii') as f:
			f.write(LIST)
		dump = self.lab.capture(capture)
		self.assertEqual(self.lab.attempt(*wants, *OPEN), {want: want in OPEN for want in wants + OPEN})
		self.lab.stop(dump)
		status, out, err = run('audit', '-q', '-e', lists, '-r', capture, '-d', database, '-f', 'json')
		self.assertEqual(status, 0, err)
		return database

	def opened(self):
		got = self.lab.attempt(*BLOCKED, *ELSE)
		self.assertEqual({want for want, good in got.items() if good}, set(BLOCKED))

	def test_without_a_firewall_all_is_answered(self):
		self.assertEqual(set(self.lab.attempt(*BLOCKED, *ELSE).values()), {True})

	def test_nftables_rules_open_what_was_blocked_and_nothing_else(self):
		self.lab.sh('r', 'nft', BEFORE_NFT)
		text = rules(self.blocked_and_captured(BLOCKED), 'nftables')
		self.lab.sh('r', 'nft', '-f', '-', data=text)
		self.opened()

	def test_iptables_rules_open_what_was_blocked_and_nothing_else(self):
		self.lab.sh('r', 'iptables-restore', data=BEFORE_IPTABLES)
		self.lab.sh('r', 'ip6tables-restore', data=BEFORE_IPTABLES.replace(':FORWARD DROP [0:0]\n', ':FORWARD DROP [0:0]\n-A FORWARD -p ipv6-icmp -j ACCEPT\n'))
		text = rules(self.blocked_and_captured(BLOCKED), 'iptables')
		self.lab.sh('r', 'sh', data=text)
		self.opened()

	def test_closing_closes_again(self):
		self.lab.sh('r', 'nft', BEFORE_NFT)
		database = self.blocked_and_captured(BLOCKED[2:3])
		self.lab.sh('r', 'nft', '-f', '-', data=rules(database, 'nftables'))
		self.assertEqual(self.lab.attempt(BLOCKED[2]), {BLOCKED[2]: True})
		self.lab.sh('r', 'nft', 'flush chain inet filter rulegap')
		self.assertEqual(self.lab.attempt(BLOCKED[2]), {BLOCKED[2]: False})


if __name__ == '__main__':
	reason = no_namespaces('ip', 'unshare', 'nft', 'iptables-restore', 'ip6tables-restore', 'tcpdump', 'sysctl')
	if reason:
		skip(reason)
	main()
