# SPDX-License-Identifier: GPL-2.0
"""Checks the drop-in page's table of kernel names: it lists each name that the drop-in must know,
and its claims are true. The names are those in the headers of all three stock kernels."""

import csv
import fnmatch
import re
import shutil

import judge
from common import BUILD, ROOT, output, step
from kernels import kernels

TABLE = ROOT / "Documentation/drop-in-names.csv"
INCLUDE = ROOT / "module/include"
OUT = BUILD / "stage/names"
# Names of functions that allocate, free, resize, measure or charge slab objects. slab.h: all names.
FAMILY = re.compile(r"k[vz]?(malloc|zalloc|calloc|realloc|free)|kv[mzcr]\w*alloc|memdup|strn?dup|"
                    r"kv?asprintf|(^|_)ksize|slab|(^|_)kmem_|mempool_\w*(free|alloc|slab)|"
                    r"build_skb|^alloc_inode_sb$|^bitmap_z?(alloc|free)|seq_release_private|sock_kz?free")
# Not included: hooks of allocators for sanitizers and KUnit, and names that only look similar.
OTHERS = re.compile(r"^_*(kasan|kmsan|kfence|kunit|kvm|trace)_|(block|chunk|walk)size|"
                    r"^(likely|unlikely|sizeof|typeof|offsetof)$")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
NAME = re.compile(r"\b([a-z_]\w*)\s*\(|^\s*#\s*define\s+(\w+)", re.M)
DEFINE = re.compile(r"^#(define|undef) (\w+)(.*)$", re.M)
HEADERS = ("linux/module.h", "linux/slab.h", "linux/fs.h", "linux/seq_file.h", "linux/skbuff.h",
           "linux/mempool.h", "linux/string_helpers.h", "linux/bitmap.h", "linux/netdevice.h",
           "linux/pci.h", "linux/usb.h", "linux/blkdev.h", "linux/bpf.h", "linux/suspend.h",
           "linux/acpi.h", "net/sock.h", "net/tcp.h", "net/netlink.h", "sound/core.h",
           "crypto/hash.h", "crypto/skcipher.h", "rdma/ib_verbs.h", "drm/drm_device.h")
MODES = {"plain": (), "caches": ("-DKPOOL_REDIRECT_CACHES",)}
ACTIONS = ("redirected", "refused", "safe", "redirected with caches", "refused with caches")


def table():
    """The drop-in's action by name, or by pattern of names."""
    found = {}
    with open(TABLE, newline="") as file:
        for row in csv.DictReader(file):
            for name in row["names"].split(", "):
                found[name] = row["the drop-in"]
    return found


def action(actions, name):
    """The table's entry for a name, or None."""
    if name in actions:
        return actions[name]
    return next((does for pattern, does in actions.items() if fnmatch.fnmatch(name, pattern)),
                None)


def names(built):
    """Names in a kernel's headers that must be in the table."""
    common = re.search(r"[\w.+-]+-common\b", (built.kdir / "Makefile").read_text())[0]
    found = set()
    for path in (built.kdir.parent / common / "include").rglob("*.h"):
        text = COMMENT.sub("", path.read_text(errors="replace"))
        for name in (one or other for one, other in NAME.findall(text)):
            if FAMILY.search(name) and not OTHERS.search(name) and not name.isupper():
                found.add(name)
    return found


def _make(built, directory, goal, *flags):
    """Output of kbuild for one file of a directory, even if it fails."""
    flags = " ".join(flags)
    (directory / "Kbuild").write_text(f"obj-m := names.o\nccflags-y += {flags}\n")
    return output(["sh", "-c", f"make -C {built.kdir} M={directory} {goal} 2>&1; true"])


