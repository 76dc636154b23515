# SPDX-License-Identifier: GPL-2.0-only
"""What Sphinx needs to know; see "make docs"."""
import os
import sys

project = "dm-fvd"
author = "the dm-fvd authors"
html_theme = "alabaster"
# The kernel's extension for kernel-doc, taken from its sources by scripts/docs.
sys.path[:0] = [os.environ["KERNEL_SPHINX"], os.path.dirname(os.path.abspath(__file__))]
extensions = ["kerneldoc", "header_doc"]
kerneldoc_bin = os.environ["KERNEL_DOC"]
kerneldoc_srctree = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
exclude_patterns = ["man"]
# The kernel's documents are plain text as well: no curly quotes.
smartquotes = False
