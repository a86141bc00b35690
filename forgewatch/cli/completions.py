"""The completion files of bash, zsh and fish (cli.md).

Each follows the words as argparse does: a value after an option that takes one is not taken for a verb, nothing is offered for an operand
too many. A `PATH` is completed to folders, a `FILE` to files, what has choices to them; any other value to nothing, and so are the further
values of an option that takes several.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from forgewatch.cli.pages import Argument, Page

_HEADER = "# Rendered from the table of commands: python -m tests.rendered"
_FOLDER, _FILE = "PATH", "FILE"

_BASH = r"""
_forgewatch() {
    local IFS=' ' place=forgewatch given=1 wants='' plain='' word words i
    local -a verbs options takes
    COMPREPLY=()
    _forgewatch_place
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $wants ]]; then
            # `--option=value` is three words here.
            [[ $word == '=' ]] || wants=''
        elif [[ $plain ]]; then
            ((given++))
        elif [[ $word == -- ]]; then
            plain=1
        elif [[ " ${takes[*]} " == *" $word "* ]]; then
            wants=$word
        elif [[ $word == -?* ]]; then
            continue
        elif ((given == 1)) && [[ " ${verbs[*]} " == *" $word "* ]]; then
            place+=" $word"
            _forgewatch_place
        else
            ((given++))
        fi
    done
    words=()
    if [[ $wants ]]; then
        _forgewatch_value "$place $wants"
    elif [[ $2 == -* && ! $plain ]]; then
        words=("${options[@]}")
    else
        ((given > 1)) || words=("${verbs[@]}")
        _forgewatch_value "$place $given"
    fi
    for word in "${words[@]}"; do
        [[ $word != "$2"* ]] || COMPREPLY+=("$(printf %q "$word")")
    done
}

complete -F _forgewatch forgewatch
"""

_ZSH_VERBS = r"""    local curcontext=$curcontext ret=1
    local -a state line
    _arguments -C -S : \
        %(options)s \
        '(-)1: :->verb' \
        '(-)*:: :->rest' && ret=0
    case $state in
        verb)
            local -a verbs=(
                %(verbs)s
            )
            _describe -t commands command verbs && ret=0
            ;;
        rest) _call_function ret %(function)s_$line[1] ;;
    esac
    return ret"""

_FISH = r"""
# True at this place; with a number, where this operand is next (with `many`: this one or a later one).
function __forgewatch_at
    set -l place forgewatch
    set -l given 1
    set -l skip no
    set -l plain no
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test $skip = yes
            set skip no
        else if test $plain = yes
            set given (math $given + 1)
        else if test "$word" = --
            set plain yes
        else if contains -- "$place $word" $__forgewatch_takes
            set skip yes
        else if test "$word" != -; and string match -q -- '-*' "$word"
            continue
        else if test $given -eq 1; and contains -- "$place $word" $__forgewatch_verbs
            set place "$place $word"
        else
            set given (math $given + 1)
        end
    end
    test "$place" = "$argv[1]"; or return
    set -q argv[2]; or return 0
    test $given -eq $argv[2]; or test "$argv[3]" = many -a $given -gt $argv[2]
end