def _macros(built, directory, *flags):
    """Macros that are defined after all headers: name -> text."""
    (directory / "names.c").write_text("".join(f"#include <{name}>\n" for name in HEADERS))
    (directory / "names.i").unlink(missing_ok=True)
    log = _make(built, directory, "names.i", "-dD", *flags)
    if not (directory / "names.i").exists():
        return None, log
    found = {}
    for what, name, text in DEFINE.findall((directory / "names.i").read_text()):
        if what == "define":
            found[name] = text
        else:
            found.pop(name, None)
    return found, log


def _reaches(macros, name, prefix):
    """Does the macro of that name expand to a function with that prefix?"""
    seen, todo = set(), [name]
    while todo:
        each = todo.pop()
        if each.startswith(prefix):
            return True
        if each in macros and each not in seen:
            seen.add(each)
            todo += re.findall(r"[A-Za-z_]\w*", macros[each])
    return False


def _refusals(built, directory, wanted, *flags):
    """The compiler's error for a use of each name, if any."""
    lines = ["#include <linux/slab.h>", "#include <linux/skbuff.h>"]
    lines += [f"void *use_{name}(void); void *use_{name}(void) {{ return (void *){name}; }}"
              for name in wanted]
    (directory / "names.c").write_text("\n".join(lines) + "\n")
    log = _make(built, directory, "names.o", *flags)
    said = dict(re.findall(r"names\.c:(\d+):\d+: error: (.*)", log))
    return {name: said.get(str(number), "") for number, name in enumerate(wanted, 3)}


def _check(built, mode, actions, found, verdict):
    """Check the table's claims on one kernel."""
    directory = OUT / built.kernel.name / mode
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    flags = (f"-I{INCLUDE}", f"-include {INCLUDE}/kpool_kmalloc.h", *MODES[mode])
    where = f"{built.kernel.name}, {mode}"
    plain, log = _macros(built, directory)
    macros, more = _macros(built, directory, *flags)
    if plain is None or macros is None:
        verdict.problem(f"{where}: the headers are not read: {(log + more)[-800:]}")
        return
    claims = {}
    for name in found:
        does = action(actions, name) or "missing"
        if does.endswith(" with caches"):
            does = does.split()[0] if mode == "caches" else "safe"
        claims.setdefault(does, []).append(name)
    for name in claims.get("redirected", ()):
        if not _reaches(macros, name, ("kpool_redirect_", "kpool_cache_")):
            verdict.problem(f"{where}: {name} is not redirected: {macros.get(name)}")
        else:
            verdict.passed += 1
    for name in claims.get("safe", ()):
        if macros.get(name) != plain.get(name):
            verdict.problem(f"{where}: {name} is not left alone: {macros.get(name)}")
        else:
            verdict.passed += 1
    for name, said in _refusals(built, directory, claims.get("refused", []), *flags).items():
        if "kpool: " not in said:
            verdict.problem(f"{where}: {name} is not refused: '{said}'")
        else:
            verdict.passed += 1


# Files that must compile, and files that must not, with the compiler's message.
GOOD = {
    "pr_fmt": ('#define pr_fmt(fmt) "mine: " fmt\n#define dev_fmt(fmt) "mine: " fmt\n'
               "#include <linux/device.h>\n#include <linux/module.h>\n"
               'int use(void); int use(void) { pr_info("in\\n"); pr_debug("%d\\n", 1);\n'
               'pr_warn_once("x\\n"); pr_err_ratelimited("y\\n"); return 0; }\n'),
    "no pr_fmt": ("#include <linux/module.h>\n#include <linux/net.h>\n#include <linux/suspend.h>\n"
                  'int use(void); int use(void) { pr_info("in\\n"); net_dbg_ratelimited("%d", 2);\n'
                  'pr_debug("%d\\n", 1); pr_warn_once("x\\n"); return 0; }\n'),
    "a prefix with arguments": ('#define pr_fmt(fmt) "%s: " fmt, __func__\n'
                                "#include <linux/module.h>\nint use(void); int use(void)\n"
                                '{ pr_info("in %d\\n", 1); pr_debug("x\\n"); return 0; }\n'),
    "build_skb of a page": ("#include <linux/skbuff.h>\nvoid *use(void *p); void *use(void *p)\n"
                            "{ return build_skb(p, 2048); }\n"),
}
BAD = {
    "build_skb of a block": ("#include <linux/skbuff.h>\nvoid *use(void *p); void *use(void *p)\n"
                             "{ return build_skb(p, 0); }\n"),
}
# Calls of exempted functions. Functions of other headers than slab.h and string.h come last.
EXEMPT = ("kmalloc)(8, GFP_KERNEL", "kzalloc)(8, GFP_KERNEL", "kcalloc)(2, 8, GFP_KERNEL",
          'kasprintf)(GFP_KERNEL, "%d", 8', "krealloc)(p, 8, GFP_KERNEL",
          "kmemdup_nul)(p, 8, GFP_KERNEL", "kvmalloc)(8, GFP_KERNEL")
