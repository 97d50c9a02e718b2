#!/usr/bin/env python3
"""check.py finds what it says that it finds: a small tree with one mistake of each kind, and one without."""
import os
import subprocess
import sys
import tempfile
import unittest

CHECK = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'check.py')

GOOD = {
    'src/base/cursor.h': '/* Bytes. */\n/* The next byte. */\nint cursor_u8(struct cursor *c);\nvoid cursor_free(struct cursor *c);\n',
    'src/base/cursor.c': 'int cursor_u8(struct cursor *c)\n{\n\treturn !c;\n}\nvoid cursor_free(struct cursor *c)\n{\n}\n',
    'src/flow/flow.c': '#include "base/cursor.h"\n#include "dissectors/fact.h"\n\nint flow_n(int a)\n{\n\tif (a)\n\t\treturn cursor_u8(0);\n\tcursor_free(0);\n\treturn 0;\n}\n',
    'src/report/text.c': '#include "judge/verdict.h"\n/* strcpy( is only talked about */\nstatic const char *s = "sprintf(";\n',
    'dissectors/ntp.c': '/* Clocks. source RFC 5905 7.3 */\n#include "base/cursor.h"\n',
    'src/judge/verdict.h': '/* Words. */\n#define T(row) row(A, "dns-timeout", B, C)\n',
    'docs/signatures.md': '## dns-timeout\n\n- Shows: a\n- Looks like it: b\n- Proofs: c\n- Source: d\n',
    'README.md': 'See [signatures](docs/signatures.md).\n',
    'pcaps/README.md': '| `a` | x |\n',
    'pcaps/a/truth.json': '{"captures": ["c.pcap"], "lists": []}',
    'pcaps/a/c.pcap': '',
    'tests/lab/scenarios/a.toml': '',
}


def long_function(lines):
    return 'void f(void)\n{\n%s}\n' % ('\tg();\n' * (lines - 3))


MISTAKES = (
    ('layers', 'src/base/x.c', '#include "judge/verdict.h"\n'),
    ('layers', 'src/judge/x.c', '#include "record/db.h"\n'),
    ('layers', 'src/judge/x.c', '#include "pipeline.h"\n'),
    ('layers', 'dissectors/x.c', '/* source RFC 1 */\n#include "flow/flow.h"\n'),
    ('doors', 'src/flow/x.c', '#include <pcap/pcap.h>\n'),
    ('doors', 'src/report/x.c', '#include <sqlite3.h>\n'),
    ('doors', 'src/judge/x.c', '#include <jansson.h>\n'),
    ('doors', 'src/dissect/x.c', '#include <ndpi_api.h>\n'),
    ('doors', 'src/attribute/x.c', '#include <ares.h>\n'),
    ('banned', 'src/base/x.c', 'void f(char *a)\n{\n\tstrcpy(a, "");\n}\n'),
    ('banned', 'src/flow/x.c', 'int a = ntohs(3);\n'),
    ('banned', 'src/base/x.c', 'void f(void)\n{\n\texit(1);\n}\n'),
    ('bytes', 'dissectors/x.c', '/* source RFC 1 */\nint f(struct cursor *c)\n{\n\treturn c->at[3];\n}\n'),
    ('bytes', 'src/decode/x.c', '/* source RFC 1 */\nint f(struct cursor *c)\n{\n\treturn *(c->at + 2);\n}\n'),
    ('bytes', 'src/decode/x.c', '/* source RFC 1 */\nstruct iphdr *f(void *c)\n{\n\treturn (struct iphdr *)c;\n}\n'),
    ('comments', 'src/base/x.h', '/* A header. */\n#include <x.h>\n\nint x_parse(int a);\n'),
    ('comments', 'src/base/x.h', 'int x_free(int a);\n'),
    ('exports', 'src/base/x.h', '/* X. */\n/* Y. */\nint x_y(int a);\n'),
    ('sources', 'dissectors/x.c', '/* Reads x. */\n'),
    ('sources', 'src/judge/x.c', 'rows[] = {\n\t{SIG_DNS_TIMEOUT, timeout, NULL},\n};\n'),
    ('budgets', 'src/base/x.c', long_function(81)),
    ('budgets', 'src/base/x.c', 'int a;\n' * 451),
    ('budgets', 'src/base/x.c', '\t' + 'a' * 113 + ';\n'),
    ('budgets', 'src/base/x.c', 'void f(int a)\n{\n\tif (a)\n\t\tif (a)\n\t\t\tif (a)\n\t\t\t\tif (a)\n\t\t\t\t\tg();\n}\n'),
    ('captures', 'pcaps/b/c.pcap', ''),
    ('captures', 'pcaps/a/truth.json', '{"captures": ["d.pcap"], "lists": []}'),
    ('captures', 'pcaps/README.md', 'nothing\n'),
    ('words', 'src/base/x.c', '/* TO' + 'DO: more */\n'),
    ('words', 'docs/x.md', 'see /ho' + 'me/me/x\n'),
    ('words', 'docs/x.md', 'in /tmp/' + 'b-me\n'),
    ('pages', 'src/judge/verdict.h', '/* Words. */\nrow(A, "dns-timeout", B, C) row(A, "dns-new", B, C)\n'),
    ('pages', 'docs/signatures.md', '## dns-timeout\n\n- Shows: a\n- Proofs: c\n- Source: d\n'),
    ('pages', 'README.md', 'See [x](docs/nowhere.md).\n'),
)


