# SPDX-License-Identifier: GPL-2.0
"""`make check`: the linters, each on all files that it applies to, and the golden tables."""

import concurrent.futures
import functools
import hashlib
import pathlib
import re
import subprocess

import judge
from check import layers, prose
from common import BUILD, JOBS, ROOT, Fail, output, say, sources, step
from jobs import package, userspace
from kernels import build, kernels
from measure import golden

CHECKPATCH = BUILD / "checkpatch"   # cached messages, by file
# Types of checkpatch messages that do not apply here.
IGNORE = {
    "LINE_SPACING": "EXPORT_SYMBOL() may follow a function, our own KPOOL_EXPORT_TEST() not",
    "COMPLEX_MACRO": "lists of fields and classes are macros of macros",
    "MACRO_ARG_PRECEDENCE": "the name of a struct member takes no parentheses",
    "MACRO_ARG_REUSE": "their X is a macro, not a value",
    "MACRO_ARG_UNUSED": "their rows have columns that a use may not need",
    "TRAILING_SEMICOLON": "their rows become declarations",
    "MULTISTATEMENT_MACRO_USE_DO_WHILE": "or fields, which it takes for statements",
    "MACRO_WITH_FLOW_CONTROL": "macros that define whole functions",
}

# Messages that recommend kernel API. These files implement that API, or run outside the kernel.
NOT_KERNEL = ("tools/userspace/", "tools/kpoolstat/", "tools/linux_modules/")
API = {"PREFER_DEFINED_ATTRIBUTE_MACRO", "VOLATILE", "MEMORY_BARRIER", "NEW_TYPEDEFS", "NR_CPUS",
       "CAMELCASE", "DATA_RACE", "AVOID_BUG", "USE_LOCKDEP", "PRINTK_WITHOUT_KERN_LEVEL",
       "LOGGING_CONTINUATION", "IS_ENABLED_CONFIG", "IN_ATOMIC", "EXPORT_SYMBOL", "ARRAY_SIZE",
       "STRCPY", "NAKED_SSCANF", "USE_NEGATIVE_ERRNO", "EMBEDDED_FUNCTION_NAME"}


