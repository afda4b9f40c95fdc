# SPDX-License-Identifier: GPL-2.0
"""The job `docs`: what README.md and Documentation show is so.

Every command in them is executed: here, in a fresh copy of the sources; in a guest, if it is
root's; or by another job, as the table below says. A command is a line behind "$ " or "# " in a
console block, or a literal in the text that begins with one of PROGRAMS and has arguments.
What follows it in the block is its output: the words in it must be in the real one.
"""

import base64
import dataclasses
import fnmatch
import importlib
import inspect
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import types

import judge
from check import docfacts
from common import BUILD, ROOT, Fail, step
from kernels import build, kernels
from vm import guest

KERNEL = "6.12"
OUT = BUILD / "test/docs"
PROGRAMS = (r"(?:make|insmod|rmmod|modprobe|modinfo|python3|tools/[\w/.-]+|"
            r"kpoolstat(?! recording)) ")
ROOTS = r"insmod|rmmod|modprobe|kpoolstat"   # of these, root's in the text, too
BLOCK = {".rst": re.compile(r"^( *)\.\. code-block:: console\n\n((?:\1 +\S.*\n|\n)+)", re.M),
         ".md": re.compile(r"^()```console\n((?:.*\n)*?)```$", re.M)}
OTHER_BLOCK = {".rst": re.compile(r"^( *)(?!\.\. )\S?.*::\n\n((?:\1 +\S.*\n|\n)+)", re.M),
               ".md": re.compile(r"^()```(?:sh)?\n((?:.*\n)*?)```$", re.M)}
LITERAL = {".rst": re.compile(r"``([^`]+)``"), ".md": re.compile(r"(?<!`)`([^`]+)`(?!`)")}
# Commands that another job executes: a pattern, the job, the function of ours that both come to
# (or else the job's own), and, where it is no command of run.py, what that function calls: if that
# is a guest's script, the command is in it.
CI = ".ci/run"
ELSEWHERE = {
    "make test": (CI, "suite.test"),
    "make test ONLY=*": (CI, "suite.test"),
    "make test-all": (CI, "suite.test"),
    "make test-clients": (CI, "suite.test"),
    "make check*": ("lint", "check.lint.check"),
    "make userspace": ("lint", "jobs.userspace.userspace"),
    "make golden": ("lint", "measure.golden.measure"),
    "make bench*": ("bench", "measure.bench.measure"),
    "make misuse": ("misuse", "jobs.misuse.measure"),
    "make deb": ("package", "jobs.package.packages"),
    "make dkms": ("package", "jobs.package._cases", "dkms"),
    "make undkms": ("package", "jobs.package._cases", "undkms"),
    "cp -r /usr/share/doc/kpool-dkms/examples *": ("package", "jobs.package._cases",
                                                   "/usr/share/doc/kpool-dkms/examples"),
    "make -C words RELEASE=*": ("package", "jobs.package._example", "make"),
    "modinfo -F signer kpool": ("package", "jobs.package._built", "signer"),
    "modprobe kpool": ("package", "jobs.package._boot", "package.sh"),
    "insmod words/*": ("package", "jobs.package._boot", "package.sh"),
    "echo 'to be or not to be' *": ("package", "jobs.package._boot", "package.sh"),
    "cat /sys/kernel/debug/kpool_words": ("package", "jobs.package._boot", "package.sh"),
    "cat /sys/kernel/debug/kpool/heaps/words/stats": ("package", "jobs.package._boot",
                                                      "package.sh"),
    "make screenshot": ("kpoolstat-guest", "jobs.viewer.guest_job"),
    "make scale": ("scale", "measure.scale.scale"),
    "python3 -B tools/test/run.py run *": ("6.12", "suite.run_guest"),
    "BPFTRACE_MAP_KEYS_MAX=* tools/bpftrace/*.bt": ("tracing", "", "tools/bpftrace"),
    "make kunit": ("6.12", "kernels.build.modules", "kunit"),
    "make -C tools/userspace *": ("lint", "jobs.userspace.make", "-C"),
    "tools/install/copy-builtin TREE": ("builtin-um", "kernels.builtin._tree", "tools/install/copy-builtin"),
    "tools/testing/kunit/kunit.py run *": ("builtin-um", "", "tools/testing/kunit/kunit.py"),
}
# A result of the benchmark, to be drawn and written.
RESULT = {"kernel": KERNEL, "mode": "exact", "workload": "hot_64", "metric": "insn_pair",
          "value": 100}
