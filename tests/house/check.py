#!/usr/bin/env python3
"""The rules of the house (docs/architecture.md), checked in the sources.

    check.py [--root DIR] [RULE...]

Without a RULE all are checked. One line a violation: FILE:LINE: RULE: what is wrong. Exit status: 0 none, 1 some, 2 wrong usage.

layers    a folder includes only the folders of its row in ALLOWED; nothing includes src/*.c's own headers from a layer
doors     the headers of a foreign library are included by its door alone
banned    functions that write without a bound, read network byte order by hand, end the program, or run a shell
bytes     foreign bytes are read through base/cursor alone: outside of it no arithmetic or indexing on the pointers that cursors, packets
          and frames hold, no cast of bytes to another struct, no attribute packed. It is a search for the ways in which people do it,
          not a proof; what it finds is wrong
comments  each public function has a comment, its own or that of the group of declarations it stands in; but not those whose verb says all
exports   a function that a header declares is called by the program, and by another file than its own (a test is one, too)
sources   each file of dissectors/ and src/decode/ names its RFC, and each row of a signature table its source
budgets   a function has at most 80 lines, half of them at most 15; a file 450; a line 120 columns; nesting is at most 3 deep
captures  each folder of pcaps/ has a truth, a scenario and a line in pcaps/README.md
words     no notes to oneself, no paths of one machine
pages     each signature has its section in docs/signatures.md and each has its parts; each code of a notice stands in
          docs/report.md, and no other; links of the pages lead somewhere
"""
import argparse
import collections
import json
import os
import re
import statistics
import sys

ALLOWED = {
    'src/base': (),
    'src/capture': ('base',),
    'dissectors': ('base',),
    'src/decode': ('base', 'capture'),
    'src/flow': ('base', 'decode', 'dissectors', 'capture/frame.h'),
    'src/dissect': ('base', 'flow', 'dissectors', 'decode/packet.h', 'capture/frame.h'),
    'src/attribute': ('base', 'flow', 'dissectors/fact.h', 'decode/packet.h', 'capture/frame.h'),
    'src/judge': ('base', 'flow', 'attribute', 'decode/packet.h'),
    'src/record': ('base', 'judge', 'attribute/list.h', 'flow/evidence.h', 'decode/packet.h'),
    'src/report': ('base', 'record', 'judge/verdict.h'),
    'src/drive': ('base', 'capture', 'decode', 'flow', 'dissect', 'judge', 'attribute/list.h'),
    'src/live': ('base', 'capture', 'drive', 'judge'),
    'src/serve': ('base', 'report'),
}
STAGES = ('base', 'capture', 'dissectors', 'decode', 'flow', 'dissect', 'attribute', 'judge', 'record', 'report', 'drive', 'live', 'serve')

# library: its headers, the files that may include them
DOORS = {
    'libpcap': (r'pcap(/.*)?\.h|pcap/.*', r'src/capture/.*'),
    'nDPI': (r'ndpi.*|libndpi.*', r'src/dissect/ndpi\.c'),
    'c-ares': (r'ares.*\.h', r'src/attribute/resolve\.c'),
    'SQLite': (r'sqlite3.*\.h', r'src/record/db\w*\.[ch]'),
    'YAML': (r'c?yaml.*|cyaml/.*', r'src/attribute/list_yaml\w*\.[ch]'),
    'jansson': (r'jansson.*', r'src/report/.*|src/attribute/(import|snapshot|list_print|list_diff|list_warn)\w*\.[ch]'),
    'libidn2': (r'idn2\.h', r'src/attribute/host\.c'),
    'libcrypto': (r'openssl/.*', r'dissectors/quic_crypto\.c|src/flow/(community|digest)\.c'),
    'zlib, zstd, lz4': (r'zlib\.h|zstd\.h|lz4.*\.h', r'src/capture/codec\.c|src/report/.*'),
    'libcap-ng': (r'cap-ng\.h', r'src/capture/privilege\.c'),
    'libseccomp': (r'seccomp\.h', r'src/capture/sandbox\.c'),
    'systemd': (r'systemd/.*', r'src/service\.c'),
    'libmicrohttpd': (r'microhttpd\.h', r'src/serve/serve\.c|src/metrics_server\.c'),
}