EXEMPT_VOID = ("kfree)(p", "kfree_sensitive)(p", "kvfree)(p")
EXEMPT_MORE = ("kmemdup_array)(p, 2, 8, GFP_KERNEL", "kvmemdup)(p, 8, GFP_KERNEL",
               "kvcalloc_node)(2, 8, GFP_KERNEL, 0", "slab_build_skb)(p", "build_skb)(p, 0")


def _uses(calls, *more):
    """A file with a function for each call of an exempted function, including void ones."""
    text = "#include <linux/module.h>\n#include <linux/slab.h>\n"
    for number, call in enumerate((*calls, *more)):
        result = "" if call in EXEMPT_VOID else "return "
        text += (f"void *use_{number}(void *p); void *use_{number}(void *p)\n"
                 f"{{ {result}KPOOL_EXEMPT({call}); {'' if result else 'return p;'} }}\n")
    return text


def _files(built, verdict):
    """Compile files that must compile without warnings, and files that must fail."""
    directory = OUT / built.kernel.name / "files"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    flags = (f"-I{INCLUDE}", f"-include {INCLUDE}/kpool_kmalloc.h", "-Werror")
    cases = [(what, text, (), "") for what, text in GOOD.items()]
    cases += [(what, text, (), "error: .*kpool: ") for what, text in BAD.items()]
    calls = EXEMPT + EXEMPT_VOID
    cases.append(("KPOOL_EXEMPT", _uses(calls, *EXEMPT_MORE), (), ""))
    cases.append(("KPOOL_EXEMPT with the header off", _uses(calls),
                  ("-DKPOOL_REDIRECT_OFF",), ""))
    for what, text, more, pattern in cases:
        (directory / "names.c").write_text(text)
        (directory / "names.o").unlink(missing_ok=True)
        log = _make(built, directory, "names.o", *flags, *more)
        made = (directory / "names.o").exists()
        if made == (not pattern) and re.search(pattern, log):
            verdict.passed += 1
        else:
            verdict.problem(f"{built.kernel.name}: {what}: {log[-800:]}")


def job():
    """Each missing name and each wrong claim is a problem."""
    verdict, actions, known = judge.Verdict(), table(), set()
    for does in sorted(set(actions.values()) - set(ACTIONS)):
        verdict.problem(f"the table has '{does}'")
    for series in kernels.STOCK:
        built = kernels.get(series)
        with step(f"names: the headers of {series}"):
            found = names(built)
        known |= found
        for name in sorted(found):
            if action(actions, name) is None:
                verdict.problem(f"{series}: {name} is not in {TABLE.name}")
        for mode in MODES:
            with step(f"names: {series}, {mode}"):
                _check(built, mode, actions, found, verdict)
        with step(f"names: {series}, files"):
            _files(built, verdict)
    for pattern in actions:
        if not fnmatch.filter(known, pattern) and not pattern.isupper():
            verdict.problem(f"{TABLE.name} has {pattern}, and no kernel")
    return verdict
