# SPDX-License-Identifier: GPL-2.0
"""A guest: its initramfs, and QEMU to run it."""

import dataclasses
import os
import pathlib
import re
import secrets
import shutil
import signal
import stat
import subprocess
import time

from common import Fail, output, say
from kernels import debs
from vm import machines

SCRIPTS = pathlib.Path(__file__).parent / "scripts"
# Emulation by default: slower, but the same on all hosts. KPOOL_ACCEL=kvm is faster.
ACCEL = os.environ.get("KPOOL_ACCEL", "tcg")
# No self-tests of crypto: on newer kernels their threads run for seconds beside our tests.
CMDLINE = "panic=-1 oops=panic log_buf_len=16M cryptomgr.notests=1"
_running = set()
# With "quiet" the kernel does not print this line.
STARTED = "Run /init as init process"
BOOTS = 3
EXACT = ("-icount", "shift=0,sleep=off", "-seed", "1",
         "-rtc", "base=2026-01-01,clock=vm")


@dataclasses.dataclass
class Result:
    """Output and status of a guest; judge.py interprets them."""
    log: pathlib.Path        # the kernel's console
    script: pathlib.Path     # output of the guest's script
    token: str
    status: int              # QEMU's exit status
    timed_out: bool
    seconds: float
    exit_port: bool          # could the guest choose the status?


def _newc(name, mode, data=b"", inode=0):
    """An entry of a cpio archive in the kernel's format."""
    name = name.encode() + b"\0"
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    entry = b"070701" + b"".join(b"%08X" % f for f in fields) + name
    entry += b"\0" * (-len(entry) % 4) + data
    return entry + b"\0" * (-len(data) % 4)


def initramfs(path, files, busybox=None):
    """Write an initramfs with busybox, our init, and files (name: path or text)."""
    busybox = busybox or shutil.which("busybox")
    if not busybox:
        raise Fail("busybox is missing (package busybox-static)")
    files = {"init": SCRIPTS / "init", "lib.sh": SCRIPTS / "lib.sh",
             "bin/busybox": pathlib.Path(busybox), **files}
    dirs = {"bin", "dev", "proc", "sys", "tmp"}
    dirs |= {str(parent) for name in files
             for parent in pathlib.PurePath(name).parents if str(parent) != "."}
    out = b"".join(_newc(d, stat.S_IFDIR | 0o755) for d in sorted(dirs))
    for inode, (name, content) in enumerate(files.items(), 1):
        data = content.encode() if isinstance(content, str) else content.read_bytes()
        out += _newc(name, stat.S_IFREG | 0o755, data, inode)
    path.write_bytes(out + _newc("TRAILER!!!", 0))


def program(name, path=None):
    """A program of the host, by its name or path, with its libraries: files of a guest."""
    path = path or shutil.which(name)
    if not path:
        raise Fail(f"the program {name} is missing")
    libraries = re.findall(r"(/\S+) \(0x", output(["ldd", path]))
    return {f"bin/{name}": pathlib.Path(path),
            **{library.lstrip("/"): pathlib.Path(library) for library in libraries}}


def script(*names):
    """A guest script that runs the named scripts in sequence."""
    return ". /lib.sh\nabout\n" + "".join(f". /{n}.sh\n" for n in names) + "finish\n"


def files(modules, scripts, settings, where=SCRIPTS):
    """Files of a guest that runs scripts of a directory in sequence. modules: name -> path."""
    found = {f"modules/{name}.ko": path for name, path in modules.items()}
    found |= {f"{name}.sh": where / f"{name}.sh" for name in scripts}
    found["run.sh"] = script(*scripts)
    found["settings"] = "".join(f"{key}='{value}'\n" for key, value in settings.items())
    return found


