# SPDX-License-Identifier: GPL-2.0-only
"""Sphinx: the directive "header-doc" shows what a header promises.

Full kernel-doc comments are shown by the kernel's own extension, kerneldoc. It
leaves out those of one sentence, "/** name() - text. */", of which this project
has many: they are shown here, with the declaration that follows.
"""
import os
import re

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList

COMMENT = re.compile(r"^/\*\* (struct |enum |union )?(\w+)(?:\(\))? ?[-:] (.*?)\*/\n",
                     re.M | re.S)
# What a reader of a prototype need not know.
NOISE = re.compile(r"\b(static|inline|extern|__must_check|__always_inline|asmlinkage|__cold)\b"
                   r"|__(printf|releases|acquires|must_hold)\([^)]*\)")


def text_of(comment):
    """The text of a comment as reStructuredText."""
    text = " ".join(re.sub(r"^ \*", "", line).strip() for line in comment.split("\n"))
    text = re.sub(r"([\\*`|<>]|_\b)", r"\\\1", text.strip())
    return re.sub(r"@(\w+)", r"\\ *\1*\\ ", text)


def declaration_of(kind, name, source):
    """The declaration at the beginning of source, for Sphinx's domain of C."""
    if kind:
        return f"c:{kind.strip()}:: {name}"
    macro = re.match(r"#\s*define\s+(\w+(?:\([^)]*\))?)", source)
    if macro:
        return f"c:macro:: {macro.group(1)}"
    prototype = " ".join(NOISE.sub("", re.split(r"[;{]", source)[0]).split())
    if not re.search(rf"\b{name}\(", prototype):
        raise ValueError(f"{name}: another declaration follows: {prototype}")
    return f"c:function:: {prototype}"


def short_docs(path):
    """reStructuredText of all one-sentence comments of a header; has it others?"""
    with open(path, encoding="utf-8") as file:
        source = file.read()
    lines = []
    matches = list(COMMENT.finditer(source))
    for match in matches:
        kind, name, text = match.groups()
        declaration = declaration_of(kind, name, source[match.end():])
        if not kind and re.search(rf"^(struct|enum) {name} \{{", source, re.M):
            # C has a name space of its own for tags, Sphinx has not.
            lines += [f"``{declaration.split(':: ')[1]}``", "   " + text_of(text), ""]
        else:
            lines += [f".. {declaration}", "", "   " + text_of(text), ""]
    return lines, len(re.findall(r"^/\*\*", source, re.M)) > len(matches)


class HeaderDoc(Directive):
    """header-doc PATH, below the root of the tree"""
    required_arguments = 1

    def run(self):
        config = self.state.document.settings.env.config
        path = os.path.join(config.kerneldoc_srctree, self.arguments[0])
        self.state.document.settings.env.note_dependency(path)
        lines, has_full = short_docs(path)
        if has_full:
            lines = [f".. kernel-doc:: {self.arguments[0]}", "   :internal:", ""] + lines
        node = nodes.section()
        self.state.nested_parse(StringList(lines, source=path), 0, node)
        return node.children


def setup(app):
    """Called by Sphinx."""
    app.add_directive("header-doc", HeaderDoc)
    return {"parallel_read_safe": True}