complete -c forgewatch -f
"""


def bash(top: Page) -> str:
    """Return the completion file of bash, version 4 or later; it needs no other file."""
    return "\n".join([_HEADER, "", *_bash_places(top), "", *_bash_values(top)]) + "\n" + _BASH


def zsh(top: Page) -> str:
    """Return the completion function of zsh, to stand as `_forgewatch` in a folder of `fpath`."""
    return "\n".join(["#compdef forgewatch", _HEADER, "", *map(_zsh_function, top.all()), '_forgewatch "$@"', ""])


def fish(top: Page) -> str:
    """Return the completion file of fish."""
    takes = [f"{page.place} {word}" for page in top.all() for option in page.options if option.value for word in option.words]
    return "\n".join(
        [
            _HEADER,
            "",
            _fish_list("__forgewatch_verbs", [verb.place for page in top.all() for verb in page.verbs]),
            _fish_list("__forgewatch_takes", takes),
            _FISH,
            *(line for page in top.all() for line in _fish_page(page)),
            "",
        ]
    )


def _bash_places(top: Page) -> Iterable[str]:
    yield from ("_forgewatch_place() {", "    verbs=() options=() takes=()", "    case $place in")
    for page in top.all():
        yield f"        {shlex.quote(page.place)})"
        yield from [f"            verbs=({_quoted(verb.words[-1] for verb in page.verbs)})"] if page.verbs else []
        yield f"            options=({_quoted(word for option in page.options for word in option.words)})"
        yield f"            takes=({_quoted(word for option in page.options if option.value for word in option.words)})"
        yield "            ;;"
    yield from ("    esac", "}")


def _bash_values(top: Page) -> Iterable[str]:
    cases: dict[str, list[str]] = {}
    for page in top.all():
        for option in page.options:
            cases.setdefault(_bash_value(option), []).extend(shlex.quote(f"{page.place} {word}") for word in option.words)
        for number, operand in enumerate(page.operands, 1):
            # An operand that may be repeated has this number and every later one.
            start = shlex.quote(f"{page.place} ")
            numbered = [f"{start}[{number}-9]", f"{start}[1-9][0-9]*"] if operand.many else [shlex.quote(f"{page.place} {number}")]
            cases.setdefault(_bash_value(operand), []).extend(numbered)
    yield from ("_forgewatch_value() {", "    case $1 in")
    for value, places in cases.items():
        yield from ["        " + " | \\\n            ".join(places) + ")", f"            {value}", "            ;;"] if value else []
    yield from ("    esac", "}")


def _bash_value(argument: Argument) -> str:
    # With nothing of ours to offer, readline completes names of files or folders itself, and quotes them as it should.
    files = {_FOLDER: "compopt -o dirnames", _FILE: "compopt -o default"}
    return f"words=({_quoted(argument.choices)})" if argument.choices else files.get(argument.value, "")


def _zsh_function(page: Page) -> str:
    function = "_" + "_".join(page.words)
    options = [_zsh_option(option, word) for option in page.options for word in option.words]
    verbs = [shlex.quote(f"{_zsh_escaped(verb.words[-1], ':')}:{verb.help}") for verb in page.verbs]
    if verbs:
        parts = {"options": " \\\n        ".join(options), "verbs": "\n                ".join(verbs), "function": function}
        body = _ZSH_VERBS % parts
    else:
        operands = [_zsh_operand(number, operand) for number, operand in enumerate(page.operands, 1)]
        body = "    _arguments -S : \\\n        " + " \\\n        ".join([*options, *operands])
    return f"{function}() {{\n{body}\n}}\n"


def _zsh_option(option: Argument, word: str) -> str:
    excluded = "- : *" if "--help" in option.words else " ".join((*option.words, *option.rivals))
    takes = ("=" if word.startswith("--") else "+") if option.value else ""
    value = _zsh_value(option) if option.value else ""
    return shlex.quote(f"({excluded}){word}{takes}[{_zsh_escaped(option.help, ':]')}]{value}")


def _zsh_operand(number: int, operand: Argument) -> str:
    place = "*" if operand.many else f"{number}:" if operand.optional else str(number)
    return shlex.quote(place + _zsh_value(operand))


def _zsh_value(argument: Argument) -> str:
    files = {_FOLDER: "_files -/", _FILE: "_files"}
    # The choices are words of shell code, in which only the colon is special to _arguments.
    action = f"({_quoted(argument.choices)})".replace(":", "\\:") if argument.choices else files.get(argument.value, " ")
    return f":{_zsh_escaped(argument.value, ':')}:{action}"


def _zsh_escaped(text: str, special: str) -> str:
    return "".join("\\" + char if char in "\\" + special else char for char in text)


def _fish_list(name: str, words: Iterable[str]) -> str:
    return " \\\n    ".join([f"set -g {name}", *map(_fish_quoted, words)])


def _fish_page(page: Page) -> Iterable[str]:
    def line(place: str, rest: str) -> str:
        return f"complete -c forgewatch -n {_fish_quoted(f'__forgewatch_at {place}')} {rest}"

    place = _fish_quoted(page.place)
    yield from (line(f"{place} 1", f"-a {_fish_quoted(verb.words[-1])} -d {_fish_quoted(verb.help)}") for verb in page.verbs)
    for option in page.options:
        words = " ".join(
            f"-l {_fish_quoted(word[2:])}" if word.startswith("--") else f"-s {_fish_quoted(word[1:])}" for word in option.words
        )
        value = f" {_fish_value(option)}" if option.value else ""
        yield line(place, f"{words} -d {_fish_quoted(option.help)}{value}")
    for number, operand in enumerate(page.operands, 1):
        yield line(f"{place} {number}{' many' if operand.many else ''}", _fish_value(operand))


def _fish_value(argument: Argument) -> str:
    if argument.choices:
        return f"-x -a {_fish_quoted(' '.join(map(_fish_quoted, argument.choices)))}"
    return {_FOLDER: "-x -a '(__fish_complete_directories)'", _FILE: "-r -F"}.get(argument.value, "-x")


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quoted(words: Iterable[str]) -> str:
    return " ".join(map(shlex.quote, words))
