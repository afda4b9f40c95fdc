# SPDX-License-Identifier: GPL-2.0
"""Messages to the user if the host lacks something. Also what make passes to the kernel's build,
where make installs, and what DKMS reads."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

from common import ROOT, output
from kernels import build

# Programs that packages.sh runs itself. Programs that it looks for are left out.
TOOLS = ("sh", "bash", "id", "ls", "mktemp", "rm", "date", "tail", "grep", "sed", "cat",
         "make", "uname", "env", "ldd")
# Settings that dkms.conf may not have: DKMS warns about them at each build.
DEPRECATED = ("REMAKE_INITRD", "MODULES_CONF", "MODULES_CONF_OBSOLETES",
              "MODULES_CONF_ALIAS_TYPE", "MODULES_CONF_OBSOLETE_ONLY")
# A fake kernel's makefile, which creates empty files.
FAKE_KERNEL = """\
modules:
	@echo built with $(if $(LLVM),LLVM,gcc)
	@touch $(addsuffix /kpool.ko,$(wildcard $(M) $(M)/module)) $(M)/Module.symvers
modules_install:
	@install -D -t $(INSTALL_MOD_PATH)/lib/modules/6.12.0-fake/$(INSTALL_MOD_DIR) $(M)/kpool.ko
"""
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def _try(command, env):
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "LC_ALL": "C", **env},
                          stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def _bare_path(tmp, *more, fake=()):
    """A PATH with basic programs only, as on a host with nothing else installed. The programs in
    fake do nothing."""
    bare = tmp / "-".join(("bin", *more, *fake))
    bare.mkdir()
    for name in fake:
        (bare / name).symlink_to(shutil.which("true"))
    for tool in (*TOOLS, *more):
        if found := shutil.which(tool):
            (bare / tool).symlink_to(found)
    return str(bare)


def _kernel(kdir, release="6.12.0-fake", config=""):
    """A build directory that looks like a kernel's."""
    for name, text in (("Makefile", FAKE_KERNEL),
                       ("include/generated/utsrelease.h", f'#define UTS_RELEASE "{release}"\n'),
                       ("include/config/auto.conf", config)):
        (kdir / name).parent.mkdir(parents=True, exist_ok=True)
        (kdir / name).write_text(text)
    return kdir


def _sources(tree):
    """The files that make needs to build and install, in a new directory."""
    (tree / "tools").mkdir(parents=True)
    shutil.copy2(ROOT / "Makefile", tree)
    shutil.copytree(ROOT / "tools/install", tree / "tools/install")
    shutil.copytree(ROOT / "module", tree / "module", ignore=build.PRODUCTS)
    return tree


def _builds(tmp):
    """Cases of compilers and directories that the user names."""
    kernel = _kernel(tmp / "kernel")
    clang = _kernel(tmp / "clang", config="CONFIG_CC_IS_CLANG=y\n")
    tree = _sources(tmp / "tree")
    make = ["make", "-C", tree, f"KDIR={kernel}"]
    yield ("no compiler", make, {"PATH": _bare_path(tmp)}, "gcc is missing")
    yield ("no compiler of a target", [*make, "CROSS_COMPILE=arch-"], {}, "arch-gcc is missing")
    yield ("no compiler of that name", [*make, "CC=cache gcc"], {}, "CC: cache is missing")
    yield ("no clang", [*make, "LLVM=1"], {"PATH": _bare_path(tmp, "gcc")},
           "clang is missing(.|\n)*apt-get install clang lld")
    yield ("no clang of that version", [*make, "LLVM=-99"], {}, "clang-99 is missing")
    yield ("no linker of LLVM's", [*make, "LLVM=1"],
           {"PATH": _bare_path(tmp, fake=["clang"])}, "ld.lld is missing")
    yield ("a clang's kernel", ["make", "-C", tree, f"KDIR={clang}"], {}, "make LLVM=1")
    debian = _kernel(tmp / "debian")
    (debian / ".kernelvariables").write_text("CC = $(if $(CACHE),cache) one-gcc-12\n")
    yield ("no compiler that the headers name", ["make", "-C", tree, f"KDIR={debian}"], {},
           "one-gcc-12 is missing(.|\n)*apt-get install gcc-12")
    for name in "a b", "a:b", "a$b", "a#b", "a,b", "a'b", "a%b":
        handle = f"cannot handle a directory of this name: {re.escape(str(tmp / name))}"
        yield (f"KDIR is '{name}'", ["make", "-C", tree, f"KDIR={_kernel(tmp / name / 'k')}"], {},
               f"KDIR: .*{handle}/k")
        yield (f"the sources are in '{name}'",
               ["make", "-C", _sources(tmp / name / "s"), f"KDIR={kernel}"], {},
               f"kpool's sources: .*{handle}/s")
        yield (f"the cache is in '{name}'", ["tools/install/packages.sh", "guest"],
               {"XDG_CACHE_HOME": str(tmp / name)}, f"cache of kernels: .*{handle}")
    (tmp / "link").symlink_to(tmp / "a b/k")
    yield ("KDIR leads to 'a b'", ["make", "-C", tree, f"KDIR={tmp}/link"], {},
           "KDIR: .*cannot handle .*/a b/k")
    for name in "O", "MO", "KBUILD_OUTPUT":
        yield (f"make {name}=", [*make, f"{name}={tmp}/out"], {}, f"{name}=: kpool is built in")
    yield ("KBUILD_OUTPUT of the environment", make, {"KBUILD_OUTPUT": str(tmp)},
           "KBUILD_OUTPUT=: kpool is built in")
    for target in "dkms", "undkms":
        yield (f"make {target} elsewhere", [*make, target, f"INSTALL_MOD_PATH={tmp}/to"], {},
               f"make {target} is for this system")


