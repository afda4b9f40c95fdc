# SPDX-License-Identifier: GPL-2.0
"""`make scale`: measures the memory that kpool itself holds with many CPUs and nodes."""

import re
import shutil

import judge
from common import BUILD, Fail, say, step
from kernels import build, kernels
from vm import guest

KERNEL = "6.12"
MIB_PER_CPU = 64
# (CPUs, NUMA nodes): the differences show the cost of a CPU and of a node.
SHAPES = ((8, 1), (64, 1), (64, 8))
MOMENTS = ("idle", "full", "loaded", "after_1s", "after_5s")
FIGURES = ("metadata_bytes", "magazines", "bytes_cached", "bytes", "bytes_used")


def measure(built, modules, cpus, nodes):
    """Boot with these CPUs and nodes. Return the guest's figures by name."""
    shape = f"{cpus} CPUs, {nodes} node{'s' * (nodes > 1)}"
    out = BUILD / "scale" / f"{cpus}-{nodes}"
    shutil.rmtree(out, ignore_errors=True)
    built = built.with_machine(cpus=cpus, nodes=nodes, memory=cpus * MIB_PER_CPU)
    files = {f"modules/{name}.ko": file for name, file in modules.items()}
    files["run.sh"] = guest.SCRIPTS / "scale.sh"
    with step(f"scale: {shape}"):
        result = guest.boot(built, files, out, 300)
    text = result.script.read_text(errors="replace")
    found = {key: int(value)
             for key, value in re.findall(r"^scale: (\S+) (\d+)\r?$", text, re.M)}
    if result.status != judge.GOOD_EXIT or (found.get("cpus"), found.get("nodes")) != (cpus, nodes):
        raise Fail(f"the guest with {shape} did not end well, see {out}")
    return found


def scale():
    """Print rows `scale: <name> <value>`."""
    built = kernels.get(KERNEL)
    with step(f"scale on {KERNEL}: build"):
        modules = build.modules(built, "kpool_scale")
    found = {shape: measure(built, modules, *shape) for shape in SHAPES}
    say()
    for (cpus, nodes), figures in found.items():
        for moment in MOMENTS:
            for figure in FIGURES:
                key = f"{moment}_{figure}"
                say(f"scale: {cpus}_cpus_{nodes}_nodes_{key} {figures[key]}")
    few, many, numa = (found[shape] for shape in SHAPES)
    cpus, nodes = SHAPES[1][0] - SHAPES[0][0], SHAPES[2][1] - SHAPES[1][1]
    for moment in MOMENTS:
        for figure in FIGURES[:3]:
            key = f"{moment}_{figure}"
            say(f"scale: per_cpu_{key} {(many[key] - few[key]) / cpus:.1f}")
            say(f"scale: per_node_{key} {(numa[key] - many[key]) / nodes:.1f}")


def job():
    """Every guest must report what it holds."""
    scale()
    return judge.Verdict(passed=len(SHAPES))
