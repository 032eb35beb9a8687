"""Writes the corpus of wrong requests: `python3 generate.py` beside the keys of the pool.

Nothing here knows how the simulator explains a signature. Requests are made wrong with Python's own JSON, URL and charset
codecs, so a mistake of the explanation cannot agree with itself. The same seed writes the same files.
"""

import base64
import hashlib
import hmac
import json
import random
import uuid
from pathlib import Path
from urllib.parse import quote, unquote_plus
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.serialization import load_pem_private_key

HERE = Path(__file__).parent
SEED = 20260301
NOW = 1772337600
GENERATED = 240
SHOP, OTHER = "1900000001", "1900000002"
DIGEST_INFO = {
    "md5": "3020300c06082a864886f70d020505000410",
    "sha1": "3021300906052b0e03021a05000414",
    "sha256": "3031300d060960864801650304020105000420",
    "sha384": "3041300d060960864801650304020205000430",
    "sha512": "3051300d060960864801650304020305000440",
}


class Key:
    def __init__(self, label, mchid):
        pem = (HERE / "../../keys" / f"{label}.pem").read_bytes()
        numbers = load_pem_private_key(pem[pem.index(b"-----"):], None).private_numbers()
        self.n, self.d = numbers.public_numbers.n, numbers.d
        serial = bytearray(hashlib.sha256(f"api certificate of {mchid} over {label}".encode()).digest()[:20])
        serial[0] = serial[0] & 0x3F | 0x40
        self.serial = serial.hex().upper()

    def private(self, content):
        block = b"\x00\x01" + b"\xff" * (253 - len(content)) + b"\x00" + content
        return pow(int.from_bytes(block, "big"), self.d, self.n).to_bytes(256, "big")

    def sign(self, message, algorithm="sha256"):
        digest = hashlib.new(algorithm, message).digest()
        return self.private(bytes.fromhex(DIGEST_INFO[algorithm]) + digest)


OWN = Key("merchant-1", SHOP)
SECOND = Key("merchant-4", SHOP)
STRANGER = Key("merchant-2", OTHER)
WECHAT = Key("platform-1", SHOP)
NOBODY = Key("authority", SHOP)


class Client:
    """One request on its way to being sent: what goes over the wire, and what is signed."""

    def __init__(self, method, target, body=b"", nonce="593BEC0C930BF1AFEB40B4A08C8FB242", time=NOW):
        self.method, self.target, self.body, self.nonce, self.time = method, target, body, nonce, str(time)
        self.mchid, self.serial, self.key = SHOP, OWN.serial, OWN
        self.headers = {"Accept": "application/json", "User-Agent": "corpus", "Host": "api.mch.weixin.qq.com"}
        if body:
            self.headers["Content-Type"] = "application/json"
        self.order = ["method", "target", "time", "nonce", "body"]
        self.signed = {"method": method.encode(), "target": target.encode(), "time": self.time.encode(),
                       "nonce": nonce.encode(), "body": body}
        self.newline, self.last, self.hash = b"\n", True, "sha256"
        self.before_hash = lambda message: message
        self.spell = lambda raw: base64.b64encode(raw).decode()
        self.raw = None
        self.header = lambda at: (
            'WECHATPAY2-SHA256-RSA2048 mchid="{mchid}",nonce_str="{nonce}",signature="{signature}",'
            'timestamp="{time}",serial_no="{serial}"').format(**at)

    def string(self):
        lines = [self.signed[name] for name in self.order]
        return self.newline.join(lines) + (self.newline if self.last else b"")

    def send(self):
        message = self.string()
        raw = self.raw(message) if self.raw else self.key.sign(self.before_hash(message), self.hash)
        at = {"mchid": self.mchid, "nonce": self.nonce, "time": self.time, "serial": self.serial,
              "signature": self.spell(raw)}
        request = {"method": self.method, "url": self.target, "headers": {**self.headers, "Authorization": self.header(at)}}
        try:
            request["body"] = self.body.decode()
        except UnicodeDecodeError:
            request["body_base64"] = base64.b64encode(self.body).decode()
        return request


def dumps(document, **options):
    options = {"ensure_ascii": False, "separators": (",", ":"), **options}
    return json.dumps(document, **options).encode()


