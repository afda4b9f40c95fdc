# SPDX-License-Identifier: GPL-2.0
"""The job `docs`: checks that the commands in README.md and Documentation work.

Every command is executed: here, in a fresh copy of the sources; in a guest, if it is for root; or
by another job, which the page names. A command is a line that begins with "$ " or "# " in a
console block, or a literal in the text that begins with one of PROGRAMS and has arguments. The
lines after it in the block show its output: their words must be in the real output.

A page names the job in a comment. ".. job: NAME" (in Markdown, "<!-- job: NAME -->") above a
console block is for all commands of the block. ".. job: NAME: COMMAND" is for COMMAND, which may
be a pattern, on all pages.
"""

import base64
import dataclasses
import fnmatch
import inspect
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import judge
from common import BUILD, ROOT, Fail, step
from kernels import build, kernels
from vm import guest

KERNEL = "6.12"
OUT = BUILD / "test/docs"
PROGRAMS = (r"(?:make|insmod|rmmod|modprobe|modinfo|python3|tools/[\w/.-]+|"
            r"kpoolstat(?! recording)) ")
ROOTS = r"insmod|rmmod|modprobe|kpoolstat"   # PROGRAMS that need root, also in the text
TAG = {".rst": re.compile(r"^ *\.\. job: ([\w.-]+): (.+)$", re.M),
       ".md": re.compile(r"^<!-- job: ([\w.-]+): (.+) -->$", re.M)}
BLOCK = {".rst": re.compile(r"^( *)(?:\.\. job: ([\w.-]+)\n\n\1)?\.\. code-block:: console\n\n"
                            r"((?:\1 +\S.*\n|\n)+)", re.M),
         ".md": re.compile(r"^()(?:<!-- job: ([\w.-]+) -->\n)?```console\n((?:.*\n)*?)```$", re.M)}
OTHER_BLOCK = {".rst": re.compile(r"^( *)(?!\.\. )\S?.*::\n\n((?:\1 +\S.*\n|\n)+)", re.M),
               ".md": re.compile(r"^()```(?:sh)?\n((?:.*\n)*?)```$", re.M)}
OTHER_LANGUAGE = re.compile(r"^```(?!console|sh)\w+\n(?:.*\n)*?```$", re.M)
LITERAL = {".rst": re.compile(r"``([^`]+)``"), ".md": re.compile(r"(?<!`)`([^`]+)`(?!`)")}
# A result of the benchmark, for commands that draw and write results.
RESULT = {"kernel": KERNEL, "mode": "exact", "workload": "hot_64", "metric": "insn_pair",
          "value": 100}
# Results of clients, for the command that writes them.
FIGURES = {KERNEL: [["overlayfs", variant, "held", "1"] for variant in ("kmalloc", "kpool")]}


@dataclasses.dataclass
class Command:
    page: pathlib.Path
    text: str
    root: bool = False
    shown: str = ""   # output shown on the page
    job: str = ""     # job that executes it, if the page names one

    @property
    def name(self):
        return f"{self.page.name}: {self.text.splitlines()[0]}"

    @property
    def line(self):
        return " ".join(self.text.replace("\\\n", " ").split())

    @property
    def in_guest(self):
        return self.root and not self.text.startswith(("make install", "make uninstall"))

    @property
    def late(self):
        """Run after the guest: it needs the guest's recordings, or must be last."""
        return ".rec" in self.text or self.text == "make distclean"

    def missing(self, text):
        """Words of the shown output that are not in text, the real one."""
        shown, real = (set(re.findall(r"[a-z][a-z_]{2,}", part)) for part in (self.shown, text))
        return " ".join(sorted(shown - real))


def _goes_on(text):
    """Does the command continue on the next line, by a backslash or a here-document?"""
    here = re.search(r"<<'(\w+)'", text)
    return text.endswith("\\") or (here and not text.endswith(f"\n{here[1]}"))


def _in_block(page, job, body):
    found = []
    for line in inspect.cleandoc(body).splitlines():
        if found and _goes_on(found[-1].text):
            found[-1].text += f"\n{line}"
        elif line[:2] in ("$ ", "# "):
            found.append(Command(page, re.sub(r" +# .*", "", line[2:]), line[0] == "#",
                                 job=job or ""))
        elif found:
            found[-1].shown += f"{line}\n"
        else:
            raise Fail(f"{page.name}: a console block begins without a command: {line}")
    return found


