"""Network namespaces and the processes inside them. Nothing outside is touched, and close() ends everything."""
import array
import fcntl
import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

SIOCETHTOOL = 0x8946
OFFLOADS = (0x15, 0x17, 0x19, 0x1f, 0x24, 0x2c)     # RXCSUM.. TXCSUM SG TSO GSO GRO: a mirror port sees wire frames


class LabError(Exception):
    """the lab itself failed: this says nothing about rulegap"""


def sh(*argv, data=None):
    """run one command to its end; its error text is the exception"""
    p = subprocess.run(argv, input=data, capture_output=True, text=True, check=False)
    if p.returncode:
        raise LabError('%s: %s' % (' '.join(argv), p.stderr.strip() or p.returncode))
    return p.stdout


def available():
    """why namespaces cannot be made here, or None"""
    for tool in ('ip', 'nft', 'tcpdump', 'nsenter', 'unshare', 'nginx', 'unbound', 'curl', 'openssl', 'dig'):
        if not shutil.which(tool, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin'):
            return '%s is not installed' % tool
    if os.geteuid() != 0:
        return 'not root'
    if not os.path.exists('/dev/net/tun'):
        return 'no /dev/net/tun'
    name = 'rglab-' + secrets.token_hex(3)
    try:
        sh('ip', 'netns', 'add', name)
    except LabError as e:
        return str(e)
    try:
        sh('nsenter', '--net=/run/netns/' + name, 'nft', 'add', 'table', 'inet', 'probe')
    except LabError as e:
        return str(e)
    finally:
        subprocess.run(['ip', 'netns', 'del', name], check=False)
    return None


class Net:
    """a set of namespaces with a common random suffix, their processes, and a temporary folder"""

    def __init__(self):
        self.tag = secrets.token_hex(3)
        self.dir = tempfile.mkdtemp(prefix='rglab-')
        os.chmod(self.dir, 0o755)
        self.spaces, self.procs = [], []
        self.closed = False

    def space(self, short):
        name = 'rglab-%s-%s' % (self.tag, short)
        self.spaces.append(name)
        if self.closed:
            raise LabError('interrupted')
        sh('ip', 'netns', 'add', name)
        self.run(short, 'ip', 'link', 'set', 'lo', 'up')
        self.sysctl(short, 'net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0',
                    'net.ipv6.conf.default.router_solicitations=0')
        return name

    def enter(self, short):
        return ['nsenter', '--net=/run/netns/rglab-%s-%s' % (self.tag, short)]

    def run(self, short, *argv, data=None):
        return sh(*self.enter(short), *argv, data=data)

    def sysctl(self, short, *settings):
        self.run(short, 'sysctl', '-qw', *settings)

    def ip(self, short, text):
        """several ip commands, one per line"""
        self.run(short, 'ip', '-batch', '-', data=text)

    def plain(self, short, device):
        """switch a device's offloads off, so that captures hold what a wire would"""
        self.run(short, sys.executable, '-c', 'import sys; sys.path.insert(0, sys.argv[1]); '
                 'from rglab import net; net.offloads_off(sys.argv[2])', os.path.dirname(os.path.dirname(__file__)),
                         device)

    def start(self, short, argv, resolv=None, log=None):
        """start a process in a namespace; resolv: a folder whose resolv.conf and hosts replace those in /etc"""
        if self.closed:
            raise LabError('interrupted')
        cmd = self.enter(short)
        if resolv:
            cmd += ['unshare', '-m', '--propagation', 'private', 'sh', '-c',
                    'for f in resolv.conf hosts nsswitch.conf; do mount --bind "$0/$f" /etc/$f || exit 99; done; exec "$@"', resolv]
        out = open(os.path.join(self.dir, log or 'log'), 'ab')
        env = dict(os.environ, LC_ALL='C', PATH=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')
        env.pop('SSLKEYLOGFILE', None)
        for k in list(env):
            if k.lower().endswith('_proxy'):
                del env[k]
        p = subprocess.Popen(cmd + [str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                             start_new_session=True, env=env, cwd=self.dir)
        out.close()
        self.procs.append(p)
        return p

    def stop(self, p, sig=signal.SIGTERM, wait=3.0):
        """end one process (and what it started, its session) by id"""
        if p.poll() is None:
            kill_group(p, sig)
            try:
                p.wait(wait)
            except subprocess.TimeoutExpired:
                kill_group(p, signal.SIGKILL)
                p.wait()

    def log(self, name='log'):
        try:
            with open(os.path.join(self.dir, name), encoding='utf-8', errors='replace') as f:
                return f.read()
        except OSError:
            return ''

    def close(self, keep=False):
        if self.closed:
            return
        self.closed = True
        for p in self.procs:
            kill_group(p, signal.SIGKILL)
        for p in self.procs:
            p.wait()
        for name in self.spaces:
            subprocess.run(['ip', 'netns', 'del', name], capture_output=True, check=False)
        if not keep:
            shutil.rmtree(self.dir, ignore_errors=True)


def kill_group(p, sig):
    """signal a process's session; the id cannot have been reused, since the process was not waited for"""
    if p.returncode is None:
        try:
            os.killpg(p.pid, sig)
        except (ProcessLookupError, PermissionError):
            pass


def offloads_off(device):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for command in OFFLOADS[1:]:
        value = array.array('B', struct.pack('II', command, 0))
        address, _ = value.buffer_info()
        try:
            fcntl.ioctl(s, SIOCETHTOOL, struct.pack('16sP', device.encode(), address) + b'\0' * 16)
        except OSError:
            pass                                    # this device has no such offload
    s.close()


def wait_for(what, test, seconds=8.0):
    """poll until test() is true"""
    end = time.monotonic() + seconds
    while not test():
        if time.monotonic() > end:
            raise LabError('%s did not start' % what)
        time.sleep(0.03)
