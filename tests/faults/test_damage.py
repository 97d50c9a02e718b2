"""A database that rotted: read as far as it goes or refused with one line; nothing crashes, and status 4 is never said of it."""
import common

PAGE = 8192


class Damage(common.Case):
	def harm(self, data):
		r, way = self.chance, self.chance.randrange(6)
		page, other = (r.randrange(len(data) // PAGE) * PAGE for _ in range(2))
		if way == 0:
			for _ in range(r.randint(1, 8)):
				data[r.randrange(len(data))] ^= 1 << r.randrange(8)
		elif way == 1:
			data[page:page + PAGE] = bytes(PAGE)
		elif way == 2:
			data[page:page + PAGE] = data[other:other + PAGE]
		elif way == 3:
			del data[r.randrange(len(data)):]
		elif way == 4:
			for _ in range(r.randint(1, 20)):
				data[page + r.randrange(100)] = r.choice([0, 255, 127, 128, r.randrange(256)])
		else:
			for _ in range(r.randint(100, 3000)):
				data[r.randrange(100, len(data))] = r.randrange(256)

	def test_a_database_that_rotted(self):
		with open(self.database(), 'rb') as f:
			whole = f.read()
		commands = [['report', '-f', 'json'], ['report', '-f', 'html'], ['incidents'], ['rules', '--for', 'nftables'],
		            ['evidence', '1', '-w', '/dev/null'], ['diff', '--before', '2026-01-01..2026-11-25', '--after', '2026-11-25..2027-01-01']]
		for n in range(common.tries(36)):
			data = bytearray(whole)
			self.harm(data)
			self.forget('rotten.db')
			with open(self.path('rotten.db'), 'wb') as f:
				f.write(data)
			words = commands[n % len(commands)]
			with self.subTest(number=n, words=words):
				status, said = self.run_with([words[0], '-d', self.path('rotten.db'), *words[1:]], preload=False)
				self.assertIn(status, (0, 2, 3), said)
				if status:
					self.assertEqual(said.count('\n'), 1, said)
			with self.subTest(number=n, words='written again'):
				if n % 6 == 0:
					status, said = self.run_with(self.audit('-d', self.path('rotten.db'), '-o', '/dev/null'), preload=False)
					self.assertIn(status, (0, 2, 4), said)


common.main()
