"""A second verifier of exported trails, written from docs/audit-format.md alone.

Python's standard library only. `verifier.py FILE [--head HEX]` exits 0 and prints the head, or
exits 3 and prints the first bad entry. `verifier.py --many LIST` reads a file with one path a line
(and after a tab a head) and prints one line each: `0 HEAD` or `3 ENTRY` (`-` where there is none).
"""
import hashlib
import json
import sys

# Ed25519 (RFC 8032, section 5.1), for checking only.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)


def recover(encoded):
    """The point of 32 bytes in extended coordinates; None for what is none."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else (0, y, 1, 0)
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * I % P
    if (x * x - square) % P:
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def add(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number, point):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point = add(point, point)
        number >>= 1
    return total


def same(one, other):
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (
        one[1] * other[2] - other[1] * one[2]
    ) % P == 0


BASE = recover((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def from_hex(text, many):
    if not isinstance(text, str) or len(text) != 2 * many or set(text) - set("0123456789abcdef"):
        return None
    return bytes.fromhex(text)


def is_signed(key, message, signature):
    key, signature = from_hex(key, 32), from_hex(signature, 64)
    if key is None or signature is None:
        return False
    a, r, s = recover(key), recover(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    # Neither may be of small order: such a key would sign anything.
    if same(times(8, a), (0, 1, 1, 0)) or same(times(8, r), (0, 1, 1, 0)):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return same(times(s, BASE), add(r, times(k, a)))


class Bad(Exception):
    def __init__(self, entry):
        super().__init__(entry)
        self.entry = entry


def once(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def no_fraction(_):
    raise ValueError("not a whole number")


def depth(value):
    if isinstance(value, (dict, list)):
        inner = value.values() if isinstance(value, dict) else value
        return 1 + max(map(depth, inner), default=0)
    return 0


def numbers(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return all(map(numbers, value))
    return isinstance(value, bool) or not isinstance(value, int) or -(2**63) <= value < 2**63


def canonical(text):
    """The value of a text that is canonical JSON; ValueError for any other."""
    try:
        value = json.loads(
            text, object_pairs_hook=once, parse_float=no_fraction, parse_constant=no_fraction
        )
    except RecursionError as deep:
        raise ValueError("too deep") from deep
    again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if again != text or depth(value) > 64 or not numbers(value):
        raise ValueError("not canonical")
    return value


def texts(value, keys):
    return all(isinstance(value.get(key), str) for key in keys)


LONGEST = 4 << 20
ENTRY = ["about", "at", "facts", "format", "seq", "till", "what", "who"]
HEADER = ["by", "exported_at", "form", "public_key", "schema", "till"]


def learn_signer(body, signers):
    """Whose key is whose, as the trail tells it."""
    if body["what"] == "approval.key_removed":
        signers.pop(body["about"], None)
    if body["what"] not in ("staff.key_made", "approval.key_imported"):
        return
    key = body["facts"].get("public_key") if isinstance(body["facts"], dict) else None
    if from_hex(key, 32) is None:
        raise ValueError("a key is not named")
    signers[body["about"]] = key


def approval(body, signers):
    facts = body["facts"]
    if body["what"] != "change.approved" or not isinstance(facts, dict) or not facts.get("seal"):
        return True
    seal, statement = facts["seal"], facts.get("statement")
    if not isinstance(seal, dict) or not isinstance(statement, str):
        return False
    if not is_signed(seal.get("public_key"), statement.encode(), seal.get("signature")):
        return False
    if signers.get(body["who"]) != seal["public_key"]:
        return False
    told = canonical(statement)
    return (
        isinstance(told, dict)
        and told.get("form") == "counterfoil-approval-1"
        and told.get("change") == body["about"]
        and told.get("approver") == body["who"]
        and told.get("nonce") == seal.get("nonce")
    )


def check_entry(line, seq, before, till, signers):
    body, digest, place = line["body"], line["hash"], line["seq"]
    if not texts(line, ["body", "hash"]) or place is True or place != seq:
        raise Bad(seq)
    if hashlib.sha256(f"{before}\n{body}".encode()).hexdigest() != digest:
        raise Bad(seq)
    told = canonical(body)
    if not isinstance(told, dict) or sorted(told) != ENTRY:
        raise Bad(seq)
    fits = told["format"] == 1 and told["seq"] == seq and told["till"] in (till, "new")
    if not fits or not texts(told, ["about", "at", "what", "who"]) or not approval(told, signers):
        raise Bad(seq)
    learn_signer(told, signers)
    return told


def read_head(line):
    if not texts(line, ["head", "public_key", "signature"]):
        raise ValueError("a head has no text")
    told = canonical(line["head"])
    if not isinstance(told, dict) or sorted(told) != ["at", "form", "hash", "seq", "till"]:
        raise ValueError("no head")
    fits = told["form"] == "counterfoil-head-1" and texts(told, ["at", "hash", "till"])
    if not fits or type(told["seq"]) is not int:
        raise ValueError("no head")
    return told


def check_header(text):
    told = canonical(text)
    if not isinstance(told, dict) or sorted(told) != HEADER:
        raise Bad(None)
    if told["form"] != "counterfoil-trail-1" or not texts(told, ["by", "exported_at", "till"]):
        raise Bad(None)
    key = told["public_key"]
    if type(told["schema"]) is not int or (key is not None and from_hex(key, 32) is None):
        raise Bad(None)
    return told


def check_end(line, state, header, keys):
    if line["end"] != json.dumps(state, sort_keys=True, separators=(",", ":"), ensure_ascii=False):
        raise Bad(None)
    last = keys[-1] if keys else None
    if header["public_key"] != last:
        raise Bad(None)
    if line["signature"] is not None:
        if not keys or not is_signed(last, line["end"].encode(), line["signature"]):
            raise Bad(None)


def verify(path, wanted=None):
    """The head of a good file; raises Bad with its first bad entry."""
    seq, digest, heads, keys, signers = 0, "0" * 64, 0, [], {}
    head_here, found, header, ended = True, wanted is None, None, False
    running = hashlib.sha256()
    with open(path, "rb") as file:
        while raw := file.readline(LONGEST + 1):
            expected = None if header is None else seq + 1
            try:
                if ended or not raw.endswith(b"\n"):
                    raise Bad(expected)
                text = raw[:-1].decode("utf-8")
                if header is None:
                    header = check_header(text)
                    running.update(raw)
                    continue
                line = canonical(text)
                kind = sorted(line) if isinstance(line, dict) else None
                if kind == ["body", "hash", "seq"]:
                    told = check_entry(line, seq + 1, digest, header["till"], signers)
                    if told["what"] == "till.key_made":
                        facts = told["facts"]
                        key = facts.get("public_key") if isinstance(facts, dict) else None
                        if from_hex(key, 32) is None:
                            raise Bad(seq + 1)
                        keys.append(key)
                    seq, digest, head_here = seq + 1, line["hash"], False
                    found = found or digest.startswith(wanted)
                elif kind == ["head", "public_key", "signature"]:
                    expected = seq
                    told = read_head(line)
                    if told["seq"] > seq:
                        raise Bad(seq + 1)
                    if head_here or seq == 0 or line["public_key"] not in keys:
                        raise Bad(seq)
                    if told != told | {"seq": seq, "hash": digest, "till": header["till"]}:
                        raise Bad(seq)
                    if not is_signed(line["public_key"], line["head"].encode(), line["signature"]):
                        raise Bad(seq)
                    heads, head_here = heads + 1, True
                elif kind == ["end", "signature"]:
                    expected = None
                    state = {"digest": running.hexdigest(), "entries": seq, "head": digest}
                    state |= {"form": "counterfoil-trail-end-1", "heads": heads}
                    check_end(line, state | {"till": header["till"]}, header, keys)
                    ended = True
                else:
                    raise Bad(expected)
            except (ValueError, TypeError, KeyError, AttributeError):
                raise Bad(expected) from None
            running.update(raw)
    if not ended:
        raise Bad(None if header is None else seq + 1)
    if not found:
        raise Bad(seq + 1)
    return digest


def say(path, wanted):
    try:
        return 0, verify(path, wanted)
    except Bad as bad:
        return 3, "-" if bad.entry is None else str(bad.entry)


def main(words):
    if words[:1] == ["--many"]:
        with open(words[1], encoding="utf-8") as file:
            for path, _, wanted in (line.rstrip("\n").partition("\t") for line in file):
                print(*say(path, wanted or None))
        return 0
    code, word = say(words[0], words[2] if words[1:2] == ["--head"] else None)
    print(f"head {word}" if code == 0 else f"first bad entry {word}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
