"""Power that goes at any moment: what was synced is there, of what was not any part. The database is whole, and nothing is lost
that was committed."""
import struct

import common

WRITE, SYNC, CUT = range(3)


def calls(path):
	with open(path, 'rb') as f:
		data = f.read()
	at = 0
	while at + 24 <= len(data):
		what, log, offset, n = struct.unpack_from('<IIQQ', data, at)
		at += 24
		yield what, log, offset, data[at:at + n] if what == WRITE else b''
		at += n if what == WRITE else 0


def do(image, call):
	what, _, offset, data = call
	if what == CUT:
		del image[offset:]
		return
	image.extend(bytes(max(0, offset - len(image))))
	image[offset:offset + len(data)] = data


class Power(common.Case):
	def survivors(self, pending):
		"""of writes that were not synced: none, a part of them, torn ones, all"""
		way = self.chance.randrange(4)
		for call in pending:
			if way == 0 or (way == 1 and self.chance.random() < .5):
				continue
			what, log, offset, data = call
			if way == 2 and self.chance.random() < .3:
				data = data[:self.chance.randrange(len(data) + 1) // 512 * 512]
			yield what, log, offset, data

	def at_moment(self, moment):
		images = []
		for log in (0, 1):
			image = bytearray(self.synced[log])
			for call in self.survivors(self.pending[log]):
				do(image, call)
			images.append(image)
		self.forget('after.db')
		for end, image in zip(('', '-wal'), images):
			with open(self.path('after.db' + end), 'wb') as f:
				f.write(image)
		said, attempts = common.integrity(self.path('after.db'))
		self.assertEqual(said, ['ok'], moment)
		self.assertGreaterEqual(attempts, self.committed, moment)

	def audit_again(self, log):
		status, said = self.run_with(self.audit('-d', self.path('first.db'), '-o', '/dev/null'), LOG_FILE=self.path(log))
		self.assertEqual(status, 0, said)
		return list(calls(self.path(log)))

	def test_what_was_committed_outlives_a_loss_of_power_at_any_moment(self):
		self.pending = [[], []]
		self.audit_again('first')
		with open(self.path('first.db'), 'rb') as f:
			self.synced = [bytearray(f.read()), bytearray()]
		self.committed = common.integrity(self.path('first.db'))[1]
		self.assertGreater(self.committed, 0)
		self.replay(self.audit_again('second')) # adds to what the first one left

	def replay(self, history):
		moments = set(self.chance.sample(range(len(history)), min(len(history), common.tries(30))))
		for n, call in enumerate(history):
			what, log = call[:2]
			if what == SYNC:
				for c in self.pending[log]:
					do(self.synced[log], c)
				self.pending[log] = []
			else:
				self.pending[log].append(call)
			if n in moments:
				self.at_moment(n)


common.needs_preload()
common.main()
