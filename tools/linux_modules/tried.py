# SPDX-License-Identifier: GPL-2.0
"""Compiles and links further modules of Linux to run on kpool, and lists the reasons of failures.
Whether a module hands blocks over to other code must be checked before it is used."""

import hashlib
import json
import re

import judge
from common import BUILD, Fail, output, say, step
from kernels import build, kernels
from linux_modules import redirected
from measure.report import table

KERNEL = "6.12"
OUT = BUILD / "stage/tried"
RESULTS = BUILD / "test/tried.json"
NOT_LINKED = "not with kpool"
HEAD = """\
Further modules
===============

``make test-clients`` compiled and linked these of Linux {kernel} to run on kpool, without a warning except where the
table has one. Linked modules neither call the kernel's functions that free nor pass on their addresses, as far as these
are known by name. They were not run. This does not find memory that a module leaves in a field for other code to free:
:ref:`hand-overs` lists such fields. Some modules need more of the kernel's source than their directory and Debian's
headers.
"""
MODULES = (
    "fs/9p/9p", "fs/autofs/autofs4", "fs/configfs/configfs", "fs/erofs/erofs", "fs/exfat/exfat",
    "fs/ext4/ext4", "fs/fat/fat", "fs/isofs/isofs", "fs/minix/minix", "fs/squashfs/squashfs",
    "fs/udf/udf", "drivers/block/brd", "drivers/block/loop", "drivers/block/nbd",
    "drivers/block/zram/zram", "drivers/md/dm-mod", "drivers/net/bonding/bonding",
    "drivers/net/tun", "drivers/net/veth", "drivers/net/vxlan/vxlan",
    "drivers/net/wireguard/wireguard", "drivers/nvme/target/nvmet", "net/9p/9pnet",
    "net/batman-adv/batman-adv", "net/bridge/bridge", "net/openvswitch/openvswitch",
    "net/sctp/sctp", "net/tipc/tipc", "sound/core/snd",
)
# Headers that some modules include from the directory above.
HEADERS = ("*/fs/internal.h", "*/fs/mount.h")
# A module on kpool may not call any of these functions, nor pass their addresses.
FREEING = re.compile(r"^(kfree|kfree_sensitive|kfree_const|kmem_cache_free(_bulk)?|ksize|__ksize|"
                     r"kvfree_call_rcu|krealloc(_noprof)?|kfree_link|kfree_strarray|bitmap_free|"
                     r"seq_release_private|mempool_kv?free|sock_kz?free_s)$")


def _source():
    """The source of all modules: its directory, which must not change."""
    directories = {module.rpartition("/")[0] for module in MODULES}
    # tar accepts each name once: directories within another one are unpacked with it.
    members = sorted(f"*/{each}" for each in directories
                     if not any(each.startswith(f"{other}/") for other in directories))
    members += HEADERS
    key = hashlib.sha256(" ".join(members).encode()).hexdigest()[:12]
    return kernels.source(KERNEL, f"tried-{key}", *members)


def _reason(log):
    """The first error of make, without the path of the file."""
    text = log.read_text(errors="replace") if log.exists() else ""
    found = re.search(r"^\S*?([\w-]+/[\w.-]+):\d+:\d+: (?:fatal )?error: (.*)$", text, re.M)
    if found:
        return f"{found[1]}: {found[2]}"
    found = re.search(r"^ERROR: modpost: (.*)$", text, re.M)
    return found[1] if found else "it is not built, by this kernel's configuration"


def _compile(built, source, module, kpool=None):
    """Why the module cannot be compiled and linked, or an empty string. kpool: its build
    directory; None: build the module unchanged."""
    directory, _, name = module.rpartition("/")
    out = OUT / ("kpool" if kpool else "kmalloc") / name
    flags, symbols = (), None
    if kpool:
        flags, symbols = redirected.redirection(kpool, name), kpool / "Module.symvers"
    try:
        made = redirected.compile_modules(built, source, directory, (name,), out, flags, symbols)
    except Fail:
        return _reason(out / "make.log")
    if not made[name].exists():
        return _reason(out / "make.log")
    wanted = output(["nm", "-u", "-j", made[name]]).split()
    left = sorted(symbol for symbol in wanted if kpool and FREEING.match(symbol))
    return f"it still calls {', '.join(left)}" if left else ""


def _try(built, source, module, kpool):
    """(outcome, reason) of a module."""
    reason = _compile(built, source, module, kpool)
    if not reason:
        warned = redirected.warnings(OUT / "kpool" / module.rpartition("/")[2] / "make.log")
        return "linked", re.sub(r"^\S*/", "", warned[0]) if warned else ""
    if _compile(built, source, module):
        return "not without kpool, either", reason
    return NOT_LINKED, reason


def report():
    """Lines of the page with the results, if there are any."""
    if not RESULTS.exists():
        return []
    rows = [[module, *(field or "-" for field in result)]
            for module, result in json.loads(RESULTS.read_text()).items()]
    return [HEAD.format(kernel=KERNEL), *table([["module", "outcome", "why, or a warning"], *rows])]


def job():
    """Fail for each module that is linked without kpool and not with it."""
    built, source = kernels.get(KERNEL), _source()
    with step("tried: build"):
        kpool = build.modules(built)["kpool"].parents[1]
    results, verdict = {}, judge.Verdict()
    for module in MODULES:
        with step(f"tried: {module}"):
            results[module] = _try(built, source, module, kpool)
        outcome, reason = results[module]
        if outcome == NOT_LINKED:
            verdict.problem(f"{module}: {reason}")
        elif outcome != "linked":
            say(f"    {module}: {reason}")
            verdict.skipped += 1
        else:
            verdict.passed += 1
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1))
    return verdict
