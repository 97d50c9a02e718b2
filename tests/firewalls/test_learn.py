"""learn: a draft of an endpoint list from captures of a network where things work; the draft is a list that audit takes."""
import json
import os

from places import SOURCE, Case, main, run

ALL_OPEN = os.path.join(SOURCE, 'pcaps', 'all-open', 'capture.pcap')


def scenario(name):
	return os.path.join(SOURCE, 'pcaps', name, 'capture.pcap')


class Learn(Case):
	def learn(self, *words, status=0):
		got, out, err = run('learn', '-q', *words)
		empty = b'nothing-learned' in out
		self.assertEqual((got, err), (status, 'rulegap: nothing was learned: in what was captured no name that was asked for worked\n' * empty))
		return out.decode('utf-8')

	def rules_of(self, text):
		"""the rule ids of a draft, as endpoints check and audit understand it"""
		path = self.path('draft.yaml')
		with open(path, 'w', encoding='utf-8') as f:
			f.write(text)
		status, _, err = run('endpoints', 'check', path)
		self.assertEqual((status, err), (0, ''), text)
		status, out, err = run('audit', '-q', '-e', path, '-r', ALL_OPEN, '-f', 'json')
		self.assertEqual((status, err), (0, ''))
		return {r['id'].split('/', 1)[1]: r['verdict'] for r in json.loads(out)['rules']}

	def test_names_under_a_domain_are_learned_with_the_ports_that_worked(self):
		rules = self.rules_of(self.learn('-r', ALL_OPEN, '--domain', 'spark.test'))
		self.assertEqual(set(rules), {'portal.spark.test:443/tcp', 'login.spark.test:443/tcp', 'files.spark.test:443/tcp', 'tm.spark.test:443/tcp',
		                              'feedback.spark.test:443/tcp', 'eu.dc.spark.test:443/tcp', 'eu.dc.spark.test:3478/tcp',
		                              'eu.dc.spark.test:3478/udp'})

	def test_a_draft_audits_its_own_capture_as_allowed(self):
		rules = self.rules_of(self.learn('-r', ALL_OPEN, '--clients', '10.77.1.11', '--clients', '2001:db8:77::/64'))
		self.assertIn('cdn.kognitivspark.net:443/tcp', rules)
		self.assertEqual(set(rules.values()), {'allowed'})

	def test_only_the_chosen_clients_are_learned_from(self):
		text = self.learn('-r', ALL_OPEN, '--clients', '10.77.1.11')
		self.assertNotIn('login.spark.test', text)  # used over IPv6 only
		self.assertIn('portal.spark.test: 443/tcp; 1 client', text)
		self.assertEqual(self.rules_of(self.learn('-r', ALL_OPEN, '--clients', '192.0.2.0/24')), {})

	def test_names_are_exact_and_never_widened(self):
		for text in (self.learn('-r', ALL_OPEN, '--domain', 'spark.test'), self.learn('-r', scenario('wildcard'), '--domain', '*.spark.test')):
			self.assertNotIn('*', ''.join(line for line in text.splitlines() if not line.startswith('#')))
			self.assertNotIn(' spark.test', text)

	def test_what_never_worked_is_said_and_not_learned(self):
		text = self.learn('-r', scenario('syn-drop'), '--domain', 'kognitivspark.net')
		self.assertIn('# not learned, never worked: cdn.kognitivspark.net 443/tcp', text)
		self.assertEqual(self.rules_of(text), {})

	def test_nothing_beside_the_domain_is_learned(self):
		# a connection of no rule that worked and was then reset is recorded, and no answer to what was asked
		text = self.learn('-r', scenario('tcp-reset'), '--domain', 'elsewhere.example')
		self.assertNotIn('spark.test', text)
		self.assertEqual(self.rules_of(text), {})

	def test_an_alias_is_a_comment(self):
		text = self.learn('-r', scenario('cname-chain'), '--domain', 'spark.test')
		self.assertIn('# not learned, an alias: pick.else.example is cname of tm.spark.test', text)
		self.assertNotIn('pick.else.example', text.split('\nname:')[1])

	def test_the_output_goes_to_the_file(self):
		path = self.path('list.yaml')
		self.assertEqual(self.learn('-r', ALL_OPEN, '--domain', 'spark.test', '--name', 'My app: "1"', '-o', path), '')
		status, out, _ = run('endpoints', 'check', path)
		self.assertEqual(status, 0)
		self.assertIn(b'My app', out)

	def test_a_damaged_capture_is_told_by_the_status(self):
		folder = os.path.join(SOURCE, 'pcaps', 'file-damaged')
		with open(os.path.join(folder, 'truth.json'), encoding='utf-8') as f:
			captures = json.load(f)['captures']
		got, out, _ = run('learn', '-q', '--domain', 'spark.test', *(w for c in captures for w in ('-r', os.path.join(folder, c))))
		self.assertEqual(got, 3)
		self.assertIn(b'portal.spark.test', out)

	def test_wrong_words_are_refused(self):
		self.wrong('learn', '--domain', 'spark.test', says='-r FILE')
		self.wrong('learn', '-r', ALL_OPEN, says='--domain')
		self.wrong('learn', '-r', ALL_OPEN, '--domain', 'a b', says='--domain a b')
		self.wrong('learn', '-r', ALL_OPEN, '--domain', '10.0.0.1', says='--domain')
		self.wrong('learn', '-r', ALL_OPEN, '--clients', 'x', says='--clients')
		self.wrong('learn', '-r', self.path('none.pcap'), '--domain', 'x.example', says='none.pcap')


if __name__ == '__main__':
	main()