def order(number, description="龙井茶 一杯", total=1280):
    return {"appid": "wx5ua9pan0dem00001", "mchid": SHOP, "description": description, "out_trade_no": number,
            "notify_url": "https://shop.example/notify?from=wechat", "amount": {"total": total, "currency": "CNY"},
            "payer": {"openid": "o-a1b2c3d4e5f6a7b8c9d0e1f2a3"}}


def requests(chance):
    number = f"order-{chance.randrange(10**8):08}"
    nonce = "".join(chance.choice("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(32))
    hexed = f"{chance.getrandbits(128):032x}"
    time = NOW + chance.randrange(-200, 200)
    jsapi, refunds = "/v3/pay/transactions/jsapi", "/v3/refund/domestic/refunds"
    refund = {"out_trade_no": number, "out_refund_no": f"r-{number}", "reason": "买错了 <换货>", "notify_url":
              "https://shop.example/refunds", "amount": {"refund": 100, "total": 1280, "currency": "CNY"}}
    kind = chance.choice([
        ("GET", f"/v3/pay/transactions/out-trade-no/{number}?mchid={SHOP}", b""),
        ("GET", f"/v3/refund/domestic/refunds/r-{number}", b""),
        ("GET", "/v3/certificates", b""),
        ("GET", "/v3/bill/tradebill?bill_date=2026-02-28&bill_type=ALL&tar_type=GZIP", b""),
        ("POST", jsapi, dumps(order(number))),
        ("POST", jsapi, dumps(order(number, "tea & cake <large>", 3200))),
        ("POST", jsapi, dumps(order(number, "算盘茶铺/外带")) + b"\n"),
        ("POST", "/v3/pay/transactions/native", dumps({k: v for k, v in order(number).items() if k != "payer"})),
        ("POST", f"/v3/pay/transactions/out-trade-no/{number}/close", dumps({"mchid": SHOP})),
        ("POST", refunds, dumps(refund)),
        ("POST", refunds, dumps(refund, separators=(", ", ": "), ensure_ascii=True)),
    ])
    return Client(*kind, nonce=chance.choice([nonce, hexed, hexed.upper()]), time=time)


# Each way to be wrong: what it does to the client, and the names an explanation must give. It answers False where it
# makes no difference to this request.

def line(name, change):
    def apply(client):
        before = client.signed[name]
        client.signed[name] = change(client, before)
        return client.signed[name] != before
    return apply


def document(client):
    try:
        return json.loads(client.body)
    except ValueError:
        return None


def rewritten(**options):
    def apply(client):
        read = document(client)
        if read is None or client.body.endswith(b"\n") or b": " in client.body:
            return False
        client.signed["body"] = dumps(read, **options)
        return client.signed["body"] != client.body
    return apply


def setting(**values):
    def apply(client):
        vars(client).update(values)
        return True
    return apply


def swap_time_and_nonce(client):
    client.order = ["method", "target", "nonce", "time", "body"]
    return True


def leave_out_body_line(client):
    client.order = client.order[:-1]
    return client.body == b""


def sent_in_milliseconds(client):
    client.time += "000"
    return True


def sent_nonce_without_dashes(client):
    if len(client.nonce) != 32 or any(c not in "0123456789abcdef" for c in client.nonce):
        return False
    client.signed["nonce"] = str(uuid.UUID(client.nonce)).encode()
    return True


def with_html(client):
    body = client.body
    for plain, escape in ((b"&", rb"\u0026"), (b"<", rb"\u003c"), (b">", rb"\u003e")):
        body = body.replace(plain, escape)
    client.signed["body"] = body
    return body != client.body


def gbk(client):
    client.signed["body"] = client.body.decode().encode("gbk")
    return client.signed["body"] != client.body


def header_of(template):
    def apply(client):
        client.header = lambda at: template.format(**at)
        return True
    return apply


PLAIN = ('mchid="{mchid}",nonce_str="{nonce}",signature="{signature}",timestamp="{time}",serial_no="{serial}"')
SCHEME = "WECHATPAY2-SHA256-RSA2048 "
WAYS = {
    "method": [
        (["method_lower_case"], line("method", lambda c, v: v.lower())),
        (["method_other"], line("method", lambda c, v: b"POST" if v == b"GET" else b"GET")),
    ],
    "target": [
        (["url_without_query"], line("target", lambda c, v: v.split(b"?")[0])),
        (["url_with_host"], line("target", lambda c, v: b"https://api.mch.weixin.qq.com" + v)),
        (["url_with_bare_host"], line("target", lambda c, v: b"api.mch.weixin.qq.com" + v)),
        (["url_slash_added"], line("target", lambda c, v: v + b"/" if b"?" not in v else v)),
        (["url_without_first_slash"], line("target", lambda c, v: v[1:])),
        (["url_without_v3"], line("target", lambda c, v: v[3:])),
        (["url_encoded_twice"], line("target", lambda c, v: quote(v.decode(), safe="").encode())),
    ],
    "time": [
        (["timestamp_milliseconds"], line("time", lambda c, v: v + b"%03d" % (int(v) % 1000))),
        (["timestamp_read_twice"], line("time", lambda c, v: b"%d" % (int(v) + 1))),
        (["timestamp_time_zone"], line("time", lambda c, v: b"%d" % (int(v) + 8 * 3600))),
        (["timestamp_header_milliseconds", "clock_milliseconds"], sent_in_milliseconds),
    ],
    "nonce": [
        (["nonce_lower_case"], line("nonce", lambda c, v: v.lower())),
        (["nonce_upper_case"], line("nonce", lambda c, v: v.upper())),
        (["nonce_with_dashes"], sent_nonce_without_dashes),
    ],
    "body": [
        (["body_left_out"], line("body", lambda c, v: b"")),
        (["body_empty_object"], line("body", lambda c, v: v or b"{}")),
        (["body_null"], line("body", lambda c, v: v or b"null")),
        (["body_newline_added"], line("body", lambda c, v: v + b"\n" if v and not v.endswith(b"\n") else v)),
        (["body_newline_lost"], line("body", lambda c, v: v.rstrip())),
        (["body_pretty"], rewritten(indent=2, separators=(",", ": "))),
        (["body_pretty"], rewritten(indent=4, separators=(",", ": "))),
        (["body_spaced"], rewritten(separators=(", ", ": "))),
        (["body_spaced", "body_unicode_escapes"], lambda c: not c.body.isascii() and rewritten(separators=(", ", ": "), ensure_ascii=True)(c)),
        (["body_unicode_escapes"], rewritten(ensure_ascii=True)),
        (["body_sorted"], rewritten(sort_keys=True)),
        (["body_html_escapes"], with_html),
        (["body_slash_escapes"], line("body", lambda c, v: v.replace(b"/", rb"\/"))),
        (["body_gbk"], gbk),
        (["body_latin1"], line("body", lambda c, v: v.decode("latin-1").encode())),
        (["body_encoded_twice"], line("body", lambda c, v: dumps(v.decode()) if v else v)),
        (["body_bom"], line("body", lambda c, v: b"\xef\xbb\xbf" + v if v else v)),
        (["body_percent_encoded"], line("body", lambda c, v: quote(v.decode(), safe="").encode())),
        (["body_base64"], line("body", lambda c, v: base64.b64encode(v))),
    ],
    "layout": [
        (["last_newline_missing"], lambda c: c.body != b"" and setting(last=False)(c)),
        (["newlines_crlf"], setting(newline=b"\r\n")),
        (["newlines_literal"], setting(newline=rb"\n")),
        (["newlines_ampersand"], setting(newline=b"&", last=False)),
        (["newlines_none"], setting(newline=b"")),
        (["timestamp_and_nonce_swapped"], swap_time_and_nonce),
        (["body_line_missing"], leave_out_body_line),
    ],
    "hash": [
        (["hash_sha1"], setting(hash="sha1")),
        (["hash_sha512"], setting(hash="sha512")),
        (["hash_md5"], setting(hash="md5")),
        (["hash_of_hex"], setting(before_hash=lambda m: hashlib.sha256(m).hexdigest().encode())),
        (["hash_of_base64"], setting(before_hash=lambda m: base64.b64encode(hashlib.sha256(m).digest()))),
        (["hash_twice"], setting(before_hash=lambda m: hashlib.sha256(m).digest())),
        (["hash_unnamed"], lambda c: setting(raw=lambda m: c.key.private(hashlib.sha256(m).digest()))(c)),
    ],
    "spelling": [
        (["signature_base64url"], setting(spell=lambda raw: base64.urlsafe_b64encode(raw).decode())),
        (["signature_hex"], setting(spell=lambda raw: raw.hex())),
        (["signature_percent_encoded"], setting(spell=lambda raw: quote(base64.b64encode(raw).decode(), safe=""))),
        (["signature_base64_twice"], setting(spell=lambda raw: base64.b64encode(base64.b64encode(raw)).decode())),
        (["signature_unpadded"], setting(spell=lambda raw: base64.b64encode(raw).decode().rstrip("="))),
        (["signature_reversed"], setting(spell=lambda raw: base64.b64encode(raw[::-1]).decode())),
    ],
    "who": [
        (["key_of_other_merchant"], setting(key=STRANGER)),
        (["key_of_other_certificate"], setting(key=SECOND)),
        (["key_of_wechat"], setting(key=WECHAT)),
        (["serial_lower_case"], lambda c: setting(serial=c.serial.lower())(c)),
        (["serial_decimal"], lambda c: setting(serial=str(int(c.serial, 16)))(c)),
        (["serial_of_other_merchant"], setting(serial=STRANGER.serial)),
        (["mchid_unknown"], setting(mchid="1900009999")),
        (["clock_off"], lambda c: c.__init__(c.method, c.target, c.body, c.nonce, NOW - 4000) is None),
    ],
    "header": [
        (["header_quotes"], header_of(SCHEME + PLAIN.replace('"', ""))),
        (["header_separators"], header_of(SCHEME + PLAIN.replace(",", ";"))),
        (["header_names"], header_of(SCHEME + PLAIN.replace("nonce_str", "nonce"))),
        (["header_scheme"], header_of("WECHATPAY2-SHA256-RSA " + PLAIN)),
        (["header_no_blank"], header_of(SCHEME.strip() + PLAIN)),
        (["header_member_missing"], header_of(SCHEME + PLAIN.replace('serial_no="{serial}"', 'serial_no=""'))),
    ],
}

# Mistakes that could be told from the request, but that the simulator was not taught: what a rate should suffer from.
UNTAUGHT = [
    (["newlines_tab"], setting(newline=b"\t")),
    (["url_path_only_name"], line("target", lambda c, v: v.split(b"?")[0].rsplit(b"/", 1)[-1])),
    (["nonce_base64"], line("nonce", lambda c, v: base64.b64encode(v))),
    (["body_trailing_comma"], line("body", lambda c, v: v.replace(b"}", b",}") if v else v)),
    (["body_camel_case"], line("body", lambda c, v: v.replace(b"out_trade_no", b"outTradeNo"))),
    (["body_single_quotes"], line("body", lambda c, v: v.replace(b'"', b"'"))),
]

# What nobody can tell from the request: the explanation must not pretend to know.
HOPELESS = [
    (["key_unknown"], setting(key=NOBODY)),
    ([], line("nonce", lambda c, v: v[::-1])),
    ([], line("body", lambda c, v: v.replace(b"1280", b"1281"))),
    ([], line("target", lambda c, v: v.replace(b"order-", b"trade-"))),
]


def generated(chance):
    cases = []
    while len(cases) < GENERATED:
        client = requests(chance)
        dice = chance.random()
        if dice < 0.08:
            names, apply = chance.choice(HOPELESS if dice < 0.05 else UNTAUGHT)
            if apply(client):
                cases.append({"request": client.send(), "expect": {"mistakes": names, "explained": dice >= 0.05}})
            continue
        how_many = chance.choices([1, 2, 3], [60, 30, 10])[0]
        families = sorted(chance.sample(list(WAYS), how_many), key=list(WAYS).index)
        # An absent member or an old clock hides the rest, and a digest is not signed by anybody.
        chosen = [chance.choice(WAYS[family]) for family in families]
        names = [name for way in chosen for name in way[0]]
        hides = {"header_member_missing", "clock_off"} & set(names)
        if (hides and how_many > 1) or not all([apply(client) for _, apply in chosen]):
            continue
        cases.append({"request": client.send(), "expect": {"mistakes": names, "explained": True}})
    return cases


def by_hand():
    """Wrong requests as people have reported them, rebuilt from the libraries that made them."""
    cases = []

    def case(story, client, mistakes, explained=True, client_string=None):
        entry = {"story": story, "request": client.send(), "expect": {"mistakes": mistakes, "explained": explained}}
        if client_string is not None:
            entry["request"]["client_string"] = client_string
        cases.append(entry)

    jsapi, tea = "/v3/pay/transactions/jsapi", order("order-20260301")

    client = Client("POST", jsapi, json.dumps(tea).encode())
    client.signed["body"] = dumps(tea)
    case("Python: the string is made with separators and ensure_ascii=False, the body by requests' json=", client,
         ["body_compact", "body_unescaped"])

    client = Client("POST", jsapi, dumps(tea))
    client.signed["body"] = json.dumps(tea, separators=(",", ":")).replace("/", r"\/").encode()
    case("PHP: json_encode without flags for the signature, Guzzle's own encoding for the body", client,
         ["body_unicode_escapes", "body_slash_escapes"])

    client = Client("POST", jsapi, dumps(tea) + b"\n")
    client.signed["body"] = dumps(tea)
    case("Go: json.Marshal is signed, json.NewEncoder sends and adds a newline", client, ["body_newline_lost"])

    client = Client("POST", jsapi, dumps(order("order-1", "tea & cake")).replace(b"&", rb"\u0026"))
    client.signed["body"] = dumps(order("order-1", "tea & cake"))
    case("Go: the body is sent with HTML escapes, signed without", client, ["body_html_unescaped"])

    client = Client("POST", jsapi, dumps(tea))
    client.signed["body"] = dumps(tea, sort_keys=True)
    case("Java: a TreeMap is signed, a bean is sent", client, ["body_sorted"])

    client = Client("POST", jsapi, dumps(tea))
    client.signed["body"] = java_map(tea).encode()
    case("Java: map.toString() is signed", client, ["body_java_map"])

    client = Client("POST", jsapi, dumps(tea))
    client.signed["body"] = str(tea).encode()
    case("Python: str(dict) is signed", client, ["body_python_dict"])

    client = Client("POST", jsapi, dumps(tea))
    client.signed["body"] = b"[object Object]"
    case("JavaScript: the object itself is put into a template string", client, ["body_object_object"])

    client = Client("POST", jsapi, dumps(tea))
    client.signed["body"] = dumps(dumps(tea).decode())
    case("JavaScript: JSON.stringify is applied twice", client, ["body_encoded_twice"])

    client = Client("POST", jsapi, dumps(tea))
    client.signed["body"] = json.dumps(tea, indent=2, ensure_ascii=False).encode()
    client.newline = b"\r\n"
    case("C#: indented JSON and StringBuilder.AppendLine on Windows", client, ["body_pretty", "newlines_crlf"])

    client = Client("GET", "/v3/certificates")
    client.order, client.last = client.order[:-1], False
    case("GET: four lines joined by newlines, the empty body forgotten with its line", client, ["body_line_missing"])

    client = Client("GET", "/v3/certificates")
    client.last = False
    case("GET: the last of the two newlines is trimmed away", client, ["body_line_missing"])

    client = Client("GET", "/v3/bill/tradebill?bill_date=2026-02-28&bill_type=ALL")
    client.signed["target"] = b"/v3/bill/tradebill"
    case("axios: params are given apart, the signature sees only url", client, ["url_without_query"])

    client = Client("GET", f"/v3/pay/transactions/out-trade-no/a%2Ab%7Cc-1?mchid={SHOP}")
    client.signed["target"] = unquote_plus(client.target).encode()
    case("The HTTP library escapes what was signed plain", client, ["url_decoded"])

    client = Client("GET", "/v3/marketing/partnerships?limit=5&authorized_data=%7B%22a%22%3A%201%7D")
    client.signed["target"] = client.target.replace("%20", "+").encode()
    case("Java: URLEncoder signs a blank as +, the client sends %20", client, ["url_blank_as_plus"])

    client = Client("GET", "/v3/pay/transactions/id/4200001234202603011234567890?mchid=" + SHOP)
    client.signed["target"] = ("/v3/pay/transactions/id/{transaction_id}?mchid=" + SHOP).encode()
    case("The path is signed with its placeholder", client, ["url_template"])

    client = Client("GET", "/v3/certificates")
    client.signed["time"] = b"%d" % (NOW * 1000 + 431)
    client.header = lambda at: (SCHEME + PLAIN).format(**{**at, "time": str(NOW)})
    case("JavaScript: Date.now() in the string, seconds in the header", client, ["timestamp_milliseconds"])

    client = Client("GET", "/v3/certificates", time=NOW * 1000 + 431)
    case("JavaScript: Date.now() in both places", client, ["clock_milliseconds"])

    client = Client("GET", "/v3/certificates", time=NOW + 8 * 3600)
    case("PHP: strtotime of a local date taken for UTC", client, ["clock_time_zone"])

    client = Client("GET", "/v3/certificates")
    client.signed["time"] = b"%d" % (NOW - 1)
    case("time() is called once for the string and once for the header", client, ["timestamp_read_twice"])

    client = Client("POST", jsapi, dumps(tea))
    client.hash = "sha1"
    case("Node: createSign('RSA-SHA1')", client, ["hash_sha1"])

    client = Client("POST", jsapi, dumps(tea))
    client.before_hash = lambda m: hashlib.sha256(m).hexdigest().encode()
    case("openssl: sha256sum first, then dgst -sha256 -sign over its output", client, ["hash_of_hex"])

    client = Client("POST", jsapi, dumps(tea))
    client.raw = lambda m: hashlib.sha256(m).digest()
    case("Only SHA-256, no key at all", client, ["digest_unsigned"])

    client = Client("POST", jsapi, dumps(tea))
    client.serial = WECHAT_SERIAL
    case("The platform certificate's serial number stands in the header", client, ["serial_of_wechat"])

    client = Client("POST", jsapi, dumps(tea))
    client.serial = ":".join(client.serial[at:at + 2] for at in range(0, 40, 2))
    case("openssl x509 -serial as printed in the text form, with colons", client, ["serial_punctuated"])

    client = Client("POST", jsapi, dumps(tea))
    client.key = SECOND
    case("A new certificate was applied for, the old serial number is still configured", client,
         ["key_of_other_certificate"])

    client = Client("POST", jsapi, dumps(tea))
    client.spell = lambda raw: base64.b64encode(raw).decode().replace("+", " ")
    case("The signature went through a form decoder", client, ["signature_plus_lost"])

    client = Client("POST", jsapi, dumps(tea))
    client.spell = lambda raw: "\\n".join(text[at:at + 64] for text in [base64.b64encode(raw).decode()]
                                          for at in range(0, len(text), 64))
    case("openssl base64 without -A, its line breaks escaped", client, ["signature_escaped"])

    client = Client("POST", jsapi, dumps(tea))
    client.signed["body"] = dumps({**tea, "attach": "x"})
    theirs = client.string().decode()
    case("The body is changed by an interceptor after signing; the client tells what it signed", client,
         ["client_string_differs"], client_string=theirs)

    client = Client("POST", jsapi, dumps(tea))
    client.signed["body"] = dumps({**tea, "attach": "x"})
    case("The same without telling", client, [], explained=False)

    client = Client("POST", jsapi, dumps(tea))
    client.order = ["time", "nonce", "body"]
    case("The three lines of an answer are signed for a request", client, ["string_of_an_answer"])

    client = Client("POST", jsapi, dumps(tea))
    client.signed["body"] = "&".join(f"{k}={v}" for k, v in tea.items() if isinstance(v, str)).encode()
    case("A form of the text members is signed, numbers and objects lost", client, [], explained=False)

    client = Client("GET", f"/v3/pay/transactions/out-trade-no/order-1?mchid={SHOP}")
    client.signed["body"] = dumps({"mchid": SHOP})
    case("A GET: the query is signed as JSON, as an interceptor for POST does it", client, ["body_is_query"])

    client = Client("POST", jsapi, dumps(tea).decode().encode("gbk"))
    client.signed["body"] = dumps(tea)
    case("A source file in GBK: UTF-8 is signed, GBK is sent", client, ["body_sent_gbk"])
    return cases


def java_map(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}={java_map(v)}" for k, v in value.items()) + "}"
    return str(value)


def platform_serial():
    serial = bytearray(hashlib.sha256(f"platform certificate 0 of {SHOP}".encode()).digest()[:20])
    serial[0] = serial[0] & 0x3F | 0x40
    return serial.hex().upper()


WECHAT_SERIAL = platform_serial()


def v2_key(mchid):
    return hashlib.sha256(f"APIv2 key of {mchid}".encode()).digest()[:16].hex()


def v3_key(mchid):
    return hashlib.sha256(f"APIv3 key of {mchid}".encode()).digest()[:16].hex()


def joined(pairs, key, name="&key="):
    return "&".join(f"{k}={v}" for k, v in pairs) + name + key


def v2(chance):
    """Calls of v2: the string is made wrong, then digested; or the digest is treated wrongly."""
    ways = [
        (["v2_empty_values"], lambda at: setattr(at, "kept", lambda k, v: k != "sign")),
        (["v2_unsorted"], lambda at: setattr(at, "sorted", False)),
        (["v2_values_encoded"], lambda at: setattr(at, "value", lambda v: quote(v, safe=""))),
        (["v2_key_left_out"], lambda at: setattr(at, "join", lambda p, k: joined(p, "", ""))),
        (["v2_key_without_name"], lambda at: setattr(at, "join", lambda p, k: joined(p, k, ""))),
        (["v2_key_name"], lambda at: setattr(at, "join", lambda p, k: joined(p, k, "key="))),
        (["v2_key_first"], lambda at: setattr(at, "join", lambda p, k: f"key={k}&" + joined(p, "", ""))),
        (["v2_key_sorted"], lambda at: setattr(at, "join", lambda p, k: joined(sorted([*p, ("key", k)]), "", ""))),
        (["v2_api_v3_key"], lambda at: setattr(at, "key", v3_key(SHOP))),
        (["v2_other_key"], lambda at: setattr(at, "key", v2_key(OTHER))),
        (["v2_app_secret"], lambda at: setattr(at, "key", "5ua9pan5ecret0000000000000000001")),
        (["v2_key_case"], lambda at: setattr(at, "key", v2_key(SHOP).upper())),
        (["v2_key_with_blanks"], lambda at: setattr(at, "key", v2_key(SHOP) + "\n")),
        (["v2_sign_lower_case"], lambda at: setattr(at, "show", str.lower)),
        (["v2_sign_type_other"], lambda at: setattr(at, "is_hmac", not at.is_hmac)),
        (["v2_gbk"], lambda at: setattr(at, "charset", "gbk")),
        (["v2_sign_type_unsigned"], lambda at: setattr(at, "kept", lambda k, v: v and k not in ("sign", "sign_type"))),
    ]
    cases = []
    for number in range(40):
        names, apply = ways[number % len(ways)] if number < len(ways) else chance.choice(ways)
        call = Call(chance, is_hmac=chance.random() < 0.4 or names == ["v2_sign_type_unsigned"])
        apply(call)
        cases.append({"request": call.send(), "expect": {"mistakes": names, "explained": True}})
    lost = Call(chance, is_hmac=False)
    lost.key = "0123456789abcdef0123456789abcdef"
    cases.append({"request": lost.send(), "expect": {"mistakes": [], "explained": False}})
    return cases


class Call:
    def __init__(self, chance, is_hmac):
        self.is_hmac, self.key = is_hmac, v2_key(SHOP)
        self.fields = {"mch_id": SHOP, "appid": "wx5ua9pan0dem00001", "body": "龙井茶 <一杯>", "attach": "", "nonce_str":
                       f"{chance.getrandbits(128):032x}", "out_trade_no": f"order-{chance.randrange(10**8):08}",
                       "total_fee": "1280", "spbill_create_ip": "203.0.113.7", "trade_type": "JSAPI",
                       "notify_url": "https://shop.example/v2?a=1&b=2", "openid": "o-a1b2c3d4e5f6a7b8c9d0e1f2a3"}
        if is_hmac:
            self.fields["sign_type"] = "HMAC-SHA256"
        self.kept = lambda k, v: v != ""
        self.value, self.sorted, self.charset = (lambda v: v), True, "utf-8"
        self.join, self.show = joined, str.upper

    def send(self):
        pairs = [(k, self.value(v)) for k, v in self.fields.items() if self.kept(k, v)]
        string = self.join(sorted(pairs) if self.sorted else pairs, self.key).encode(self.charset)
        digest = hmac.new(self.key.encode(), string, "sha256") if self.is_hmac else hashlib.md5(string)
        fields = {**self.fields, "sign": self.show(digest.hexdigest())}
        body = "".join(f"<{k}>{escape(v)}</{k}>" for k, v in fields.items())
        return {"method": "POST", "url": "/pay/unifiedorder", "headers": {"Content-Type": "text/xml"}, "body": f"<xml>{body}</xml>"}


def write(name, cases):
    lines = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases)
    (HERE / name).write_text(f'{{"now": {NOW}, "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    write("generated.json", generated(random.Random(SEED)))
    write("by_hand.json", by_hand())
    write("v2.json", v2(random.Random(SEED)))
