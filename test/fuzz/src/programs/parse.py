# Reads framed bodies (4 bytes length, one byte of kind, the body) and answers each with what Python's json module sees in it: one view a line, name, tab,
# canonical text, or "-" where it refuses. See ../canonical.ts for the text.
import json
import struct
import sys
from decimal import Decimal

PLAIN = {chr(c): chr(c) for c in range(0x20, 0x7F)}
del PLAIN['"'], PLAIN["\\"]


def quoted(text):
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return '"' + text + '"'
    return '"' + "".join(PLAIN.get(c) or "\\u{%x}" % ord(c) for c in text) + '"'


def decimal(lexeme):
    sign = ""
    if lexeme[0] == "-":
        sign, lexeme = "-", lexeme[1:]
    mantissa, _, exponent = lexeme.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    if not (whole + fraction).isdigit():
        return sign + lexeme
    digits = (whole + fraction).lstrip("0")
    if digits == "":
        return sign + "0"
    kept = digits.rstrip("0")
    return "%s%se%d" % (sign, kept, int(exponent or "0") - len(fraction) + len(digits) - len(kept))


def canonical(value):
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int):
        return decimal(str(value))
    if isinstance(value, float):
        return decimal(repr(value))
    if isinstance(value, Decimal):
        return decimal(str(value))
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return "{" + ",".join("%s:%s" % member for member in sorted((quoted(k), canonical(v)) for k, v in value.items())) + "}"


def view(body, **options):
    try:
        return canonical(json.loads(body, **options))
    except (ValueError, RecursionError):
        return "-"


sys.set_int_max_str_digits(0) if hasattr(sys, "set_int_max_str_digits") else None
read, write = sys.stdin.buffer.read, sys.stdout.buffer.write
while len(head := read(5)) == 5:
    body = read(struct.unpack(">I", head[:4])[0])
    answer = ("float\t%s\ndecimal\t%s" % (view(body), view(body, parse_float=Decimal))).encode("ascii")
    write(struct.pack(">I", len(answer)) + answer)
    sys.stdout.buffer.flush()