def _works(tmp):
    """Cases that succeed: their whole output must match the pattern."""
    tree = _sources(tmp / "works")
    make = ["make", "-s", "-C", tree, f"KDIR={_kernel(tmp / 'installer')}"]
    clang = f"KDIR={_kernel(tmp / 'by-clang', config='CONFIG_CC_IS_CLANG=y')}"
    llvm = {"PATH": _bare_path(tmp, "echo", "touch", fake=["clang", "ld.lld", "llvm-ar"])}
    yield "LLVM without gcc", [*make, "LLVM=1"], llvm, "built with LLVM\n"
    yield "a clang's kernel by LLVM", [*make, clang, "LLVM=1"], llvm, "built with LLVM\n"
    yield "a clang's kernel by CC", [*make, clang, "CC=clang"], llvm, "built with gcc\n"
    debian = _kernel(tmp / "by-debian")
    (debian / ".kernelvariables").write_text("CC = one-gcc\n")
    yield ("the compiler that the headers name", [*make, f"KDIR={debian}"],
           {"PATH": _bare_path(tmp, "echo", "touch", fake=["one-gcc"])}, "built with gcc\n")

    depmod = tmp / "own/depmod"
    depmod.parent.mkdir()
    depmod.write_text('#!/bin/sh\necho depmod "$@"\n')
    depmod.chmod(0o755)
    path = {"PATH": f"{depmod.parent}:{os.environ['PATH']}"}
    to, lib = tmp / "to", "lib/modules/6.12.0-fake"
    below = [f"INSTALL_MOD_PATH={to}"]
    find = f'"$@" && find {to} -type f -printf "%P\\n" | sort | grep -v include/kpool_'
    for target, more, ran, files in (
            ("install", below, f"depmod -b {to} 6.12.0-fake\n",
             f"{lib}/extra/kpool.ko\n{lib}/kpool/Module.symvers\n{lib}/kpool/include/kpool.h\n"),
            ("uninstall", below, f"depmod -b {to} 6.12.0-fake\n", ""),
            ("modules_install", below, f"depmod -b {to} 6.12.0-fake\n",
             f"{lib}/extra/kpool.ko\n"),
            ("uninstall", below, f"depmod -b {to} 6.12.0-fake\n", ""),
            ("modules_install", [*below, "INSTALL_MOD_DIR=my"], f"depmod -b {to} 6.12.0-fake\n",
             f"{lib}/my/kpool.ko\n"),
            ("uninstall", [*below, "INSTALL_MOD_DIR=my"], f"depmod -b {to} 6.12.0-fake\n", ""),
            ("modules_install", [f"DESTDIR={to}", "INSTALL_MOD_PATH=/root"], "",
             f"root/{lib}/extra/kpool.ko\n"),
            ("uninstall", [f"DESTDIR={to}", "INSTALL_MOD_PATH=/root"], "", "")):
        built = "" if target == "uninstall" else "built with gcc\n"
        yield (f"make {target} {' '.join(more)}", ["sh", "-c", f"{find}; :", "sh", *make, target,
                                                   *more], path, re.escape(built + ran + files))
    yield ("dkms.conf has nothing deprecated",
           ["bash", "-c", '. ./dkms.conf; for name; do [ -z "${!name+set}" ] || echo "$name"; done; '
            'echo "CLEAN=$CLEAN"', "bash", *DEPRECATED], {}, "CLEAN=(true)?\n")