# What clients cost, to be written.
FIGURES = {KERNEL: [["overlayfs", variant, "held", "1"] for variant in ("kmalloc", "kpool")]}


@dataclasses.dataclass
class Command:
    page: pathlib.Path
    text: str
    root: bool = False
    shown: str = ""   # of its output

    @property
    def name(self):
        return f"{self.page.name}: {self.text.splitlines()[0]}"

    @property
    def in_guest(self):
        return self.root and not self.text.startswith(("make install", "make uninstall"))

    @property
    def late(self):
        """After the guest: it is about recordings made there, or nothing may follow it."""
        return ".rec" in self.text or self.text == "make distclean"

    def missing(self, text):
        """Words shown that are not in its output."""
        shown, real = (set(re.findall(r"[a-z][a-z_]{2,}", part)) for part in (self.shown, text))
        return " ".join(sorted(shown - real))


def _goes_on(text):
    """Does the last line, or a here-document, go on?"""
    here = re.search(r"<<'(\w+)'", text)
    return text.endswith("\\") or (here and not text.endswith(f"\n{here[1]}"))


def _in_block(page, body):
    found = []
    for line in inspect.cleandoc(body).splitlines():
        if found and _goes_on(found[-1].text):
            found[-1].text += f"\n{line}"
        elif line[:2] in ("$ ", "# "):
            found.append(Command(page, re.sub(r" +# .*", "", line[2:]), line[0] == "#"))
        elif found:
            found[-1].shown += f"{line}\n"
        else:
            raise Fail(f"{page.name}: a console block begins without a command: {line}")
    return found


def _on_page(page):
    """All commands that a page shows, those in its text last."""
    text = page.read_text()
    blocks, literal = BLOCK[page.suffix], LITERAL[page.suffix]
    found = sum((_in_block(page, match[2]) for match in blocks.finditer(text)), [])
    rest = blocks.sub("", text)
    for match in OTHER_BLOCK[page.suffix].finditer(rest):
        for line in match[2].splitlines():
            if re.match(rf" *([$#] \w|{PROGRAMS})", line):
                raise Fail(f"{page.name}: to be in a console block: {line.strip()}")
    words = dict.fromkeys(" ".join(match[1].split()) for match in literal.finditer(rest))
    return found + [Command(page, text, bool(re.match(ROOTS, text)))
                    for text in words if re.match(PROGRAMS, text)]


