"""The words of each language, against what was read and found good: golden/. --update writes them anew."""
import os
import shutil
import subprocess
import sys

from places import CDN, FIREWALLS, HERE, Case, main, rules, run, sample

UPDATE = '--update' in sys.argv
if UPDATE:
	sys.argv.remove('--update')


class Words(Case):
	def golden(self, name, text):
		path = os.path.join(HERE, 'golden', name)
		if UPDATE:
			with open(path, 'w', encoding='ascii', newline='') as f:
				f.write(text)
		with open(path, encoding='ascii', newline='') as f:
			self.assertEqual(text, f.read())

	def test_each_firewall_says_the_sample_as_it_was_found_good(self):
		self.maxDiff = None
		database = sample(self)
		for firewall in FIREWALLS:
			with self.subTest(firewall):
				self.golden(firewall + '.txt', rules(database, firewall))

	def test_what_is_missing_elsewhere_is_said_and_not_opened(self):
		database = sample(self)
		for firewall in FIREWALLS:
			text = ' '.join(rules(database, firewall).replace('#', ' ').replace('!', ' ').split())
			with self.subTest(firewall):
				for words in ('at the resolver: let portal.example.net resolve', 'at the proxy: allow behind.example.net',
				              'at the TLS inspection: exempt opened.example.net', 'NOT SAID'):
					if words == 'NOT SAID' and firewall in ('fortios', 'windows', 'csv', 'json', 'cisco-asa', 'suricata'):
						continue
					self.assertIn(words, text)
				for address in ('10.0.0.2', '192.0.2.80'):
					self.assertNotIn(address + '/32', text)

	def test_sources_are_exactly_the_clients_that_were_blocked(self):
		text = rules(sample(self), 'iptables')
		sources = [line.split()[3] for line in text.splitlines() if line.startswith('-A') and '203.0.113.7' in line]
		self.assertEqual(sources, ['10.0.0.4/30', '10.0.0.9'])

	def test_a_listed_resolver_that_is_not_heard_is_opened(self):
		rule = 'resolvers/9.9.9.9:53/udp'
		for signature, opened in (('dns-timeout', 1), ('dns-refused', 0)):
			d = self.database([rule], {'resolvers': {'role': 'dns'}}, name=signature)
			d.tried(rule, '10.0.0.5', 0, 'blocked', signature, address='9.9.9.9')
			text = rules(d.close(), 'iptables')
			self.assertEqual(text.count('-A RULEGAP -s 10.0.0.5 -d 9.9.9.9 -p udp -m udp --dport 53 '), opened)
			self.assertEqual(text.count('NOT HERE, at the resolver'), 1 - opened)

	def test_filters_choose_what_is_written(self):
		database = sample(self)
		text = rules(database, 'nftables', '--group', 'cdn', '--client', '10.0.0.9')
		self.assertIn('ip saddr 10.0.0.9 ip daddr', text)
		self.assertNotIn('10.0.0.4/30', text)
		self.assertNotIn('relay', text)

	def test_nothing_missing_is_nothing_to_load(self):
		d = self.database([CDN])
		d.tried(CDN, '10.0.0.5', 0)
		database = d.close()
		for firewall in FIREWALLS:
			text = rules(database, firewall)
			self.assertIn('There is nothing to open', text)
			self.assertNotIn('10.0.0.5', text)

	def test_the_users_own_places_are_used(self):
		database = sample(self)
		self.assertIn('insert rule ip fw out jump', rules(database, 'nftables', '--into', 'ip fw out'))
		self.assertNotIn('add rule ip fw rulegap ip6', rules(database, 'nftables', '--into', 'ip fw out'))
		self.assertIn('-C OUTPUT -j RULEGAP', rules(database, 'iptables', '--into', 'OUTPUT'))
		self.assertIn('from lan to wan ', rules(database, 'panos', '--inside', 'lan', '--outside', 'wan'))
		self.assertIn('access-list X-1 line 1', rules(database, 'cisco-asa', '--into', 'X-1'))

	def test_a_place_is_a_plain_name(self):
		database = sample(self)
		for place in ('', 'a b', 'x;y', '-x', '$(id)', 'a\nb', "a'b", 'x' * 64, 'ü'):
			self.wrong('rules', '-d', database, '--for', 'iptables', '--into', place, says='--into')
		for place in ('inet filter', 'inet filter forward more', 'inet  filter forward', 'inet filter for{ward'):
			self.wrong('rules', '-d', database, '--for', 'nftables', '--into', place, says='--into')
		self.wrong('rules', '-d', database, '--for', 'aws', '--inside', 'x', says='no use for it')

	def test_an_unknown_firewall_is_answered_with_the_nearest(self):
		database = sample(self)
		self.wrong('rules', '-d', database, '--for', 'iptable', says='did you mean iptables?')
		self.wrong('rules', '-d', database, '--for', 'nonsense', says='--for list')
		self.wrong('rules', '-d', database, says='--for')
		status, out, _ = run('rules', '--for', 'list')
		self.assertEqual((status, [line.split()[0] for line in out.decode().splitlines()[1:]]), (0, list(FIREWALLS)))

	def test_output_goes_to_the_file_and_exit_code_tells(self):
		path = self.path('rules.nft')
		status, out, err = run('rules', '-d', sample(self), '--for', 'nftables', '-o', path, '--exit-code')
		self.assertEqual((status, out, err), (1, b'', ''))
		with open(path, encoding='ascii') as f:
			self.assertIn('add rule inet filter rulegap', f.read())

	def test_terraform_reads_the_aws_rules(self):
		if not shutil.which('terraform'):
			self.skipTest('terraform is not installed')
		p = subprocess.run(['terraform', 'fmt', '-check', '-diff', '-'], input=rules(sample(self), 'aws'), capture_output=True, text=True,
		                   check=False, cwd=self.folder)
		self.assertEqual((p.returncode, p.stdout), (0, ''), p.stderr)


if __name__ == '__main__':
	main()