BANNED = {
    'sprintf': 'snprintf', 'vsprintf': 'vsnprintf', 'strcpy': 'snprintf or a text', 'stpcpy': 'snprintf', 'strcat': 'a text', 'strncpy': 'snprintf',
    'strncat': 'a text', 'gets': 'fgets', 'alloca': 'malloc', 'strtok': 'strsep', 'atoi': 'options_count', 'atol': 'strtoll', 'rand': 'getrandom',
    'scanf': 'strtoll', 'tmpnam': 'mkstemp', 'mktemp': 'mkstemp', 'system': 'the alert helper', 'popen': 'the alert helper', 'asctime': 'time_format',
    'ctime': 'time_format', 'gmtime': 'gmtime_r', 'localtime': 'gmtime_r', 'setjmp': 'an enum err', 'longjmp': 'an enum err',
    'ntohs': 'cursor_u16', 'ntohl': 'cursor_u32', 'htons': 'host order', 'htonl': 'host order', 'exit': 'the exit status of main', 'abort': 'assert',
}
# where a banned function is right, and why
EXCEPT = {
    ('src/capture/port.c', 'htons'): 'the kernel wants the packet socket\'s protocol in network order',
    ('src/attribute/resolve.c', 'htons'): 'c-ares wants the server\'s port in network order',
    ('src/metrics_server.c', 'htons'): 'sockaddr_in wants the port in network order',
    ('src/metrics_server.c', 'ntohs'): 'sockaddr_in has the port in network order',
}

DISSECTOR_HELPERS = ('dissectors.c', 'fact.c')        # the table and the noun: they read no bytes
DECODE_HELPERS = ('decode.c',)                        # the loop over layers

FUNCTION_LINES, FILE_LINES, COLUMNS, NESTING, MEDIAN = 80, 450, 120, 3, 15
TAB = 8

found = []


def say(path, line, rule, text, *args):
    found.append('%s:%d: %s: %s' % (path, line, rule, text % args if args else text))


def read(path):
    with open(path, encoding='utf-8', errors='replace') as f:
        return f.read()


def files_of(*folders, ending=('.c', '.h')):
    for folder in folders:
        for d, dirs, names in os.walk(folder):
            dirs.sort()
            for name in sorted(names):
                if name.endswith(ending):
                    yield os.path.join(d, name)


def code_of(text):
    """the text with comments and the insides of literals blanked, lines kept"""
    def blank(m):
        s = m.group(0)
        if s[0] in '"\'':
            return s[0] + ' ' * (len(s) - 2) + s[0]
        return re.sub(r'[^\n]', ' ', s)
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def line_at(text, at):
    return text.count('\n', 0, at) + 1


def layer_of(path):
    for layer in sorted(ALLOWED, key=len, reverse=True):
        if path.startswith(layer + '/'):
            return layer
    return None


# ------------------------------------------------------------------ layers, doors

def includes(path, brackets):
    for n, line in enumerate(read(path).split('\n'), 1):
        m = re.match(r'\s*#\s*include\s*[%s]([^>"]+)[>"]' % ('<' if brackets else '"'), line)
        if m:
            yield n, m.group(1)


def check_layers():
    for path in files_of('src', 'dissectors'):
        layer = layer_of(path)
        if not layer:
            continue
        own = os.path.basename(layer)
        for n, name in includes(path, brackets=False):
            stage = name.split('/')[0]
            if '/' not in name and not os.path.exists(os.path.join(os.path.dirname(path), name)):
                say(path, n, 'layers', '%s is of src/*.c, which no layer may include', name)
            elif stage in STAGES and stage != own and not any(name == a or name.startswith(a + '/') for a in ALLOWED[layer]):
                say(path, n, 'layers', '%s must not include %s (only: %s)', own, name, ', '.join(ALLOWED[layer]) or 'nothing')