def _on_page(page):
    """All commands on a page; those in its text come last."""
    text = page.read_text()
    blocks, literal = BLOCK[page.suffix], LITERAL[page.suffix]
    found = sum((_in_block(page, *match.groups()[1:]) for match in blocks.finditer(text)), [])
    rest = OTHER_LANGUAGE.sub("", blocks.sub("", text))
    for match in OTHER_BLOCK[page.suffix].finditer(rest):
        for line in match[2].splitlines():
            if re.match(rf" *([$#] \w|{PROGRAMS})", line):
                raise Fail(f"{page.name}: to be in a console block: {line.strip()}")
    words = dict.fromkeys(" ".join(match[1].split()) for match in literal.finditer(rest))
    return found + [Command(page, text, bool(re.match(ROOTS, text)))
                    for text in words if re.match(PROGRAMS, text)]


def _pages():
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md",
            *sorted((ROOT / "Documentation").rglob("*.rst"))]


def tags():
    """Jobs that pages name for commands: pattern -> job."""
    return {pattern: job for page in _pages()
            for job, pattern in TAG[page.suffix].findall(page.read_text())}


def commands():
    """All commands in README.md and Documentation, without duplicates except root's."""
    found = sum(map(_on_page, _pages()), [])
    seen = {command.text for command in found if command.root}
    unique = []
    for command in found:
        if command.root or command.text not in seen:
            unique.append(command)
            seen.add(command.text)
    return unique


# Commands of other jobs.

def _expand(command, tree, env):
    """Return the commands that make runs for a target."""
    for name in re.findall(r" ([A-Z_]+)=", command):
        if f"$({name})" not in (tree / "Makefile").read_text():
            raise Fail(f"the Makefile has no {name}")
    done = subprocess.run(["make", "-n", "--no-print-directory", *shlex.split(command)[1:]],
                          cwd=tree, env=env, text=True, stdin=subprocess.DEVNULL,
                          capture_output=True)
    if done.returncode:
        raise Fail(f"make -n says: {done.stderr.strip()}")
    return done.stdout


def _check(command, tree, env):
    """Fail unless a command that runs jobs, or that a job executes, is valid for make or run.py."""
    import run
    import suite
    text = command.line
    if text.startswith("make ") and " -C " not in text:
        rule = re.search(rf"^(?:[\w-]+ )*{text.split()[1]}(?: [\w-]+)*:([^#\n]*)",
                         (tree / "Makefile").read_text(), re.M)
        if not rule:
            raise Fail("the Makefile has no such target")
        # Do not expand targets of kbuild's products: `make -n` would need their parts.
        text = text if rule[1].strip() else _expand(text, tree, env)
    for words in re.findall(r"tools/test/run\.py ((?:\\\n|.)*)$", text, re.M):
        try:
            args = run.parser().parse_args(shlex.split(words.replace("\\\n", " ")))
        except SystemExit:
            raise Fail("it is no command of run.py") from None
        if getattr(args, "only", ""):
            suite.choose(args.tier, args.only)
    if command.job and command.job not in suite.JOBS:
        raise Fail(f"no job {command.job}")


def elsewhere(found, tree, env, verdict):
    """Check commands that run jobs and commands that jobs execute. Return the others."""
    left, named = [], tags()
    used = set()
    for command in found:
        fits = {pattern for pattern in named if fnmatch.fnmatchcase(command.line, pattern)}
        used |= fits
        command.job = command.job or next((named[pattern] for pattern in fits), "")
        if not command.job and not command.line.startswith("make test"):
            left.append(command)
            continue
        try:
            _check(command, tree, env)
            verdict.passed += 1
        except Fail as error:
            verdict.problem(f"{command.name}: {error}")
    for pattern in named.keys() - used:
        verdict.problem(f"no page shows {pattern}, which job {named[pattern]} is named for")
    return left


# Commands executed here.

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
    """Execute commands, all of a page in one shell."""
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


# Commands executed in a guest.

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
    """Files of the tree for a guest: modules, and the viewer with its libraries."""
    viewer = tree / "tools/kpoolstat/kpoolstat"
    found = {str(path.relative_to(tree)): path for path in
             (viewer, *tree.glob("module/*.ko"), *tree.glob("hello/*.ko"),
              *tree.glob("linux/**/*.ko"))}
    return {**found, **guest.program("kpoolstat", viewer)}


def in_guest(found, tree, env, verdict):
    """Execute commands in one guest. kpool is loaded anew for each page, unless its first command
    does that. Copy the guest's recordings into the tree."""
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
