#!/usr/bin/env python3
"""The scorer must detect every error: each single falsification of the truth fails. test_score.py RULEGAP PCAPS"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def lies(truth):
    """the truth with one thing changed, and what was changed"""
    def changed(what, change):
        t = json.loads(json.dumps(truth))
        change(t)
        return what, t
    blocked = next(r for r, t in truth['rules'].items() if t['verdict'] == ['blocked'])
    allowed = next(r for r, t in truth['rules'].items() if t['verdict'] == ['allowed'])
    yield changed('a block that is none', lambda t: t['rules'][allowed].update(verdict=['blocked']))
    yield changed('no block', lambda t: t['rules'][blocked].update(verdict=['allowed']))
    yield changed('another signature', lambda t: t['rules'][blocked].update(signatures=[['tls-alert']]))
    yield changed('no signature', lambda t: t['rules'][blocked].update(signatures=[[]]))
    yield changed('another client', lambda t: t['rules'][blocked].update(clients={'10.77.1.99': ['blocked']}))
    yield changed('nothing missing', lambda t: t.update(missing=[]))
    yield changed('something else missing', lambda t: t['missing'].append(dict(t['missing'][0], rule=[allowed])))
    yield changed('another kind', lambda t: t['missing'][0].update(kind=['proxy']))
    yield changed('another severity', lambda t: t['missing'][0].update(severity=['degraded']))
    yield changed('from another client', lambda t: t['missing'][0].update({'from': ['10.77.1.99']}))
    yield changed('another blocker', lambda t: t['missing'][0].update(blocker='192.0.2.9'))
    yield changed('a notice that must be', lambda t: t['notices'].update(must=['outage']))
    yield changed('more packets', lambda t: t.update(packets=t['packets'] + 1))
    yield changed('an incident that is not', lambda t: t.update(incidents=[{'rule': allowed}]))
    yield changed('no such incident', lambda t: t.update(no_incidents=[{'rule': blocked}]))
    yield changed('another value', lambda t: t.update(fields={'summary.blocked': 77}))


def score(binary, folder):
    return subprocess.run([sys.executable, '-B', HERE + '/score.py', binary, folder, '-q'], capture_output=True,
            text=True, check=False)


def main():
    binary, pcaps = sys.argv[1:3]
    bad = []
    with tempfile.TemporaryDirectory() as tmp:
        one = shutil.copytree(os.path.join(pcaps, 'syn-drop'), tmp + '/syn-drop')
        with open(one + '/truth.json', encoding='utf-8') as f:
            truth = json.load(f)
        if score(binary, tmp).returncode != 0:
            bad.append('the truth itself fails')
        for what, lie in lies(truth):
            with open(one + '/truth.json', 'w', encoding='utf-8') as f:
                json.dump(lie, f)
            if score(binary, tmp).returncode != 1:
                bad.append('"%s" is not noticed' % what)
    if 'SKIPPED' not in score(binary, '/nonexistent').stdout:
        bad.append('a folder that is not there is not said to be skipped')
    print('\n'.join(bad) or 'every lie is noticed')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