def check_doors():
    for path in files_of('src', 'dissectors'):
        for n, name in includes(path, brackets=True):
            for library, (headers, where) in DOORS.items():
                if re.fullmatch(headers, name) and not re.fullmatch(where, path):
                    say(path, n, 'doors', '<%s>: the door to %s is %s', name, library, where.replace('\\', ''))


# ------------------------------------------------------------------ banned functions, bytes

def check_banned():
    for path in files_of('src', 'dissectors', 'tools'):
        code = code_of(read(path))
        for m in re.finditer(r'(?<![\w.>])(%s)\s*\(' % '|'.join(BANNED), code):
            if (path, m.group(1)) not in EXCEPT:
                say(path, line_at(code, m.start()), 'banned', '%s (use %s)', m.group(1), BANNED[m.group(1)])


WIRE = r'(?:payload|bytes|c|cursor|rest|unit|body|record|message|p->payload|m->payload|inner|w->c)'
BYTE_RULES = (
    (r'(?:->|\.)at\s*\[', 'a cursor\'s bytes are indexed'),
    (r'(?:->|\.)at\s*\+(?!\+)', 'arithmetic on a cursor\'s bytes'),
    (r'(?:->|\.)at\s*\+\+|\+\+\s*\w+(?:->|\.)at\b', 'a cursor is moved by hand'),
    (r'\(\s*(?:const\s+)?struct\s+(?:ip|iphdr|ip6_hdr|tcphdr|udphdr|ether_header|ethhdr|icmphdr|icmp6_hdr)\b', 'bytes are cast to a header'),
    (r'__attribute__\s*\(\(\s*packed', 'a packed struct'),
    (r'\*\s*\(\s*(?:const\s+)?u?int(?:16|32|64)_t\s*\*\s*\)', 'bytes are read through a cast pointer'),
)
BYTE_FOLDERS = ('dissectors', 'src/decode', 'src/flow', 'src/dissect')


def check_bytes():
    for path in files_of(*BYTE_FOLDERS):
        code = code_of(read(path))
        for pattern, what in BYTE_RULES:
            for m in re.finditer(pattern, code):
                say(path, line_at(code, m.start()), 'bytes', '%s outside base/cursor', what)


# ------------------------------------------------------------------ comments, sources

def declarations(text):
    """(line, name) of functions declared in a header and whether a comment is above, or stands for their group"""
    code = code_of(text).split('\n')
    lines, depth, covered, begun = text.split('\n'), 0, False, ''
    for n, line in enumerate(code):
        bare = line.strip()
        if not bare and lines[n].strip():
            covered = True                      # a comment
        elif not bare:
            covered = covered and bool(lines[n].strip())
        if depth == 0 and bare and not bare.startswith('#'):
            begun = (begun + ' ' + bare).strip()
            m = re.match(r'(?!typedef|static|extern|struct \w+ \{|enum|union)[\w\s*]*?\b(\w+)\s*\([^;{]*\)[^;{]*;$', begun)
            if m and m.group(1) not in ('MUSTCHECK', 'PRINTF_LIKE', '__attribute__'):
                yield n + 1, m.group(1), covered or '/*' in lines[n]
            if re.search(r'[;}]$', bare):
                begun = ''
        depth += line.count('{') - line.count('}')
        if depth and begun.endswith('{'):
            begun = ''


# verbs that mean the same everywhere (docs/architecture.md): a sentence would only repeat the name
PLAIN = r'\w+_(init|release|new|free|open|close|clear|count|counters|text)'


def check_comments():
    for path in files_of('src', 'dissectors', ending='.h'):
        text = read(path)
        if not text.lstrip().startswith('/*'):
            say(path, 1, 'comments', 'no comment says what this header is for')
        for n, name, covered in declarations(text):
            if not covered and not re.fullmatch(PLAIN, name):
                say(path, n, 'comments', '%s has no comment', name)


def words_of(*folders, ending='.c'):
    """path -> how often each word stands in its code"""
    return {path: collections.Counter(re.findall(r'\w+', code_of(read(path)))) for path in files_of(*folders, ending=ending)}


# what a test measures, and nothing else can tell it
FOR_TESTS = ('flow_table_bytes', 'lists_match_address')


