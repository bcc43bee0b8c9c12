"""Names and sizes of the code: one name for one thing, and no file, function or class too large."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import Final

import eventview

PACKAGE: Final = Path(eventview.__file__).parent
TESTS: Final = Path(__file__).parent
FILES: Final = {path.relative_to(PACKAGE): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES: Final = {name: ast.parse(path.read_text("utf-8")) for name, path in FILES.items()}

TEST_TREES: Final = {
    path.relative_to(TESTS): ast.parse(path.read_text("utf-8")) for path in TESTS.rglob("*.py")
}

LINES_OF_A_FILE: Final = 450
LINES_OF_A_FUNCTION: Final = 60
METHODS_OF_A_CLASS: Final = 30

STATEMENTS: Final = {
    "analysis": 1347,  # the catalogue of signals; detectors over indexes of each type
    "cli": 1216,  # a request leaves before what only its answer needs; waits and work are counted
    "comparison": 692,  # keys of steps are kept; pages are split by a table; progress
    "config": 552,  # profiles are checked without pydantic, which takes 60 ms
    "export": 1789,  # raw events not decoded; comparisons in JSON by parts; all count progress
    "query": 1146,  # fields from the catalogue; texts are read once; searches report their share
    "redaction": 1358,  # records are Structs, with an import of their own; each pass is counted
    "render": 1035,
    "session": 2209,  # the catalogue of fields; shared texts, packed loads, times in arrays
    "sources": 2966,  # cuts documents into rows as they come and counts them; exports as slices
    "tui": 4387,  # writes cells that differ; threads give way to keys and show their progress
    "view": 572,  # rows are prepared in a thread, kept for another find and cut by spans
    "wire": 820,  # readers of every field for each wire; slices in any document; positions
}
"""The most statements of each room: lowered with each change, raised only with a reason here."""

REPLACED: Final = frozenset(
    [
        "Surroundings",
        "Desk",
        "Memory",
        "Keeper",
        "Answer",
        "Patience",
        "Ask",
        "AskPage",
        "Budget",
        "Crowd",
        "Tally",
        "Taken",
        "Reading",
        "News",
        "Gathering",
        "Excerpt",
        "Origin",
        "Moment",
        "Spot",
        "Telling",
        "Word",
        "say",
        "nobody",
        "Arrival",
        "Jump",
        "Way",
        "Outside",
        "Offer",
        "Copy",
        "Asked",
        "KeysInOrder",
        "Look",
        "aside",
        "told",
        "sought",
        "written",
        "carried",
        "walked",
        "moved",
        "called",
        "alike",
        "Lens",
        "Window",
        "Break",
        "Piece",
        "Opening",
        "Times",
        "Clock",
        "Aside",
        "Tone",
        "Fact",
        "Kind",
        "GRAVITY",
        "QUIET",
        "Strip",
        "Cell",
        "Handout",
        "Quoted",
        "Words",
        "Outcome",
        "Aspect",
        "Half",
        "Part",
        "Claims",
        "StandIns",
        "Values",
        "Sought",
        "Notice",
        "SideBySide",
        "Box",
        "MistakeError",
        "StoppedError",
        "NotUnderstoodError",
        "lens",
        "handout",
        "spot",
        "crowds",
        "tally",
        "desk",
        "outside",
    ]
)
"""Names that the field's terms have replaced, as classes, functions, constants and modules."""


QUESTIONS: Final = frozenset(
    ["What", "Which", "Who", "Whether", "How", "Where", "As", "Of", "That", "So"]
)
"""Words that no docstring begins with: it is a noun phrase or an imperative sentence."""


def test_a_class_name_stands_in_one_module() -> None:
    places = defaultdict(list)
    for name, tree in TREES.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(name))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_a_module_name_stands_in_one_place() -> None:
    places = defaultdict(list)
    for name in FILES:
        is_room = name.stem == name.parent.name
        if not is_room and name.stem != "__init__" and "screens" not in name.parts:
            places[name.stem].append(str(name))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_nothing_is_named_by_a_word_that_was_replaced() -> None:
    found = [f"{name}" for name in (*FILES, *TEST_TREES) if name.stem in REPLACED]
    for name, tree in (*TREES.items(), *TEST_TREES.items()):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                names = [node.name]
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [target.id for target in targets if isinstance(target, ast.Name)]
                names = [each for each in names if each != each.lower() or node in tree.body]
            else:
                continue
            found += [f"{name}:{node.lineno} {each}" for each in names if each in REPLACED]
    assert found == []


def test_no_docstring_begins_as_a_question_does() -> None:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [
        f"{name}: {docstring.splitlines()[0]}"
        for name, tree in (*TREES.items(), *TEST_TREES.items())
        for node in ast.walk(tree)
        if isinstance(node, documented) and (docstring := ast.get_docstring(node))
        if docstring.split()[0] in QUESTIONS
    ]
    assert found == []


def test_no_file_function_or_class_is_too_large() -> None:
    larger = {
        str(name): lines
        for name, path in FILES.items()
        if (lines := len(path.read_text("utf-8").splitlines())) > LINES_OF_A_FILE
    }
    functions, classes = {}, {}
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LINES_OF_A_FUNCTION:
                    functions[f"{name} {node.name}"] = lines
            elif isinstance(node, ast.ClassDef):
                number = sum(map(is_method, node.body))
                if number > METHODS_OF_A_CLASS:
                    classes[f"{name} {node.name}"] = number
    assert (larger, functions, classes) == ({}, {}, {})


def is_method(node: ast.stmt) -> bool:
    """Tell a method from properties and from what Python calls itself."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    decorators = {ast.unparse(each) for each in node.decorator_list}
    return not node.name.startswith("__") and not decorators & {"property", "cached_property"}


def test_no_room_grows_and_none_holds_most_of_the_code() -> None:
    lines: defaultdict[str, int] = defaultdict(int)
    packages: defaultdict[Path, int] = defaultdict(int)
    statements: defaultdict[str, int] = defaultdict(int)
    for name, path in FILES.items():
        if len(name.parts) > 1:
            number = len(path.read_text("utf-8").splitlines())
            lines[name.parts[0]] += number
            packages[name.parent] += number
            statements[name.parts[0]] += sum(
                isinstance(node, ast.stmt) for node in ast.walk(TREES[name])
            )
    assert {room: n for room, n in statements.items() if n > STATEMENTS.get(room, 0)} == {}
    total = sum(lines.values())
    shares = {room: number / total for room, number in lines.items()}
    assert shares.pop("tui") <= 0.3
    parts = {str(name): number / total for name, number in packages.items() if "tui" in name.parts}
    assert {name: share for name, share in parts.items() if share > 0.12} == {}
    assert {room: share for room, share in shares.items() if share > 0.2} == {}
