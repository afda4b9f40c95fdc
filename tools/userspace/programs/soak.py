# SPDX-License-Identifier: GPL-2.0
"""A job for python3 on kpool: many small objects, threads, forks; checks the results."""

import collections
import hashlib
import json
import multiprocessing
import pathlib
import random
import re
import threading
import zlib

ROUNDS = 30


def objects(seed):
    """Build, serialise and drop structures of all sizes. Return: a digest."""
    rng = random.Random(seed)
    digest = hashlib.sha256()
    keep = collections.deque(maxlen=200)
    for number in range(ROUNDS):
        tree = {str(i): [rng.random(), "x" * rng.randrange(300), list(range(rng.randrange(40)))]
                for i in range(300)}
        text = json.dumps(tree)
        assert json.loads(text) == tree
        assert zlib.decompress(zlib.compress(text.encode())) == text.encode()
        keep.append({word: len(word) for word in re.findall(r"[a-z]+|\d+", text)[:2000]})
        buffer = bytearray()
        for _ in range(1000):
            buffer += bytes(rng.randrange(50))
        digest.update(text.encode() + buffer + str(number).encode())
    return digest.hexdigest()


def main():
    expected = [objects(seed) for seed in range(3)]
    found = {}
    threads = [threading.Thread(target=lambda s=seed: found.update({s: objects(s)}))
               for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[seed] for seed in range(3)] == expected
    with multiprocessing.get_context("fork").Pool(3) as pool:
        assert pool.map(objects, range(3)) == expected
    for path in pathlib.Path(json.__file__).parent.glob("*.py"):
        compile(path.read_text(), str(path), "exec")
    print("soak.py: done")


if __name__ == "__main__":
    main()