def _run(command):
    """Nothing if the command succeeds silently, else its output."""
    done = subprocess.run([str(c) for c in command], cwd=ROOT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout.strip() or (f"exit status {done.returncode}" if done.returncode else "")


def _checkpatch(path):
    """Messages of checkpatch on a file. They are cached until the file changes."""
    script = kernels.parts("6.12") / "scripts/checkpatch.pl"
    command = ["perl", script, "--no-tree", "--strict", "--terse", "--show-types",
               "--no-summary", "--ignore", ",".join(IGNORE), "--file", path]
    known = CHECKPATCH / hashlib.sha256(f"{command}".encode() + path.read_bytes()).hexdigest()
    if not known.exists():
        # Drop perl's warnings, e.g. for a macro at the end of a file.
        text = re.sub(r"(?m)^Use of uninitialized value .*\n?", "", _run(command))
        if not all(re.search(r":\d+: (ERROR|WARNING|CHECK):", line) for line in text.splitlines()):
            raise Fail(f"checkpatch of {path}: {text[-500:]}")
        known.parent.mkdir(parents=True, exist_ok=True)
        known.write_text(text + "\n")
    return known.read_text()


def checkpatch():
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        text = "".join(pool.map(_checkpatch, sources(".c", ".h")))
    return "\n".join(line for line in text.splitlines()
                     if line and not _is_include(line) and not _is_api(line)
                     and not _is_layout(line))


# Reasons: layout of the kernel's trace headers; _Generic(), as the kernel uses it; functions that a
# kernel may lack, and the arguments of DEFINE_FREE(); a loop macro that ends in "else", like the
# kernel's for_each_if(); pr_info() and its relatives; a table. Only compat.h compares versions;
# checkpatch takes KERNEL_VERSION() on the right for a function.
LAYOUT = {"/kunit/misuse_rows.h": ("PARENTHESIS_ALIGNMENT",),
          "/module/compat.h": ("LINUX_VERSION_CODE", "CONSTANT_COMPARISON"),
          "/userspace/kernel/compiler.h": ("LINUX_VERSION_CODE",),
          "/module/types.h": ("ASSIGN_IN_IF", "BRACES", "TRAILING_STATEMENTS"),
          "/module/observe/trace.h": ("OPEN_ENDED_LINE", "PARENTHESIS_ALIGNMENT"),
          "/module/include/kpool_cache.h": ("CAMELCASE", "SPACING", "TRAILING_STATEMENTS"),
          "/module/include/kpool_printk.h": ("SPACING", "PREFER_PR_LEVEL",
                                             "UNNECESSARY_KERN_LEVEL"),
          "/module/include/kpool_kmalloc.h": ("WEAK_DECLARATION", "SUSPECT_CODE_INDENT")}


def _is_layout(message):
    """Is this a message about layout that LAYOUT allows?"""
    path, _, _, kind = message.split(":")[:4]
    return any(path.endswith(name) and kind in kinds for name, kinds in LAYOUT.items())


def _is_api(message):
    path, _, _, kind = message.split(":")[:4]
    return kind in API and any(place in path for place in NOT_KERNEL)


def _is_include(message):
    """checkpatch treats the name in __has_include(<linux/x.h>) as a comparison."""
    path, number, _, kind = message.split(":")[:4]
    line = pathlib.Path(path).read_text().splitlines()[int(number) - 1]
    return kind == "SPACING" and "__has_include(<" in line


def _warnings(modules, sparse=False):
    """Warnings for our files from the build of these modules. Report if sparse did not run."""
    stage = modules["kpool"].parents[1]
    log = (stage / "build/make.log").read_text(errors="replace")
    # make continues with a warning if sparse cannot be used.
    if sparse and "  CHECK   " not in log:
        return "sparse did not run"
    ours = re.compile(r"^(\S*/)?(module|kunit|tools)/\S+:\d+.*(warning|error):|modpost: ")
    lines = (line.replace(f"{stage}/", "") for line in log.splitlines())
    return "\n".join(dict.fromkeys(line for line in lines if ours.search(line)))


def _everything(built, **how):
    return build.modules(built, *build.everything(built.kernel), **how)


def _gcc(name):
    """Warnings of gcc (W=1), and of sparse, from the build of the tests' modules."""
    return _warnings(_everything(kernels.get(name)), sparse=name in build.SPARSE_SERIES)


def _llvm(name):
    """Warnings of a complete LLVM=1 build."""
    modules = _everything(kernels.prepared(name), label="-llvm",
                          make_args=(*build.STRICT, "LLVM=1"))
    if "clang" not in output(["readelf", "-p", ".comment", modules["kpool"]]):
        return "clang did not compile it"
    return _warnings(modules)


# The kernel's macros export several symbols per tracepoint.
EXPORT = re.compile(r"(?:__tracepoint_|__traceiter_|__probestub_|__SC[KT]__tp_func_)?kpool_\w+")


def exports():
    """All exported symbols share the kernel's namespace: each must begin with kpool_."""
    found = []
    for name in kernels.STOCK:
        symvers = build.modules(kernels.get(name))["kpool"].parents[1] / "Module.symvers"
        rows = [line.split("\t") for line in symvers.read_text().splitlines()]
        symbols = [symbol for _, symbol, module, *_ in rows if module.endswith("/kpool")]
        if "kpool_alloc" not in symbols:
            found.append(f"{name}: kpool's exports are not in {symvers}")
        found += [f"{name}: {symbol} has no prefix" for symbol in symbols
                  if not EXPORT.fullmatch(symbol)]
    return "\n".join(found)


def cache_flags():
    """Each SLAB_* flag of the stock kernels is in the drop-in page's table of flags."""
    page = (ROOT / "Documentation/drop-in.rst").read_text()
    named = set(re.findall(r"``(SLAB_\w+)``", page)) | {"SLAB_OBJ_MIN_SIZE"}   # not a flag
    flags = set()
    for name in kernels.STOCK:
        header, = kernels.get(name).kdir.parent.glob("linux-headers-*-common/include/linux/slab.h")
        flags |= set(re.findall(r"^# ?define (SLAB_\w+)", header.read_text(), re.M))
    if "SLAB_PANIC" not in flags:
        return "the kernels' flags were not found"
    return "\n".join(f"drop-in.rst does not say what becomes of {flag}"
                     for flag in sorted(flags - named))


def kernel_doc():
    script = kernels.get("6.12").kdir / "scripts/kernel-doc"
    files = [*sorted((ROOT / "module").rglob("*.[ch]")),
             *(ROOT / "tools/examples").glob("*.c")]
    return _run([script, "-none", "-Werror", *files])


def shellcheck():
    scripts = [*sources(".sh"), ROOT / ".ci/run", ROOT / "tools/install/copy-builtin",
               ROOT / "tools/test/vm/scripts/init", ROOT / "tools/kpoolstat/completion.bash",
               *(ROOT / "debian/tests").glob("[!c]*"), ROOT / "debian/tests/common.sh"]
    return _run(["shellcheck", "-x", "-e", "SC1091", *scripts])


def pyflakes():
    return _run(["pyflakes3", *sources(".py")])


def spdx():
    """The first line of each file, after the interpreter's line, names the licence."""
    files = [*sources(".c", ".h", ".py", ".sh", ".bt", ".config"), ROOT / "Makefile",
             ROOT / "Kbuild", ROOT / "dkms.conf", ROOT / "debian/rules", ROOT / "tools/install/copy-builtin",
             *(ROOT / "tools").rglob("Makefile"), *(ROOT / "tools/install/builtin").glob("[KM]*"),
             *(ROOT / "tools").rglob("Kbuild"), *ROOT.glob("*/Kbuild")]
    lines = {f: f.read_text().splitlines()[:2] for f in files}
    return "\n".join(f"{f.relative_to(ROOT)}: no SPDX line" for f, top in lines.items()
                     if "SPDX-License-Identifier: GPL-2.0" not in
                     "".join(top[1:] if top and top[0].startswith("#!") else top[:1]))


def version():
    """module/version.h defines the version; all other places must have the same version."""
    return package.mismatches()


# Variables of the module without __ro_after_init: they are written after init, fast paths must
# treat them as writable, or kmemleak must find them, which does not scan read-only data.
WRITTEN = {"kpool_debug_any", "kpool_handover_notes", "kpool_handover_places",
           "kpool_handover_probes", "kpool_handovers_found", "kpool_handovers_lost",
           "kpool_free_rcu_cpus", "kpool_magazine_no_room", "kpool_map_notifier", "kpool_map_run",
           "kpool_no_magazine", "kpool_nr_remembered", "kpool_record_tree",
           "kpool_reserve_irq_work", "kpool_sized_slot", "kpool_tracks", "kpool_trim_ms"}
VARIABLE = re.compile(r"^(?:static )?(?:(?:struct|enum|unsigned) )?\w+(?: __percpu)? \**"
                      r"(kpool_\w+)((?:\[[^]]*\])*[^=;(){}]*)(?: = [^;]*)?;$", re.M)


def read_only():
    """A variable of the module that only init writes is read-only afterwards."""
    return "\n".join(f"{path.relative_to(ROOT)}: {name} is neither __ro_after_init nor in the "
                     "list of what is written later"
                     for path in sorted((ROOT / "module").rglob("*.c"))
                     for name, rest in VARIABLE.findall(path.read_text())
                     if "__ro_after_init" not in rest and name not in WRITTEN)


LLVM_SERIES = ("6.1", "6.12")   # 7.3 takes a newer clang than Debian 12's
CHECKS = {
    "checkpatch": checkpatch,
    **{f"gcc_{name.replace('.', '_')}": functools.partial(_gcc, name) for name in kernels.STOCK},
    **{f"llvm_{name.replace('.', '_')}": functools.partial(_llvm, name) for name in LLVM_SERIES},
    **{check.__name__: check for check in (exports, cache_flags, kernel_doc, shellcheck, pyflakes,
                                           spdx, version, read_only)}}
CHECKS["layers"] = layers.check
CHECKS["prose"] = prose.check
# Checks of `make test`. Each other check takes longer than all of these.
QUICK = [name for name in CHECKS if not name.startswith("llvm")]
CHECKS["golden"] = golden.check
CHECKS["userspace"] = userspace.check


def check(names=()):
    """Run linters. Return their verdict."""
    verdict = judge.Verdict()
    out = BUILD / "test/lint"
    out.mkdir(parents=True, exist_ok=True)
    if unknown := set(names) - set(CHECKS):
        raise Fail(f"no check {', '.join(sorted(unknown))}; there are: {', '.join(CHECKS)}")
    for name in names or CHECKS:
        (out / f"{name}.log").unlink(missing_ok=True)
        with step(f"check: {name}"):
            try:
                found = CHECKS[name]()
            except Fail as error:
                found = str(error)
        if found:
            (out / f"{name}.log").write_text(found + "\n")
            lines = found.splitlines()
            verdict.problem(f"{name}: {len(lines)} lines\n      " + "\n      ".join(lines[:20]))
        else:
            verdict.passed += 1
    return verdict


def job(names):
    return functools.partial(check, names)


def main(names):
    verdict = check(names)
    for problem in verdict.problems:
        say(problem)
    say(f"{verdict.passed} passed, {verdict.failed} failed")
    return not verdict.failed
