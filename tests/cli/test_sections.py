"""Reports for people show of each section what a person reads, and say how much more there is and what has it."""
import json
import re

from common import Case, T0, main, run

BAD = ['web/h%03d.example:443/tcp' % n for n in range(230)]
GOOD = ['ok/g%03d.example:443/tcp' % n for n in range(110)]
UNSEEN = ['none/u%03d.example:443/tcp' % n for n in range(33)]


class Sections(Case):
	def setUp(self):
		super().setUp()
		d = self.database(GOOD + UNSEEN + BAD, {**{'spare%02d' % n: {} for n in range(25)}, 'web': {}, 'ok': {}, 'none': {},
		                                         'relay': {'required': 0}})
		for n, rule in enumerate(BAD):
			d.tried(rule, '10.0.0.5', n, 'blocked', 'tcp-syn-timeout')
		for rule in GOOD:
			d.tried(rule, '10.0.0.5', 0)
		for n in range(60):
			d.tried(BAD[0], '10.0.1.%d' % n, n, 'blocked', 'tcp-syn-timeout')
			d.tried(None, '10.0.0.7', n, 'blocked', 'tcp-syn-timeout', host='s%d.example' % n)
			d.insert('unlisted', run=1, host='n%02d.example' % n, seen_as='next to', port=443, transport='tcp', clients=1, verdict='allowed')
			d.insert('notice', run=1, time=T0, level='warning', code='encrypted-sni', text='text %d' % n)
			self.call(d, n, None, 'p%d.example' % n, 'stun-timeout')
			self.call(d, n, None, 'same.example', 'stun-timeout')
		self.call(d, 99, BAD[0], 'h000.example', 'allocated')
		for n in range(5):
			self.call(d, 200 + n, None, 'late.example', 'stun-timeout')
		d.insert('notice', run=1, time=T0, level='info', code='other', text='it is shown')
		self.db = d.close()

	def call(self, d, at, rule, host, result):
		d.insert('call_step', run=1, client='10.0.0.5', server='192.0.2.1', host=host, rule=rule, port=3478, transport='udp',
		         started=T0 + at * 10**6, ended=T0, result=result)

	def report(self, *words):
		status, out, err = run('report', '-d', self.db, *words)
		self.assertEqual((status, err), (0, ''))
		return out.decode()

	def section(self, text, heading):
		return re.search(r'^%s\n(.*?)(?:\n\n|\Z)' % re.escape(heading), text, re.S | re.M)[1].splitlines()

	def test_text_is_bounded_and_counts_what_it_leaves_out(self):
		text = self.report()
		self.assertIn('\n  and 130 more changes: this command with -f json has all\n', text)
		self.assertEqual(len(re.findall(r'^ *[0-9]+\. ', text, re.M)), 100)
		self.assertEqual(text.count('\n     why '), 30)
		self.assertIn('\n  and 70 more reasons: this command with -f json has all\n', text)
		rules = self.section(text, 'RULES')
		for verdict, shown in (('blocked', 200), ('allowed', 100), ('unseen', 20)):
			self.assertEqual(sum(line.startswith('  ' + verdict) for line in rules), shown)
		self.assertEqual([line for line in rules if line.startswith('  and')],
		                 ['  and 30 more blocked, partial or inconclusive rules: this command with -f csv has all',
		                  '  and 10 more allowed rules: this command with -f csv has all',
		                  '  and 13 more unseen rules: this command with -f csv has all'])
		self.assertIn('  and 7 more unknown groups: this command with -f json has all', self.section(text, 'FUNCTIONS'))
		self.assertIn('  and 20 more names: this command with -f json has all', self.section(text, 'SEEN, BUT ON NO LIST'))
		strangers = self.section(text, 'BLOCKED, BUT ON NO LIST')
		self.assertEqual((len(strangers), strangers[-1]), (21, '  and 40 more: rulegap incidents -d %s lists all' % self.db))
		notices = self.section(text, 'NOTICES')
		self.assertEqual(len(notices), 7)
		self.assertIn('  other: it is shown', notices)
		self.assertEqual(notices[-1].strip(), 'and 55 more encrypted-sni notices: this command with -f json has all')

	def test_calls_of_rules_come_first_and_repeated_ones_are_folded(self):
		text = self.report()
		self.assertLess(text.index('\nCALLS\n'), text.index('\nCALLS TO SERVERS ON NO LIST\n'))
		self.assertEqual(len(self.section(text, 'CALLS')), 1)
		others = self.section(text, 'CALLS TO SERVERS ON NO LIST')
		self.assertEqual(len(others), 11)
		self.assertRegex(others[1], r'to same\.example 3478/udp: stun-timeout; 60 times until 2023-11-14 22:14:19$')
		self.assertEqual(others[-1].strip(), 'and 56 more calls: this command with -f json has all')

	def test_all_clients_of_a_change_are_named(self):
		text = self.report('--host', 'h000.example')
		self.assertRegex(text, r'for 10\.0\.0\.5, 10\.0\.1\.0, 10\.0\.1\.1, 10\.0\.1\.2 and 57 more\n')
		self.assertRegex(text, r'\n     clients    (10\.0\.[0-9.]+, ){39}10\.0\.[0-9.]+ and 21 more\n')
		self.assertRegex(self.report('--host', 'h000.example', '-f', 'markdown'), r'10\.0\.1\.38 and 21 more \| h000')

	def test_markdown_is_bounded_too(self):
		text = self.report('-f', 'markdown')
		self.assertEqual(len(re.findall(r'^\| [0-9]+ \| critical', text, re.M)), 100)
		self.assertEqual(text.count('### '), 30)
		self.assertEqual(len(re.findall(r'^- encrypted\S*sni: ', text, re.M)), 5)
		for said in ('130 more changes', '200 more reasons', '30 more blocked, partial or inconclusive rules', '13 more unseen rules', '55 more encrypted-sni notices'):
			self.assertIn('\nand %s: this command with -f ' % said, text)

	def test_a_diff_is_bounded_too(self):
		words = ('diff', '-d', self.db, '-d', self.db)
		text, table = (run(*words, *more)[1].decode() for more in ((), ('-f', 'markdown')))
		self.assertEqual((text.count('blocked -> blocked'), table.count('\n| still-blocked')), (100, 100))
		for said in (text, table):
			self.assertIn('and 190 more still-blocked: this command with -f json has all', said)
		self.assertEqual(len(json.loads(run(*words, '-f', 'json')[1])['changes']), 290)
		d = self.database(BAD, name='b.db')  # each kind is counted for itself
		for rule in BAD[110:]:
			d.tried(rule, '10.0.0.5', 0, 'blocked', 'tcp-syn-timeout')
		for rule in BAD[:110]:
			d.tried(rule, '10.0.0.5', 0)
		text = run('diff', '-d', self.db, '-d', d.close())[1].decode()
		self.assertEqual((text.count('blocked -> blocked'), text.count('blocked -> allowed')), (100, 100))
		self.assertIn('and 20 more still-blocked: ', text)
		self.assertIn('and 10 more fixed: ', text)

	def test_json_has_all(self):
		report = json.loads(self.report('-f', 'json'))
		self.assertEqual([len(report[k]) for k in ('missing', 'rules', 'calls', 'unlisted', 'notices', 'incidents')],
		                 [230, 373, 126, 60, 61, 350])

	def test_critical_changes_come_first(self):
		d = self.database(['relay/first.example:443/tcp', 'web/second.example:443/tcp'], {'relay': {'required': 0}, 'web': {}}, name='b.db')
		d.tried('relay/first.example:443/tcp', '10.0.0.5', 0, 'blocked', 'tcp-syn-timeout')
		d.tried('web/second.example:443/tcp', '10.0.0.5', 60, 'blocked', 'tcp-syn-timeout')
		self.db = d.close()
		self.assertRegex(self.report(), r'(?s)  1\. critical: .*second\.example.*  2\. degraded: .*first\.example')
		self.assertRegex(self.report('-f', 'markdown'), r'(?s)\| 1 \| critical .*### 2\. open 443/tcp to first\.example')

	def test_resolvers_that_were_asked_are_named(self):
		d = self.database(['dns/*:53/udp'], {'dns': {'role': 'dns'}}, name='b.db')
		d.tried('dns/*:53/udp', '10.0.0.5', 0, 'blocked', 'icmp-prohibited', host='8.8.8.8', address='8.8.8.8')
		self.db = d.close()
		text = self.report()
		self.assertIn('firewall: open 53/udp to 8.8.8.8 for 10.0.0.5\n', text)
		self.assertIn('From 10.0.0.5 to resolvers (8.8.8.8) port 53/udp: ', text)

	def test_of_what_is_shown_whole_nothing_is_left(self):
		d = self.database(['web/a.example:443/tcp'], name='b.db')
		for n in range(30):
			d.tried('web/a.example:443/tcp', '10.0.0.%d' % n, n, 'blocked', 'tcp-syn-timeout')
		d.tried(None, '10.0.0.7', 0, 'blocked', 'tcp-syn-timeout', host='s.example')
		self.db = d.close()
		self.assertEqual(len(self.section(self.report(), 'BLOCKED, BUT ON NO LIST')), 1)

	def test_notices_of_more_codes_than_are_counted_are_shown(self):
		d = self.database(['web/a.example:443/tcp'], name='b.db')
		for n in range(70):
			d.insert('notice', run=1, time=T0, level='info', code='code-%d' % n, text='text')
		self.db = d.close()
		self.assertEqual(len(self.section(self.report(), 'NOTICES')), 70)

	def test_what_nobody_tried_is_not_called_complete(self):
		d = self.database(['web/a.example:443/tcp'], name='b.db')
		self.db = d.close()
		self.assertIn('No rule was tried, so nothing can be said: of 1 rule 0 allowed', self.report())


if __name__ == '__main__':
	main()
