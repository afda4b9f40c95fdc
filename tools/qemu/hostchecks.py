# SPDX-License-Identifier: GPL-2.0
"""What a user reads when the host lacks something: a clear message each time."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import judge
from common import ROOT, output, step

# Programs that packages.sh runs itself; what it looks for is left out.
TOOLS = ("sh", "bash", "id", "ls", "mktemp", "rm", "date", "tail", "grep", "sed", "cat",
         "make", "uname", "env", "ldd")
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def _try(command, env):
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "LC_ALL": "C", **env},
                          stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def _bare_path(tmp, *more):
    """A PATH with only basic programs, as on a host that has nothing installed."""
    bare = tmp / "-".join(("bin", *more))
    bare.mkdir()
    for tool in (*TOOLS, *more):
        if found := shutil.which(tool):
            (bare / tool).symlink_to(found)
    return str(bare)


def _old_kernel(tmp):
    """A build directory that claims to be of an old kernel."""
    kdir = tmp / "old"
    (kdir / "include/generated").mkdir(parents=True)
    (kdir / "Makefile").write_text("")
    (kdir / "include/generated/utsrelease.h").write_text('#define UTS_RELEASE "5.10.0-42"\n')
    return kdir


def _cases(tmp):
    """(what, command, environment, pattern that the output must have)."""
    packages = "tools/setup/packages.sh"
    yield ("KDIR missing", ["make", f"KDIR={tmp}/none"], {}, "there is no directory")
    yield ("KDIR wrong", ["make", f"KDIR={tmp}"], {}, "not a kernel's build directory")
    yield ("kernel too old", ["make", f"KDIR={_old_kernel(tmp)}"], {},
           r"5\.10\.0-42 is too old: kpool needs 6\.1")
    yield ("no compiler", ["make"], {"PATH": _bare_path(tmp)}, "gcc is missing")
    yield ("not Debian", [packages, "test"], {"PATH": _bare_path(tmp, "dpkg")},
           r"there is no apt-get(.|\n)*qemu-system-x86")
    if os.geteuid() == 0 and shutil.which("setpriv"):
        yield ("no root", [*NOBODY, packages, "test"],
               {"PATH": _bare_path(tmp, "apt-get", "setpriv"), "HOME": str(tmp)},
               r"packages are missing:.*qemu-system-x86(.|\n)*apt-get install")
        yield ("install without root", [*NOBODY, "tools/setup/ready.sh", "install", "root"],
               {"PATH": _bare_path(tmp, "setpriv")}, "it takes root(.|\n)*sudo make install")
    yield ("DKMS missing", ["tools/setup/ready.sh", "dkms", "dkms"],
           {"PATH": _bare_path(tmp, "true")}, "dkms is missing(.|\n)*apt-get install dkms")
    yield ("the example without kpool", ["make", "-C", "tools/examples", f"KPOOL={tmp}/none"], {},
           "kpool is not installed for")
    offline = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
               "XDG_CACHE_HOME": str(tmp / "cache")}
    cut = ["unshare", "-n"] if output(["unshare", "-n", "echo", "yes"]) else []
    yield ("no network", [*cut, "python3", "-B", "tools/qemu/run.py", "fetch", "6.12"],
           offline, r"cannot download linux-image(.|\n)*network")
    yield ("no network, another suite",
           [*cut, "python3", "-B", "tools/qemu/run.py", "fetch", "7.3"],
           offline, r"cannot get the package lists of trixie-backports(.|\n)*network")
    yield ("no network, another architecture",
           [*cut, "python3", "-B", "tools/qemu/run.py", "fetch", "6.1-s390x"],
           offline, r"cannot get the package lists of s390x(.|\n)*network")
    yield ("no kernel tree", ["tools/copy-builtin", str(tmp)], {},
           "not a kernel's source tree: it has no Kbuild")
    yield ("unknown kernel", ["make", "demo", "KERNEL=2.6"], {}, "no kernel '2.6'")
    yield ("unknown job", ["make", "test", "ONLY=none"], {}, "no job none")


def job():
    """Each case must fail and say why."""
    verdict = judge.Verdict()
    with step("host: messages when something is missing"), \
         tempfile.TemporaryDirectory() as name:
        tmp = pathlib.Path(name)
        tmp.chmod(0o755)
        for what, command, env, pattern in _cases(tmp):
            status, text = _try(command, env)
            if status and re.search(pattern, text) and "Traceback" not in text:
                verdict.passed += 1
            else:
                verdict.problem(f"{what}: status {status}, no message like "
                                f"'{pattern}' in:\n{text[-600:]}")
    return verdict