def check_exports():
    program, tests = words_of('src', 'dissectors', 'tools'), words_of('tests', ending=('.c', '.h'))
    headers = words_of('src', 'dissectors', ending='.h')
    for path in headers:
        for n, name, _ in declarations(read(path)):
            users = [p for p, words in program.items() if words[name]]
            others = any(p != path and words[name] for p, words in headers.items())
            if name in FOR_TESTS:
                continue
            if sum(program[p][name] for p in users) <= 1 and not others:
                say(path, n, 'exports', '%s is called by nothing but tests', name)
            elif len(users) == 1 and not others and not any(words[name] for words in tests.values()):
                say(path, n, 'exports', '%s is used by its own file alone: static there', name)


def check_sources():
    for folder, helpers in (('dissectors', DISSECTOR_HELPERS), ('src/decode', DECODE_HELPERS)):
        for path in files_of(folder, ending='.c'):
            head = os.path.splitext(path)[0] + '.h'
            text = read(path) + (read(head) if os.path.exists(head) else '')
            if os.path.basename(path) not in helpers and not re.search(r'\b[Ss]ource\b[^\n]*\n?[^\n]*\b(RFC|ITU|IEEE|TS|draft|registry|Cisco|I-D|802|LINKTYPE|OpenBSD|Marvell|Broadcom)',
                                                                       text):
                say(path, 1, 'sources', 'no source (RFC and section)')
    for path in files_of('src/judge', ending='.c'):
        for n, line in enumerate(read(path).split('\n'), 1):
            if re.match(r'\t\{SIG_(?!NONE)\w+, \w+', line) and not re.search(r'"RFC \d+', line):
                say(path, n, 'sources', 'a signature without a source')


# ------------------------------------------------------------------ budgets

def functions_of(text):
    """(first line, last line, lines of code) of each function; the house's style has its braces in the first column"""
    code, start = code_of(text).split('\n'), None
    for n, line in enumerate(code):
        if line == '{' and start is None and n:
            start = n - 1
            while start and code[start - 1].strip() and not re.search(r'[;}]$|^#', code[start - 1]):
                start -= 1
        elif line.startswith('}') and start is not None:
            if line == '}':
                yield start, n, code[start:n + 1]
            start = None


def columns(line):
    n = 0
    for c in line:
        n += TAB - n % TAB if c == '\t' else 1
    return n


def deep_lines(start, code):
    for k, line in enumerate(code):
        m = re.match(r'(\t+)(if|for|while|switch|do)\b', line)
        if m and len(m.group(1)) > NESTING:
            yield start + k + 1


def check_budgets():
    lengths = []
    for path in files_of('src', 'dissectors', 'tools'):
        text = read(path)
        lines = text.rstrip('\n').split('\n')
        if len(lines) > FILE_LINES:
            say(path, len(lines), 'budgets', 'a file of %d lines (%d)', len(lines), FILE_LINES)
        for n, line in enumerate(lines, 1):
            if columns(line) > COLUMNS:
                say(path, n, 'budgets', 'a line of %d columns (%d)', columns(line), COLUMNS)
        for start, end, code in functions_of(text):
            lengths.append(end - start + 1)
            if lengths[-1] > FUNCTION_LINES:
                say(path, start + 1, 'budgets', 'a function of %d lines (%d)', lengths[-1], FUNCTION_LINES)
            for n in deep_lines(start, code):
                say(path, n, 'budgets', 'nested more than %d deep', NESTING)
    if lengths and statistics.median(lengths) > MEDIAN:
        say('src', 1, 'budgets', 'half of the functions have more than %d lines (%d)', statistics.median(lengths), MEDIAN)


# ------------------------------------------------------------------ captures, words, pages

