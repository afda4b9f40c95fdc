# SPDX-License-Identifier: GPL-2.0
"""Builds the Debian packages, checks them with lintian, and uses them as users do.

autopkgtest runs debian/tests in a clean Debian with DKMS and the headers of two kernels. Then
guests with Debian's kernels load the installed modules and the example.
"""

import hashlib
import os
import re
import shutil
import subprocess

import judge
from check import docs
from common import BUILD, CACHE, ROOT, Fail, atomic_dir, output, run, say, step
from kernels import build, debs, kernels
from vm import guest

DEBS = BUILD / "deb"
OUT = BUILD / "test/package"
LOG = OUT / "root.log"
SERIES = ("6.1", "6.12")
SOURCES = (*build.SOURCES, "debian", "dkms.conf", "Documentation", "README.md", "CHANGELOG.md")
# Dependencies of the packages, and of building modules.
INCLUDE = ("apt-utils", "dctrl-tools", "dkms", "kmod", "openssl", "libncursesw6")
# Runs a command inside a root directory. Its mounts and processes end with it.
ENTER = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
         'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"')
ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/root",
       "DEBIAN_FRONTEND": "noninteractive"}
# Runs a program of the host with the mounts of a root directory.
AROUND = (*ENTER[:7], 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec "$@"')
TESTS = ("packages", "make-install", "dkms-autopkgtest")
WORDS = "/tmp/words"   # copy of the example in the root directory


def version():
    """The version of all of kpool. debugfs's file "version" contains it, too."""
    return re.search(r'KPOOL_VERSION\s+"(.*)"', (ROOT / "module/version.h").read_text())[1]


def mismatches():
    """Other places that name the version, where they differ."""
    named = {"dkms.conf": r'^PACKAGE_VERSION="(.*)"$', "debian/changelog": r"^kpool \((.*)\) ",
             "CHANGELOG.md": r"^## (\S+)"}
    found = {name: re.search(pattern, (ROOT / name).read_text(), re.M)
             for name, pattern in named.items()}
    return "\n".join(f"{name}: not version {version()}" for name, match in found.items()
                     if not match or match[1] != version())


def packages():
    """Build the packages: their paths. dpkg-buildpackage's log is beside them."""
    tree = build.stage("deb/kpool", SOURCES)
    # Manual pages need Sphinx and parts of a kernel's source, so make them before.
    docs.man(tree / "build/man")
    run(["dpkg-buildpackage", "-us", "-uc", "-b"], tree.parent / "build.log",
        "dpkg-buildpackage", cwd=tree)
    shutil.rmtree(DEBS, ignore_errors=True)
    DEBS.mkdir(parents=True)
    for path in tree.parent.glob(f"kpool*_{version()}_*"):
        path.rename(DEBS / path.name)
    return sorted(DEBS.glob("*.deb"))


def lintian():
    """All messages of lintian, pedantic ones too."""
    done = subprocess.run(["lintian", "--pedantic", "--allow-root", *DEBS.glob("*.changes")],
                          stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.strip() or (f"exit status {done.returncode}" if done.returncode else "")


def main():
    """make deb"""
    with step("Debian packages"):
        found = packages()
    with step("lintian"):
        complaints = lintian()
    for path in found:
        say(path.relative_to(ROOT))
    if complaints:
        raise Fail(f"lintian:\n{complaints}")


def _base(releases):
    """A clean Debian of the host's release, with the headers of these kernels: its directory."""
    headers = (f"linux-headers-{debs.name(r)}={r.version}" for r in releases)
    include = ",".join((*INCLUDE, *headers))
    key = hashlib.sha256(include.encode()).hexdigest()[:12]
    path = CACHE / f"root-{'_'.join(r.version for r in releases)}_{key}"
    if not path.exists():
        with atomic_dir(path) as tmp:
            debs.derive_sources("", tmp)
            sources = [file for file in tmp.iterdir() if file.stat().st_size]
            # Use the host's settings, e.g. proxies.
            options = output(["apt-config", "--format", '%F "%v";%n', "dump", "Acquire"])
            (tmp / "apt.conf").write_text(options)
            run(["unshare", "--mount", "mmdebstrap", "--mode=root", "--variant=minbase",
                 f"--include={include}", f"--aptopt={tmp / 'apt.conf'}", "bookworm",
                 tmp / "root", *sources],
                tmp / "mmdebstrap.log", "a root directory with Debian",
                env={**os.environ, "INITRD": "No"})   # it is never booted
    return path / "root"


class Root:
    """A copy of the clean Debian, which tests may change."""

    def __init__(self, base):
        self.path = OUT / "root"
        shutil.rmtree(self.path, ignore_errors=True)
        run(["cp", "-a", "--reflink=auto", base, self.path], LOG)

    def run(self, *command):
        run([*ENTER, self.path, *command], LOG, " ".join(command), env=ENV)

    def output(self, *command):
        return output([*ENTER, self.path, *command], env=ENV).strip()

    def program(self, path):
        """A program and its libraries, as files of a guest."""
        names = [path, *re.findall(r"/\S+", self.output("ldd", path))]
        return {name[1:]: self.path / self.output("realpath", name)[1:] for name in names}


def _autopkgtest(root):
    """Run debian/tests in the root directory; each is a test."""
    out, log = OUT / "autopkgtest", OUT / "autopkgtest.log"
    tree = build.stage("package", SOURCES)
    with open(log, "w") as printed:
        subprocess.run([*AROUND, root.path, "autopkgtest", "--no-built-binaries", "--output-dir", out,
                        *DEBS.glob("*.deb"), f"{tree}/", "--", "chroot", root.path],
                       stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT)
    summary = (out / "summary").read_text() if (out / "summary").exists() else ""
    found = dict(re.findall(r"^(\S+) +(\w+)", summary, re.M))
    verdict = judge.Verdict()
    for name in TESTS:
        if found.get(name) == "PASS":
            verdict.passed += 1
        else:
            verdict.problem(f"{name}: {found.get(name, 'not run')}, see {log}")
    return verdict


def _install(root):
    for path in DEBS.glob("*.deb"):
        shutil.copy(path, root.path / "tmp")
    root.run("sh", "-c", "apt-get -y --no-install-recommends --reinstall install /tmp/*.deb")
    root.run("cp", "-r", "/usr/share/doc/kpool-dkms/examples", WORDS)


def _boot(root, release):
    """Boot a guest with the installed module, the example and the viewer."""
    name = debs.name(release)
    modules = root.path / "lib/modules" / name
    root.run("make", "-C", WORDS, "clean", "all", f"RELEASE={name}")
    root.run("install", "-D", "-t", f"/lib/modules/{name}/extra", f"{WORDS}/kpool_words.ko")
    root.run("depmod", name)
    files = {str(path.relative_to(root.path)): path
             for pattern in ("modules.*", "updates/**/*.ko*", "extra/*.ko")
             for path in modules.glob(pattern)}
    files |= root.program("/sbin/modprobe") | root.program("/usr/sbin/kpoolstat")
    files |= {"package.sh": guest.SCRIPTS / "package.sh", "settings": f"VERSION={version()}\n",
              "words/kpool_words.ko": modules / "extra/kpool_words.ko",
              "run.sh": guest.script("package")}
    result = guest.boot(kernels.get(release.series), files, OUT / release.series, 300)
    shutil.rmtree(modules / "extra")
    return judge.judge(result)


def _test(what, function, *args):
    """The verdict on a case."""
    with step(f"package: {what}"):
        try:
            found = function(*args)
        except Fail as error:
            found = str(error)
    if isinstance(found, judge.Verdict):
        return found
    verdict = judge.Verdict(passed=int(not found))
    if found:
        verdict.problem(f"{what}: {found}")
    return verdict


def job():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    packages()
    verdict = _test("lintian", lintian)
    if os.geteuid() != 0:
        say("    package: not installed anywhere, which takes root")
        return judge.total(verdict, judge.Verdict(skipped=1))
    releases = [debs.choose(series) for series in SERIES]
    with step("package: a clean Debian"):
        root = Root(_base(releases))
    # In this order: guests load what the tests before installed.
    verdict = judge.total(verdict, _test("debian/tests", _autopkgtest, root),
                          _test("install the packages", _install, root),
                          *(_test(f"a guest with {debs.name(release)}", _boot, root, release)
                            for release in releases))
    if not verdict.failed:
        shutil.rmtree(root.path)
    return verdict