def commands():
    """All that README.md and Documentation show. Of root's, one is executed each time."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md",
             *sorted((ROOT / "Documentation").rglob("*.rst"))]
    found = sum(map(_on_page, pages), [])
    seen = {command.text for command in found if command.root}
    unique = []
    for command in found:
        if command.root or command.text not in seen:
            unique.append(command)
            seen.add(command.text)
    return unique


# Those of other jobs.

def _codes(function):
    """A function's code, and that of the functions in it."""
    found = [function.__code__]
    for code in found:
        found += [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return found


def _constants(values):
    """All of them, those in tuples too."""
    return [each for value in values
            for each in (_constants(value) if isinstance(value, tuple) else [value])]


def _reaches(function, target, seen):
    """May a function come to another one of ours, by the names in its code?"""
    function = inspect.unwrap(function) if callable(function) else function
    if function is target:
        return True
    if not inspect.isfunction(function) or function in seen:
        return False
    seen.add(function)
    names = {name for code in _codes(function) for name in code.co_names}
    found = [function.__globals__[name] for name in names & function.__globals__.keys()]
    found += [getattr(module, name) for module in found if inspect.ismodule(module)
              and str(getattr(module, "__file__", "")).startswith(str(ROOT / "tools"))
              for name in names if hasattr(module, name)]
    found += [value for table in found if isinstance(table, dict) for value in table.values()]
    return any(_reaches(each, target, seen) for each in found)


def _expand(command, tree, env):
    """What make runs for a target."""
    for name in re.findall(r" ([A-Z_]+)=", command):
        if f"$({name})" not in (tree / "Makefile").read_text():
            raise Fail(f"the Makefile has no {name}")
    done = subprocess.run(["make", "-n", "--no-print-directory", *shlex.split(command)[1:]],
                          cwd=tree, env=env, text=True, stdin=subprocess.DEVNULL,
                          capture_output=True)
    if done.returncode:
        raise Fail(f"make -n says: {done.stderr.strip()}")
    return done.stdout


def _called(command, tree, env):
    """The function that run.py calls for a command."""
    text = _expand(command, tree, env) if command.startswith("make ") else command
    words = re.search(r"tools/test/run\.py ((?:\\\n|.)*)$", text, re.M)
    try:
        args = importlib.import_module("run").parser().parse_args(
            shlex.split(words[1].replace("\\\n", " ")))
    except (SystemExit, TypeError):
        raise Fail("it is no command of run.py") from None
    if unknown := {*filter(None, getattr(args, "only", "").split(","))} - _jobs().keys():
        raise Fail(f"no job {', '.join(unknown)}")
    return args.function


def _jobs():
    suite = importlib.import_module("suite")
    return {**suite.JOBS, **suite.MORE}


def _check_elsewhere(command, tree, env, job, target, calls=None):
    """Fail unless the job does what the command does."""
    if job == CI:
        ci = re.search(r"^exec (make test)\b", (ROOT / CI).read_text(), re.M)
        start = _called(ci[1], tree, env)
    else:
        start = _jobs()[job]
    module, _, name = target.rpartition(".")
    function = inspect.unwrap(getattr(importlib.import_module(module), name) if target else start)
    if not _reaches(start, function, set()):
        raise Fail(f"the job {job} does not come to {target}")
    if calls and not any(calls in _constants(code.co_consts) for code in _codes(function)):
        raise Fail(f"{target or job} does not call {calls}")
    if calls and calls.endswith(".sh") and command not in (guest.SCRIPTS / calls).read_text():
        raise Fail(f"{calls} does not execute it")
    if not calls and not _reaches(_called(command, tree, env), function, set()):
        raise Fail(f"it does not come to {target}")


def elsewhere(found, tree, env, verdict):
    """Check that other jobs execute what the table says; the commands that are left."""
    left, used = [], set()
    for command in found:
        text = " ".join(command.text.replace("\\\n", " ").split())
        key = next((key for key in ELSEWHERE if fnmatch.fnmatchcase(text, key)), None)
        used.add(key)
        if not key:
            left.append(command)
            continue
        try:
            _check_elsewhere(command.text, tree, env, *ELSEWHERE[key])
            verdict.passed += 1
        except Fail as error:
            verdict.problem(f"{command.name}: {error}")
    for key in ELSEWHERE.keys() - used:
        verdict.problem(f"no page shows {key}")
    return left


# Those executed here.

def _copy():
    """A fresh copy of the sources, with results of the benchmark and of clients."""
    tree = build.stage("docs")
    shutil.copytree(ROOT / "Documentation", tree / "Documentation")
    for name in ("README.md", "CONTRIBUTING.md"):
        shutil.copy2(ROOT / name, tree)
    results = tree / "build/bench/results.json"
    results.parent.mkdir(parents=True)
    results.write_text(json.dumps([{**RESULT, "allocator": name}
                                   for name in ("kmalloc", "kmem_cache", "kpool")]))
    figures = tree / "build/test/clients.json"
    figures.parent.mkdir()
    figures.write_text(json.dumps(FIGURES))
    return tree


def on_host(found, tree, env, placeholders, verdict):
    """Execute commands, those of a page in one shell."""
    for page in dict.fromkeys(command.page for command in found):
        mine = [command for command in found if command.page == page]
        out = OUT / "host" / page.stem
        out.mkdir(parents=True, exist_ok=True)
        first = len(list(out.iterdir()))
        script = ""
        for number, command in enumerate(mine, first):
            text = command.text
            for placeholder, value in placeholders.items():
                text = text.replace(placeholder, value)
            script += (f"{{ {text}\n}} >'{out}/{number}' 2>&1\n"
                       f"echo \"status $?\" >>'{out}/{number}'\n")
        with step(f"docs: {page.name}: {len(mine)} commands"):
            subprocess.run(["bash", "-c", script], cwd=tree, env=env, stdin=subprocess.DEVNULL)
        for number, command in enumerate(mine, first):
            text = (out / str(number)).read_text(errors="replace")
            if missing := command.missing(text):
                verdict.problem(f"{command.name}: not in its output: {missing}")
            elif text.endswith("status 0\n"):
                verdict.passed += 1
            else:
                verdict.problem(f"{command.name}:\n{text[-500:]}")


# Those executed in a guest.

SCRIPT = """\
. /lib.sh
cd / && mkdir output && mount -t tracefs tracefs /sys/kernel/tracing
shown() { sh "/commands/$1" >"/output/$1" 2>&1 || { cat "/output/$1"; return 1; }; }
begin() {
	for module in hello kpool; do
		! loaded $module || rmmod $module || return 1
	done
	[ "$1" = insmod ] || insmod module/kpool.ko
}
"""
END = """\
for number in $(ls output | sort -n); do echo "output $number"; cat "output/$number"; done
for file in *.rec; do echo "recording $file"; base64 "$file"; done
echo "that is all"
finish
"""


def _files(tree):
    """What a guest needs of the tree: modules, and the viewer with its libraries."""
    viewer = tree / "tools/kpoolstat/kpoolstat"
    found = {str(path.relative_to(tree)): path for path in
             (viewer, *tree.glob("module/*.ko"), *tree.glob("hello/*.ko"),
              *tree.glob("linux/**/*.ko"))}
    return {**found, **guest.program("kpoolstat", viewer)}


def in_guest(found, tree, env, verdict):
    """Execute commands in one guest, each page with kpool just loaded, unless it does that
    itself; recordings are put into the tree."""
    files, script, page = _files(tree), SCRIPT, None
    for number, command in enumerate(found):
        text = command.text
        if text.startswith("make "):
            text = _expand(text, tree, env).splitlines()[-1]
        if command.page != page:
            page = command.page
            script += f"step {page.name} begin {text.split()[0]}\n"
        files[f"commands/{number}"] = text
        script += f"step {shlex.quote(command.name)} shown {number}\n"
    files["run.sh"] = script + END
    with step(f"docs: {len(found)} commands in a guest"):
        result = guest.boot(kernels.get(KERNEL), files, OUT / "guest", 300)
    seen = judge.judge(result)
    text = result.script.read_text(errors="replace").replace("\r", "")
    part = r"((?:(?!output \d+$|recording |that is all$).*\n)*)"
    outputs = dict(re.findall(rf"^output (\d+)\n{part}", text, re.M))
    for number, command in enumerate(found):
        if missing := command.missing(outputs.get(str(number), "")):
            seen.problem(f"{command.name}: not in its output: {missing}")
    for name, data in re.findall(rf"^recording (\S+)\n{part}", text, re.M):
        (tree / name).write_bytes(base64.b64decode(data))
    verdict.passed += seen.passed
    verdict.failed += seen.failed
    verdict.problems += seen.problems


def job():
    verdict = judge.Verdict()
    shutil.rmtree(OUT, ignore_errors=True)
    for what, documented, real in docfacts.facts():
        if documented == real:
            verdict.passed += 1
        else:
            verdict.problem(f"{what}: documented {documented}, in the sources {real}")
    built, tree = kernels.get(KERNEL), _copy()
    kdir, image = str(built.kdir), str(built.image)
    env = {**os.environ, "KDIR": kdir, "DESTDIR": str(OUT / "root"),
           "PATH": f"{os.environ['PATH']}:{tree}/tools/kpoolstat"}
    placeholders = {"/lib/modules/RELEASE/build": kdir, "/lib/modules/$(uname -r)/build": kdir,
                    "BUILD_DIRECTORY": kdir, "IMAGE": image,
                    "/usr/src/linux-source-6.12.tar.xz": str(kernels.source_archive(KERNEL)),
                    "make distclean": "XDG_CACHE_HOME=$PWD/build make distclean"}
    left = elsewhere(commands(), tree, env, verdict)
    here = [command for command in left if not command.in_guest]
    on_host([c for c in here if not c.late], tree, env, placeholders, verdict)
    in_guest([c for c in left if c.in_guest], tree, env, verdict)
    on_host([c for c in here if c.late], tree, env, placeholders, verdict)
    return verdict
