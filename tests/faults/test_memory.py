"""An allocation that fails ends the program with one line and status 4, makes it say that the answer is incomplete,
or changes nothing: no crash, no half report that looks whole."""
import common


class Memory(common.Case):
	def whole(self, words, out):
		"""the output when nothing fails"""
		status, said = self.run_with(words)
		self.assertIn(status, (0, 3), said)
		with open(out, 'rb') as f:
			return f.read()

	def fail_everywhere(self, words, out, allocations):
		reference = self.whole(words, out)
		for n in range(common.tries(12)):
			at = self.chance.randint(1, allocations)
			more = {'FAIL_ALLOCATIONS': 1} if n % 2 else {}
			with self.subTest(words=words[0], allocation=at, **more):
				self.forget('new.db')
				status, said = self.run_with(words, FAIL_ALLOCATION=at, **more)
				self.assertIn(status, (0, 3, 4), said)
				if status == 4:
					self.assertEqual(sum(line.startswith('rulegap: ') for line in said.splitlines()), 1, said) # libraries say more
				elif status == 0: # 3: it says that something is missing
					with open(out, 'rb') as f:
						self.assertEqual(f.read(), reference, 'another report, and status %d' % status)

	def test_an_audit_is_whole_or_says_that_it_is_not(self):
		out = self.path('report.json')
		self.fail_everywhere(self.audit('-f', 'json', '-o', out), out, 18000)

	def test_what_was_left_out_is_told(self):
		"""Where packets are worked on, what fails for want of memory is left out: one of these allocations at least must say so."""
		out = self.path('report.json')
		words = self.audit('-f', 'json', '-o', out)
		reference = self.whole(words, out)
		for at in range(18000, 200, -61): # there are some 180 of them in a row
			status, said = self.run_with(words, FAIL_ALLOCATION=at)
			if status == 4:
				continue
			with open(out, 'rb') as f:
				report = f.read()
			if status == 3 and b'memory ran out' in report:
				return
			if status == 3: # while the report was made
				self.assertIn('memory ran out', said)
			else:
				self.assertEqual((status, report), (0, reference), at)
		self.fail('no failed allocation was told of')

	def test_an_audit_into_a_database_is_whole_or_says_that_it_is_not(self):
		out = self.path('report.txt')
		self.fail_everywhere(self.audit('-d', self.path('new.db'), '-o', out), out, 20000)

	def test_a_page_and_rules_are_whole_or_say_that_they_are_not(self):
		database, out = self.database(), self.path('out')
		self.fail_everywhere(['report', '-d', database, '-f', 'html', '-o', out], out, 5700)
		self.fail_everywhere(['rules', '-d', database, '--for', 'json', '-o', out], out, 3000)


common.needs_preload()
common.main()