def _cases(tmp):
    """(name, command, environment, pattern that the output must have)."""
    packages = "tools/install/packages.sh"
    yield ("KDIR missing", ["make", f"KDIR={tmp}/none"], {}, "there is no directory")
    yield ("KDIR wrong", ["make", f"KDIR={tmp}"], {}, "not a kernel's build directory")
    yield ("kernel too old", ["make", f"KDIR={_kernel(tmp / 'old', '5.10.0-42')}"], {},
           r"5\.10\.0-42 is too old: kpool needs 6\.1")
    yield ("SLOB", ["gcc", "-E", "-nostdinc", "-DCONFIG_SLOB", "-x", "c", "module/compat.h"], {},
           "kpool does not work with CONFIG_SLOB")
    yield ("not Debian", [packages, "guest"], {"PATH": _bare_path(tmp, "dpkg")},
           r"there is no apt-get(.|\n)*qemu-system-x86")
    if os.geteuid() == 0 and shutil.which("setpriv"):
        yield ("no root", [*NOBODY, packages, "guest"],
               {"PATH": _bare_path(tmp, "apt-get", "setpriv"), "HOME": str(tmp)},
               r"packages are missing:.*qemu-system-x86(.|\n)*apt-get install")
        yield ("install without root", [*NOBODY, "tools/install/ready.sh", "install", "root"],
               {"PATH": _bare_path(tmp, "setpriv")}, "it takes root(.|\n)*sudo make install\n")
        for what, command, env in (("typed", ["unload", "KDIR=/k/b", "LLVM=1"], {}),
                                   ("in the environment", ["unload", "LLVM=1"], {"KDIR": "/k/b"})):
            yield (f"unload without root, KDIR {what}", [*NOBODY, "make", *command],
                   {"MAKEFLAGS": "", **env},
                   r"it takes root(.|\n)*sudo make unload (KDIR=/k/b LLVM=1|LLVM=1 KDIR=/k/b)\n")
    yield ("DKMS missing", ["tools/install/ready.sh", "dkms", "dkms"],
           {"PATH": _bare_path(tmp, "true")}, "dkms is missing(.|\n)*apt-get install dkms")
    yield ("the example without kpool", ["make", "-C", "tools/examples", f"KPOOL={tmp}/none"], {},
           "kpool is not installed for")
    offline = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
               "XDG_CACHE_HOME": str(tmp / "cache")}
    cut = ["unshare", "-n"] if output(["unshare", "-n", "echo", "yes"]) else []
    yield ("no network", [*cut, "python3", "-B", "tools/test/run.py", "fetch", "6.12"],
           offline, r"cannot download linux-image(.|\n)*network")
    yield ("no network, another suite",
           [*cut, "python3", "-B", "tools/test/run.py", "fetch", "7.3"],
           offline, r"cannot get the package lists of trixie-backports(.|\n)*network")
    yield ("no network, another architecture",
           [*cut, "python3", "-B", "tools/test/run.py", "fetch", "6.1-s390x"],
           offline, r"cannot get the package lists of s390x(.|\n)*network")
    yield ("no kernel tree", ["tools/install/copy-builtin", str(tmp)], {},
           "not a kernel's source tree: it has no Kbuild")
    yield ("unknown kernel", ["make", "demo", "KERNEL=2.6"], {}, "no kernel '2.6'")
    yield ("unknown job", ["make", "test", "ONLY=none"], {}, "no job none")


TMP = tempfile.TemporaryDirectory(prefix="kpool-host-")
HERE = pathlib.Path(TMP.name)
HERE.chmod(0o755)


def _parameters(cases):
    return pytest.mark.parametrize("command, env, pattern", [
        pytest.param(command, env, pattern, id=what.replace(TMP.name, "TMP"))
        for what, command, env, pattern in cases])


@_parameters([*_cases(HERE), *_builds(HERE)])
def test_says_what_is_wrong(command, env, pattern):
    status, text = _try(command, env)
    assert status and re.search(pattern, text) and "Traceback" not in text


# In sequence: a case may remove what the case before installed.
@pytest.mark.xdist_group("works")
@_parameters(_works(HERE))
def test_succeeds_and_says_no_more(command, env, pattern):
    status, text = _try(command, env)
    assert (status, re.fullmatch(pattern, text) is not None) == (0, True), text
