"""Captures replayed in real time give the same verdicts as offline, with any number of threads."""
import os
import random
import signal
import struct

import wire
from traffic import address, ip, read_pcap

CAPTURES = ['syn-drop', 'syn-reset', 'icmp-prohibited', 'icmp6-prohibited', 'hello-drop', 'hello-close', 'tcp-reset', 'dns-filter',
            'dns-port-closed', 'quic-timeout', 'stun-timeout', 'race-cancelled', 'retry-helps', 'cut-in-retries', 'wrap-vxlan',
            'wrap-erspan2', 'wrap-gre', 'fragmented', 'doubled-vlan', 'ipv6-closed']
TORN = ['hello-close', 'tcp-reset', 'icmp-prohibited', 'dns-filter'] # also through tunnels, one per direction
JOBS = (1, 2, 3)
COLLECTOR = address('192.0.2.9')


def player_of(frames, monitors):
	"""Sends, and ends the monitors at once, whatever else there is to do: watching on for seconds shows more silence than the capture"""
	def play(sender):
		sender.play(frames)
		for m in monitors:
			m.signal(signal.SIGTERM)
	return play


def torn(frames):
	"""Each frame in VXLAN, the directions through two switches, each packet with its own source port: no outer hash
	keeps a flow together"""
	chance = random.Random(7)
	for t, frame in frames:
		switch = address('192.0.2.1' if frame[26:30] < frame[30:34] else '192.0.2.2')
		vxlan = b'\x08\0\0\0\0\0\x2a\0' + frame
		yield t, ip(switch, COLLECTOR, 17, struct.pack('!HHHH', chance.randrange(49152, 65536), 4789, 8 + len(vxlan), 0) + vxlan)


class Verdicts(wire.Case):
	def replay(self, name, frames, lists):
		w = self.wire()
		monitors = [self.monitor(w, '-j', jobs, '--buffer', '8M', lists=[lists], database='%s-%d.db' % (name, jobs), ready=False)
		            for jobs in JOBS]
		for m in monitors:
			m.await_line('capturing;', 30)
		return monitors, w.run(player_of(frames, monitors))

	def test_live_verdicts_are_those_of_the_capture_read_offline(self):
		folder = os.path.join(wire.SOURCE, 'pcaps')
		running, wrong = [], {}
		for name, through in [(name, False) for name in CAPTURES] + [(name, True) for name in TORN]:
			capture, lists = os.path.join(folder, name, 'capture.pcap'), os.path.join(folder, name, 'list.yaml')
			frames = read_pcap(capture)
			if through:
				frames = list(torn(frames))
			name += '-torn' if through else ''
			running.append((name, capture, lists, len(frames), *self.replay(name, frames, lists)))
		for name, capture, lists, n, monitors, player in running:
			player.finish()
			offline = wire.verdicts(['audit', '-q', '-e', lists, '-r', capture])
			for jobs, m in zip(JOBS, monitors):
				self.assertEqual(m.end()[0], 0, (name, m.said))
				live = wire.verdicts(['report', '-d', m.database])
				for rule in offline:
					if live.get(rule) != offline[rule]:
						wrong['%s -j %d %s' % (name, jobs, rule)] = 'live %s, offline %s' % (live.get(rule), offline[rule])
				self.assertEqual(wire.rows(m.database, 'SELECT packets, dropped FROM run'), [(n, 0)], (name, jobs))
		self.assertEqual(wrong, {})


wire.main()
