"""diff: what a firewall change fixed, broke and left."""
import json

from common import Case, main, run

RULES = ['web/%s.example:443/tcp' % n for n in ('fixed', 'still', 'newly', 'idle', 'gone', 'fine', 'never')]
A = '10.0.0.5'
BEFORE, AFTER = '2023-11-14T22:00..2023-11-14T22:30', '2023-11-14T22:30..'


class Diff(Case):
	def filled(self, name, before=True, after=True):
		d = self.database(RULES, name=name)
		if before:
			for r in (RULES[0], RULES[1], RULES[3]):
				d.tried(r, A, 10, 'blocked', 'tcp-syn-timeout')
			for r in (RULES[2], RULES[4], RULES[5]):
				d.tried(r, A, 10)
		if after:
			for r in (RULES[0], RULES[5]):
				d.tried(r, A, 3000)
			for r in (RULES[1], RULES[2]):
				d.tried(r, A, 3000, 'blocked', 'tls-alert')
			d.tried(RULES[3], A, 3000, 'inconclusive')
		return d.close()

	WANT = {RULES[2]: 'newly-blocked', RULES[1]: 'still-blocked', RULES[0]: 'fixed', RULES[3]: 'not-exercised', RULES[4]: 'no-longer-seen'}

	def ask(self, *words, status=0):
		got, out, err = run('diff', '-f', 'json', *words)
		self.assertEqual((got, err), (status, ''))
		return json.loads(out)

	def test_two_periods_of_a_database_are_compared(self):
		r = self.ask('-d', self.filled('a.db'), '--before', BEFORE, '--after', AFTER)
		self.assertEqual({c['rule']: c['change'] for c in r['changes']}, self.WANT)
		self.assertEqual([c['change'] for c in r['changes']], list(self.WANT.values()))
		self.assertEqual(r['summary']['unchanged'], 1)
		newly = r['changes'][0]
		self.assertEqual((newly['client'], newly['before']['verdict'], newly['after']['verdict'], newly['signature']), (A, 'allowed', 'blocked', 'tls-alert'))
		self.assertEqual(r['changes'][4]['after'], {'verdict': 'unseen', 'attempts': {'ok': 0, 'blocked': 0, 'reset': 0, 'inconclusive': 0}})

	def test_two_databases_are_compared(self):
		r = self.ask('-d', self.filled('a.db', after=False), '-d', self.filled('b.db', before=False))
		self.assertEqual({c['rule']: c['change'] for c in r['changes']}, self.WANT)

	def test_a_database_does_not_differ_from_itself(self):
		d = self.filled('a.db', after=False)
		r = self.ask('-d', d, '-d', d)
		self.assertEqual(r['summary'], {'newly-blocked': 0, 'still-blocked': 3, 'fixed': 0, 'not-exercised': 0, 'no-longer-seen': 0, 'unchanged': 3})

	def test_a_partial_rule_that_is_mended_counts_as_working(self):
		d = self.database(RULES)
		d.tried(RULES[0], A, 10, 'blocked', 'tcp-syn-timeout')
		d.tried(RULES[0], A, 3000, 'blocked', 'tcp-syn-timeout')
		d.tried(RULES[0], A, 3400)
		r = self.ask('-d', d.close(), '--before', BEFORE, '--after', AFTER)
		self.assertEqual([c['change'] for c in r['changes']], ['fixed'])

	def test_filters_and_exit_code(self):
		d = self.filled('a.db')
		r = self.ask('-d', d, '--before', BEFORE, '--after', AFTER, '--host', 'fixed*', '--exit-code')
		self.assertEqual([c['change'] for c in r['changes']], ['fixed'])
		self.ask('-d', d, '--before', BEFORE, '--after', AFTER, '--exit-code', status=1)

	def test_people_can_read_it(self):
		words = ('-d', self.filled('a.db'), '--before', BEFORE, '--after', AFTER)
		text, markdown = run('diff', *words)[1].decode(), run('diff', *words, '-f', 'markdown')[1].decode()
		self.assertLess(text.index('NEWLY BLOCKED'), text.index('FIXED'))
		self.assertIn('web/newly.example:443/tcp  10.0.0.5  allowed -> blocked  tls-alert', text)
		self.assertIn('| fixed | web/fixed.example:443/tcp | 10.0.0.5 | blocked | allowed | tcp-syn-timeout |', markdown)


if __name__ == '__main__':
	main()
