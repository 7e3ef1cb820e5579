"""Python runs this file first in each child process of a test: see the fixture `requests_that_fit` in conftest.py.

It has the child hold its requests against the services' models, once the child loads botocore. Then it runs the script
of `running.patched`, if there is one.
"""

import importlib.util
import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any


class AfterBotocore(MetaPathFinder):
    """Has botocore's client patched right after it is loaded."""

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != "botocore.client":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        assert spec
        assert spec.loader
        load = spec.loader.exec_module

        def load_and_patch(module: ModuleType) -> None:
            load(module)
            model = importlib.util.spec_from_file_location(
                "service_model", Path(__file__).parents[1] / "service_model.py"
            )
            assert model
            assert model.loader
            checks = importlib.util.module_from_spec(model)
            model.loader.exec_module(checks)
            checks.hold_requests(module.BaseClient)

        spec.loader.exec_module = load_and_patch  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, AfterBotocore())
if script := os.environ.get("PATCH_OF_TEST"):
    exec(compile(Path(script).read_text(encoding="utf-8"), script, "exec"), {})