def check_captures():
    if not os.path.isdir('pcaps'):
        return
    page = read('pcaps/README.md')
    for name in sorted(os.listdir('pcaps')):
        folder = 'pcaps/' + name
        if not os.path.isdir(folder):
            continue
        truth = folder + '/truth.json'
        if not os.path.exists(truth):
            say(folder, 1, 'captures', 'no truth.json')
            continue
        t = json.loads(read(truth))
        for c in t['captures'] + t['lists']:
            if not os.path.exists('%s/%s' % (folder, c)):
                say(truth, 1, 'captures', '%s is not there', c)
        if '| `%s` |' % name not in page:
            say('pcaps/README.md', 1, 'captures', '%s has no line (tests/lab/run writes the page)', name)
        if not os.path.exists('tests/lab/scenarios/%s.toml' % name):
            say(folder, 1, 'captures', 'no scenario tests/lab/scenarios/%s.toml', name)


TEXTS = ('.c', '.h', '.py', '.md', '.txt', '.cmake', '.sh', '.sql', '.yaml', '.toml', '.js', '.css', '.html', '.json')
NOTES = r'\b(%s)\b' % '|'.join(('TO' + 'DO', 'FIX' + 'ME', 'X' * 3, 'HA' + 'CK'))
PLACES = r'(?<![\w.<>$}*/])/(?:%s(?![\w.])|%s|%s)|/tmp/%s' % ('wo' + 'rk', 'ho' + 'me/[a-z]', 'ro' + 'ot/[a-z]', 'b-' + r'\w')
TOOLS = r'\b%s-\w' % ('fa' + 'rm')


def text_files():
    for d, dirs, names in os.walk('.'):
        dirs[:] = sorted(x for x in dirs if x not in ('.git', 'build', 'pcaps', 'node_modules', 'seeds', '__pycache__', 'third_party'))
        for name in sorted(names):
            path = os.path.relpath(os.path.join(d, name))
            if name.endswith(TEXTS) or os.access(path, os.X_OK):
                yield path


def check_words():
    for path in text_files():
        for n, line in enumerate(read(path).split('\n'), 1):
            for pattern, what in ((NOTES, 'a note to oneself'), (PLACES, 'a path of one machine'), (TOOLS, 'a tool of one place')):
                m = re.search(pattern, line)
                if m:
                    say(path, n, 'words', '%s: %s', what, m.group(0))


PARTS = ('Shows', 'Looks like it', 'Proofs', 'Source')


def check_pages():
    names = re.findall(r'row\(\w+, "([a-z-]+)"', read('src/judge/verdict.h'))
    sections = dict(re.findall(r'^## (\S+)\n(.*?)(?=^## |\Z)', read('docs/signatures.md'), flags=re.S | re.M))
    for name in names:
        if name not in sections:
            say('docs/signatures.md', 1, 'pages', 'no section for %s', name)
        for part in PARTS:
            if '- %s: ' % part not in sections.get(name, ''):
                say('docs/signatures.md', 1, 'pages', '%s has no part "%s"', name, part)
    for name in set(sections) - set(names):
        say('docs/signatures.md', 1, 'pages', '%s is no signature', name)
    codes = {code for path in files_of('src', ending='.c') for code in re.findall(r'"(?:info|warning)",\s*"([a-z-]+)"', read(path))}
    told = set(re.findall(r'^\| `([a-z-]+)`(?: \*)? \| ', read('docs/report.md').partition('## Notices')[2], flags=re.M)) if codes else codes
    for code in codes ^ told:
        say('docs/report.md', 1, 'pages', 'the notice %s is %s', code, 'not explained' if code in codes else 'none that is given')
    for path in ['README.md'] + list(files_of('docs', ending='.md')):
        for n, line in enumerate(read(path).split('\n'), 1):
            for target in re.findall(r'\]\(([^)#:\s]+)(?:#[^)]*)?\)', line):
                if not os.path.exists(os.path.join(os.path.dirname(path), target)):
                    say(path, n, 'pages', '%s is not there', target)


RULES = {name[6:]: f for name, f in list(globals().items()) if name.startswith('check_')}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('rules', nargs='*', metavar='RULE')
    p.add_argument('--root', default=os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
    args = p.parse_args()
    odd = [r for r in args.rules if r not in RULES]
    if odd:
        p.error('no rule %s (%s)' % (odd[0], ' '.join(RULES)))
    os.chdir(args.root)
    for name in args.rules or RULES:
        RULES[name]()
    print('\n'.join(found) if found else 'nothing wrong')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
