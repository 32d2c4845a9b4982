"""The house rules that a machine can check."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cic_cases.foundation.resources import PACKAGE, resource

ROOT = PACKAGE.parent
VERSIONS = PACKAGE / "migrations" / "versions"
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if VERSIONS not in p.parents)
MODULES += [ROOT / "config.py", ROOT / "wsgi.py"]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PAGES = sorted(p for p in resource("templates").rglob("*.*") if p.is_file())
VIEW_LINES, FUNCTION_LINES, MODULE_LINES = 28, 45, 300
COMMITS = (PACKAGE / "foundation" / "db.py", PACKAGE / "migrations" / "env.py")
ROUTES = {"get", "post", "put", "patch", "delete", "route"}
LATER = "TO" + "DO"


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def routes(function: ast.FunctionDef) -> list[ast.Call]:
    """The decorators that give a function an address."""
    return [
        one
        for one in function.decorator_list
        if isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and one.func.attr in ROUTES
    ]


def length(function: ast.FunctionDef) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_functions_and_views_stay_small(path: Path):
    source = path.read_text(encoding="utf-8")
    long = [
        f"{one.name} ({length(one)})"
        for one in functions(ast.parse(source))
        if length(one) > (VIEW_LINES if routes(one) else FUNCTION_LINES)
    ]

    assert source.count("\n") <= MODULE_LINES
    assert long == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_and_public_thing_says_what_it_is_for(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and PACKAGE / "migrations" not in path.parents
    ]

    assert ast.get_docstring(tree)
    assert public == []


@pytest.mark.parametrize("path", [p for p in MODULES if p not in COMMITS], ids=name)
def test_only_the_foundation_commits(path: Path):
    assert ".commit(" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nothing_is_printed_or_left_for_later(path: Path):
    source = path.read_text(encoding="utf-8")

    assert not re.search(r"^\s*print\(", source, re.MULTILINE)
    assert not re.search(rf"\b({LATER}|FIXME|XXX:)", source)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_no_page_leaves_anything_for_later(path: Path):
    assert LATER not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_address_declares_who_may_enter_right_below_it(path: Path):
    for one in functions(ast.parse(path.read_text(encoding="utf-8"))):
        if not routes(one):
            continue
        following = one.decorator_list[len(routes(one))]
        word = following.func if isinstance(following, ast.Call) else following
        assert isinstance(word, ast.Name), one.name
        assert word.id in ("allows", "open_to_all"), one.name


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_the_tests_too_stay_readable(path: Path):
    source = path.read_text(encoding="utf-8")

    assert source == "" or ast.get_docstring(ast.parse(source))
    assert source.count("\n") <= MODULE_LINES + 50


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_relationship_is_never_loaded_behind_ones_back(path: Path):
    for found in re.findall(r"relationship\((.*?)\)", path.read_text(encoding="utf-8"), re.DOTALL):
        assert 'lazy="raise_on_sql"' in found
