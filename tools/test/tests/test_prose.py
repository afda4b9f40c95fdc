# SPDX-License-Identifier: GPL-2.0
"""The check `prose`: which words it finds, and where."""

from check import prose


def found(name, text):
    return [line.partition(":")[2] for line in prose.faults(name, text)]


def test_comments_of_c():
    text = 'int a; /* fine */\n/*\n * One line\n * for whom? */\nint he = 1;\n// nobody\n'
    assert found("a.c", text) == ['4: "whom"', '6: "nobody"']


def test_messages_of_c():
    assert found("a.c", 'f("who", "somebody writes", \'"\');\n') == ['1: "somebody"']


def test_beginnings():
    assert found("a.c", "/*\n * What it is.\n */\n/* The same. */\n/* What is it? */\n") == [
        '1: begins with "What"', '4: begins with "The same"']


def test_python():
    text = '"""What a module does."""\nwho = "nobody"\n# lest it fail\n'
    assert found("a.py", text) == ['1: begins with "What"', '3: "lest"']


def test_shell():
    assert found("a.sh", "#!/bin/who\n# The same\n# and his\nx=${#he}\n") == [
        '3: "his"', '2: begins with "The same"']


def test_pages():
    text = "Fine.\n\nNobody ``who`` reads.\n\nSo::\n\n   who am i\n\nWhat it does.\n"
    assert found("a.rst", text) == ['3: "Nobody"']
    assert found("a.md", "```\nwho\n```\n`he` whose\n") == ['4: "whose"']


def test_files_of_the_tree():
    names = {name for name, _ in prose.files()}
    assert {"module/pool.c", "README.md", "tools/test/run.py"} <= names
