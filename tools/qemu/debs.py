# SPDX-License-Identifier: GPL-2.0
"""Debian's kernel packages: which versions there are, download, unpack."""

import collections
import functools
import re
import shutil
import subprocess

from common import CACHE, Fail, atomic_dir, output, run, say

Release = collections.namedtuple("Release", "series version release")
Release.__doc__ = "A kernel as packaged, e.g. 6.1, 6.1.192-2, 6.1.0-56"


def compare(a, b):
    """Order of two Debian versions."""
    less = subprocess.run(["dpkg", "--compare-versions", a, "lt", b]).returncode == 0
    return -1 if less else int(a != b)


def versions(packages):
    """Versions that apt knows of each of those packages."""
    found = collections.defaultdict(set)
    for row in output(["apt-cache", "madison", *packages]).splitlines():
        name, version, origin = (field.strip() for field in row.split("|"))
        if origin.endswith("Packages"):
            found[name].add(version)
    return found


def newest(series):
    """Newest kernel of a series whose image, headers and source all exist."""
    stock = re.compile(rf"linux-image-({re.escape(series)}\.\d+[-+][0-9a-z]*\d)-amd64")
    names = output(["apt-cache", "pkgnames", f"linux-image-{series}."]).split()
    releases = [match[1] for match in filter(None, map(stock.fullmatch, names))]
    source = f"linux-source-{series}"
    known = versions([source, *(f"linux-{kind}-{release}-amd64"
                                for release in releases for kind in ("image", "headers"))])
    found = {version: release for release in releases
             for version in (known[f"linux-image-{release}-amd64"] & known[source]
                             & known[f"linux-headers-{release}-amd64"])}
    if not found:
        return None
    version = max(found, key=functools.cmp_to_key(compare))
    return Release(series, version, found[version])


def cached(series):
    """Newest kernel of a series that is in the cache already."""
    entries = [p.name.split("_") for p in CACHE.glob(f"stock-{series}_*_*")
               if not p.name.endswith(".partial")]
    if not entries:
        return None
    best = max(entries, key=lambda e: functools.cmp_to_key(compare)(e[1]))
    return Release(series, best[1], best[2])


@functools.lru_cache(maxsize=None)
def choose(series):
    """The kernel to use: apt's newest, or the cache's when apt has none."""
    release = newest(series) or cached(series)
    if not release:
        raise Fail(f"no linux-image-{series}.*-amd64 with its linux-headers and "
                   f"linux-source among apt's packages.\n"
                   "  This takes Debian 12 (bookworm) with its security updates among "
                   "apt's sources,\n  and an `apt-get update` that reached them.")
    return release


def download(packages, dest):
    """Fetch packages (a list of name=version) into dest."""
    dest.mkdir(parents=True, exist_ok=True)
    log = dest / "apt.log"
    try:
        run(["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", *packages],
            log, cwd=dest)
    except Fail as error:
        raise Fail("cannot download " + " ".join(packages)
                   + f".\n  Is the network up, and `apt-get update` recent?\n{error}") from None
    return sorted(dest.glob("*.deb"))


def unpack(deb, dest, *members):
    """Unpack a package, or only the members given as tar patterns."""
    dest.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb],
                          stdout=subprocess.PIPE) as tar:
        done = subprocess.run(["tar", "x", "-C", dest, "--wildcards", *members],
                              stdin=tar.stdout)
    if done.returncode or tar.returncode:
        raise Fail(f"cannot unpack {deb}")


def stock(release):
    """A stock kernel with its headers, ready in the cache: its directory."""
    path = CACHE / f"stock-{release.series}_{release.version}_{release.release}"
    if path.exists():
        return path
    name, version = f"{release.release}-amd64", release.version
    headers = f"linux-headers-{name}={version}"
    kbuild = re.search(r"linux-kbuild-[^ ,]+",
                       output(["apt-cache", "show", headers]))
    if not kbuild:
        raise Fail(f"{headers} names no linux-kbuild package")
    with atomic_dir(path) as tmp:
        for deb in download([f"linux-image-{name}={version}", headers,
                             f"linux-headers-{release.release}-common={version}",
                             f"{kbuild[0]}={version}"], tmp / "debs"):
            if deb.name.startswith("linux-image"):
                unpack(deb, tmp, "./boot/vmlinuz*")
            else:
                # vmlinux is there for BTF, which would need pahole too.
                unpack(deb, tmp, "--exclude=vmlinux", "./usr")
        shutil.rmtree(tmp / "debs")
        _relocate_headers(tmp, release)
    return path


def kdir(release):
    """What a module is built against, in a stock kernel's directory."""
    return stock(release) / f"usr/src/linux-headers-{release.release}-amd64"


def _relocate_headers(tree, release):
    """Packaged headers include by absolute name: make it relative."""
    makefile = tree / f"usr/src/linux-headers-{release.release}-amd64/Makefile"
    makefile.write_text("include $(dir $(lastword $(MAKEFILE_LIST)))"
                        f"../linux-headers-{release.release}-common/Makefile\n")


def source_archive(release):
    """The kernel's source as packaged: a tar file in the cache."""
    path = CACHE / f"source-{release.version}"
    if not path.exists():
        with atomic_dir(path) as tmp:
            say(f"    downloading linux-source-{release.series} {release.version}")
            package = f"linux-source-{release.series}={release.version}"
            for deb in download([package], tmp / "debs"):
                unpack(deb, tmp, "./usr/src/*.tar.xz")
            shutil.rmtree(tmp / "debs")
    return next(path.glob("usr/src/*.tar.xz"))


def source(release, name, *members):
    """Unpack (part of) a kernel's source into the cache, once: its directory."""
    path = CACHE / f"{name}-{release.version}"
    if not path.exists():
        archive = source_archive(release)
        with atomic_dir(path) as tmp:
            run(["tar", "xf", archive, "-C", tmp, "--strip-components=1",
                 "--wildcards", *members], tmp / "tar.log", "unpacking the kernel's source")
    return path
