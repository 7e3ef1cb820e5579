"""One name means one thing: no two classes of the package have the same name."""

import ast
from collections import defaultdict

from tests.support.markdown import ROOT


def test_no_two_classes_have_the_same_name() -> None:
    files = defaultdict(list)
    for path in sorted((ROOT / "wildrydes_cli").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                files[node.name.strip("_")].append(str(path.relative_to(ROOT)))
    assert len(files) > 40
    assert {name: where for name, where in files.items() if len(where) > 1} == {}