def boot(built, files, out, timeout, *, append="", exact=False, echo=False, extra=(),
         watch=None):
    """Boot a kernels.Built with an initramfs of files, and wait for its end. extra: more options
    of QEMU. watch: called with the result from time to time while the guest runs."""
    out.mkdir(parents=True, exist_ok=True)
    initrd = out / "initramfs"
    initramfs(initrd, files, built.busybox)
    # Use a fixed token if the guest's instructions are counted: all runs must be equal.
    token = "0123456789abcdef" if exact else secrets.token_hex(8)
    machine = built.machine
    result = Result(out / "console.log", out / "script.log", token, -1, False, 0.0,
                    machine.exit_port)
    result.script.write_text("")
    # timeout(1) ends the guest if this process has died.
    cmd = ["timeout", "-k", "5", str(timeout + 30), f"qemu-system-{machine.qemu}",
           *_machine(built, exact), *extra, "-kernel", str(built.image),
           "-initrd", str(initrd), *_channels(machine, result), "-append",
           f"console={machine.console} {CMDLINE} kpool_token={token} "
           f"kpool_script={machine.script} {built.kernel.append}{append}"]
    run(cmd, result, timeout, echo, watch)
    initrd.unlink()
    return result


def _topology(kernel):
    """QEMU's options for CPUs and memory: equal parts on each node, one socket per node."""
    if kernel.nodes == 1:
        return ("-smp", str(kernel.cpus))
    cpus, memory = kernel.cpus // kernel.nodes, kernel.memory // kernel.nodes
    options = ["-smp", f"{kernel.cpus},sockets={kernel.nodes},cores={cpus}"]
    for node in range(kernel.nodes):
        options += ["-object", f"memory-backend-ram,id=m{node},size={memory}M", "-numa",
                    f"node,nodeid={node},cpus={node * cpus}-{(node + 1) * cpus - 1},"
                    f"memdev=m{node}"]
    return options


def _channels(machine, result):
    """QEMU's options for the two serial lines, each to a file."""
    for name, path in (("log", result.log), ("script", result.script)):
        # In QEMU's options "," ends a value, and ",," is a comma.
        yield from ("-chardev", f"file,id={name},path={str(path).replace(',', ',,')}")
    yield from machine.channels


def _machine(built, exact):
    """QEMU's options for the machine. exact: one CPU that counts instructions."""
    kernel = built.kernel
    hole = built.machine.hole if kernel.hole else ()
    common = (*built.machine.options, *hole, "-m", f"{kernel.memory}M", "-nographic", "-nodefaults",
              "-no-reboot")
    if exact:
        return ("-accel", "tcg", "-smp", "1", *EXACT, *common)
    if ACCEL == "kvm" and built.machine is machines.TABLE[debs.HOST]:
        return ("-accel", "kvm", *_topology(kernel), *common)
    # With many more virtual CPUs than real ones, spinning CPUs would delay the others.
    threads = "multi" if kernel.cpus <= 4 else "single"
    return ("-accel", f"tcg,thread={threads}", *_topology(kernel), *common)


def run(cmd, result, timeout, echo=False, watch=None):
    """Run QEMU until its kernel starts its init, at most BOOTS times: rarely QEMU's threads fail
    when the kernel patches its own code during boot."""
    for boot_number in range(1, BOOTS + 1):
        _once(cmd, result, timeout, echo, watch)
        if (result.timed_out or boot_number == BOOTS
                or STARTED in result.log.read_text(errors="replace")):
            return
        say(f"    {result.log.parent.name}: QEMU stopped while the kernel booted; booting again")
        result.log.rename(result.log.with_name(f"console-{boot_number}.log"))


def _once(cmd, result, timeout, echo, watch):
    """Run QEMU once. echo: print the script's output as it arrives."""
    start = time.monotonic()
    with open(result.log.with_name("qemu.log"), "wb") as errors, \
         subprocess.Popen(cmd, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                          start_new_session=True) as qemu, \
         open(result.script, errors="replace") as script:
        _running.add(qemu)
        try:
            while qemu.poll() is None:
                time.sleep(0.05)
                if echo:
                    _show(script)
                if watch:
                    watch(result)
                if time.monotonic() - start > timeout:
                    result.timed_out = True
                    break
        finally:
            _stop(qemu)
        if echo:
            _show(script)
        result.status = qemu.wait()
    result.seconds = time.monotonic() - start


def _stop(qemu):
    _running.discard(qemu)
    if qemu.poll() is None:
        os.killpg(qemu.pid, signal.SIGKILL)


def stop_all():
    """End all guests, after an interruption by the user."""
    for qemu in list(_running):
        _stop(qemu)


def _show(script):
    """Print new complete lines."""
    place = script.tell()
    while (line := script.readline()).endswith("\n"):
        if not line.startswith("finished "):
            say(line.rstrip("\r\n"))
        place = script.tell()
    script.seek(place)
