# SPDX-License-Identifier: GPL-2.0-only
"""What Sphinx needs to know; see "make docs"."""
project = "dm-fvd"
author = "the dm-fvd authors"
html_theme = "alabaster"
exclude_patterns = ["man"]
# The kernel's documents are plain text as well: no curly quotes.
smartquotes = False
