"""A database's disk that fails or is full at any call: one line, status 4, and the database stays whole."""
import errno
import os

import common


class Disk(common.Case):
	def test_calls_fail_one_by_one_and_for_good(self):
		for n in range(common.tries(20)):
			first = self.chance.randint(1, 60)
			last = first if n % 2 else 1 << 30
			reason = self.chance.choice([errno.EIO, errno.ENOSPC, errno.EDQUOT])
			with self.subTest(first=first, last=last, reason=reason):
				self.forget('new.db')
				status, said = self.run_with(self.audit('-d', self.path('new.db'), '-o', '/dev/null'), FAIL_FILE=first, FAIL_LAST=last,
				                             FAIL_ERRNO=reason)
				self.assertIn(status, (0, 4), said)
				self.assertLessEqual(said.count('\n'), 1, said)
				if os.path.exists(self.path('new.db')):
					self.assertEqual(common.integrity(self.path('new.db'))[0], ['ok'])


common.needs_preload()
common.main()
