"""Texts that do harm if a terminal or Rich interprets them."""

import re

HOSTILE = [
    "[bold red]x[/] [link=https://example.com]y[/link]",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07\x1b]52;c;Y2xpcA==\x07\x1b]8;;https://example.com\x07link\x1b]8;;\x07",
    "over\rwritten\nlines\ttabs",
    "\u202ereversed\u2066isolated",
    "zero\u200bwidth\u200d\ufeff",
    "next\x85line\u2028separators\u2029",
    "nul\x00bell\x07del\x7fc1\x9b31m",
    "del\x7f",
    "tags\U000e0041",
]
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
