# SPDX-License-Identifier: BSL-1.0
"""Declarations as a reader wants them: no detail::, and constraints in words."""

import re
from html import escape

from library import text_of

_WIDTH = 80
_BUFFERS = "https://www.boost.org/doc/libs/release/doc/html/boost_asio/reference/ConstBufferSequence.html"

# Each term of an enable_if_t in the headers, and what it says. {0} and so on are its arguments.
_CONSTRAINTS = [
    (r"boost::asio::is_const_buffer_sequence<(.+)>::value",
     f'<code>{{0}}</code> is a <a href="{_BUFFERS}">constant buffer sequence</a>.'),
    (r"!boost::asio::is_const_buffer_sequence<std::decay_t<(.+)>>::value",
     "<code>{0}</code> is no buffer sequence."),
    (r"!std::is_convertible_v<(.+), connect_options>",
     "<code>{0}</code> does not convert to <code>connect_options</code>."),
    (r"detail::is_no_argument<(.+)>",
     "<code>{0}</code> is neither a buffer sequence nor converts to <code>connect_options</code>."),
    (r"detail::is_endpoint_sequence<(\w+), (?:typename )?(.+)>",
     "<code>{0}</code> can be iterated over, and its elements convert to <code>{1}</code>, or have a member function "
     "<code>endpoint()</code> whose result does."),
    (r"std::is_constructible_v<(.+), (.+)\.\.\.>", "<code>{0}</code> is constructible from <code>{1}...</code>."),
    (r"can_take_over<(.+)>",
     "<code>{0}</code> converts to <code>NextLayer</code>, and has the same type of endpoints."),
]


def tidy(text):
    """A type or an expression without the blanks that Doxygen puts into it."""
    text = re.sub(r"\s+", " ", text.strip())
    text = re.sub(r"< (?=\S)", "<", text)
    text = re.sub(r" (?=>)", "", text)
    text = re.sub(r" ([&*]+)", r"\1", text)
    return re.sub(r"\binline ", "", text)


def constraints(node):
    """What a function asks of its template parameters, as HTML."""
    found = []
    for parameter in node.findall("templateparamlist/param"):
        if condition := _condition(parameter):
            found += [_in_words(term.strip()) for term in condition.split("&&")]
    return found


def _condition(parameter):
    match = re.fullmatch(r"std::enable_if_t<(.*), int>", tidy(text_of(parameter.find("type"))))
    return match and match[1].strip()


def _in_words(term):
    for pattern, words in _CONSTRAINTS:
        if match := re.fullmatch(pattern, term):
            return words.format(*map(escape, match.groups()))
    raise ValueError(f"tools/reference_pages/signatures.py has no words for the constraint {term}")


def template_head(node):
    parameters = [tidy(text_of(parameter.find("type"))) + _name_of(parameter) + _default_of(parameter)
                  for parameter in node.findall("templateparamlist/param") if not _condition(parameter)]
    return _wrapped("template <", parameters, ">\n") if parameters else ""


def _name_of(parameter):
    name = parameter.findtext("declname")
    return " " + name if name else ""


def _default_of(parameter):
    default = tidy(text_of(parameter.find("defval")))
    return " = " + default if default else ""


def _wrapped(start, parameters, end):
    line = start + ", ".join(parameters) + end
    if len(line.rstrip("\n")) <= _WIDTH:
        return line
    return start + "\n    " + ",\n    ".join(parameters) + end


def call(node):
    """A function without its template parameters."""
    parameters = [tidy(text_of(parameter.find("type"))) + _name_of(parameter) + _default_of(parameter)
                  for parameter in node.findall("param")]
    result = tidy(text_of(node.find("type")))
    if "decltype(" in text_of(node.find("argsstring")) or result.startswith("decltype("):
        result = "DEDUCED"
    words = [word for word in ("static", "explicit") if node.get(word) == "yes" and word not in result.split()]
    start = " ".join(words + ([result] if result else []) + [node.findtext("name") + "("])
    end = ")" + "".join(f" {word}" for word in ("const", "noexcept") if node.get(word) == "yes")
    return _checked(_wrapped(start, parameters, end + ";"))


def function(node):
    return _checked(template_head(node)) + call(node)


def class_head(node):
    name = node.findtext("compoundname").rpartition("::")[2]
    return _checked(f"{template_head(node)}{node.get('kind')} {name};")


def variable(node):
    default = tidy(re.sub(r"^=", "", text_of(node.find("initializer"))))
    shown = "" if not default or "detail::" in default else " = " + default
    return _checked(f"{tidy(text_of(node.find('type')))} {node.findtext('name')}{shown};")


def typedef(node):
    kind = tidy(text_of(node.find("type")))
    hidden = "detail::" in kind or "core_type" in kind or "socket_type" in kind
    return f"using {node.findtext('name')} = {'implementation-defined' if hidden else kind};"


def enumeration(node):
    return f"enum class {node.findtext('name')};"


def _checked(declaration):
    if re.search(r"detail::|enable_if", declaration):
        raise ValueError(f"nothing that is not for users may be shown: {declaration}")
    return declaration