class House(unittest.TestCase):
    def check(self, rule, files):
        with tempfile.TemporaryDirectory(prefix='rulegap-house-') as root:
            for path, text in files.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), 'w', encoding='utf-8') as f:
                    f.write(text)
            p = subprocess.run([sys.executable, '-B', CHECK, '--root', root] + rule, capture_output=True, text=True, check=False)
            return p.returncode, p.stdout

    def test_a_tree_without_mistakes_passes(self):
        self.assertEqual(self.check([], GOOD), (0, 'nothing wrong\n'))

    def test_each_mistake_is_found(self):
        for rule, path, text in MISTAKES:
            with self.subTest(rule=rule, path=path, text=text[:60]):
                status, out = self.check([rule], dict(GOOD, **{path: text}))
                self.assertEqual(status, 1, out)
                self.assertIn(': %s: ' % rule, out)

    def test_a_function_of_eighty_lines_is_short_enough(self):
        status, out = self.check(['budgets'], dict(GOOD, **{'src/base/x.c': long_function(80) + '\n'.join(long_function(5) for _ in range(9))}))
        self.assertEqual((status, out), (0, 'nothing wrong\n'))

    def test_a_declared_function_is_called_from_elsewhere(self):
        header = {'src/base/x.h': '/* X. */\n/* Y. */\nint x_y(int a);\n'}
        own = {'src/base/x.c': 'int x_y(int a)\n{\n\treturn a;\n}\nint x_z(int a)\n{\n\treturn x_y(a);\n}\n'}
        for more, says in (({}, 'used by its own file alone'), ({'tests/unit/base/test_x.c': 'int a = x_y(1);\n'}, None),
                           ({'src/base/x.c': 'int x_y(int a)\n{\n\treturn a;\n}\n', 'tests/unit/base/test_x.c': 'int a = x_y(1);\n'},
                            'called by nothing but tests'),
                           ({'src/flow/x.c': 'int a = x_y(1);\n'}, None)):
            status, out = self.check(['exports'], {**GOOD, **header, **own, **more})
            self.assertEqual((status, says in out if says else out), (1, True) if says else (0, 'nothing wrong\n'), out)

    def test_an_unknown_rule_is_refused(self):
        self.assertEqual(self.check(['manners'], GOOD)[0], 2)


if __name__ == '__main__':
    unittest.main()
