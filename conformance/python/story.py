"""wechatpayv3 or pywechatpay, unmodified, lives through one merchant's day at the simulator; `story_v2.py` tells it by v2.

    suanpan run -- python story.py --sdk NAME --management URL --trust certificate|public_key --notify-url URL --inbox FILE

Their host name is fixed in their code and they are told nothing: `suanpan run` leads them here. Each check is one JSON
line on standard output: {"check", "ok", "detail"}, with "fault" where the SDK is known to fall short.
"""

import argparse
import base64
import datetime
import gzip
import hashlib
import importlib
import json
import secrets
import sys
import time
import urllib.request

PRICE = {"total": 1280, "currency": "CNY"}
BACK = 280
NOTIFICATION_PATIENCE_SECONDS = 20
REFUND_SETTLES_SECONDS = 24 * 3600


def main() -> int:
    given = arguments()
    story = Story(given)
    story.check("trust established", story.sdk.establish_trust)
    story.check("JSAPI prepay", story.prepay_the_order)
    story.check("unpaid order queried", lambda: story.expect_state(story.order, "NOTPAY"))
    story.check("order closed, 204 without a body", story.close_an_order)
    story.check("second signature accepted, order paid", story.pay)
    story.check("paid order queried", lambda: story.expect_state(story.order, "SUCCESS"))
    story.check("badly signed answer refused", story.distrust)
    story.check("notification arrived", story.wait_for_notification)
    story.check("notification verified and decrypted", story.believe)
    story.check("altered notification refused", story.refuse)
    story.check("refund accepted and queried", story.refund)
    story.check("refund notification verified", story.believe_refund)
    story.check("trade bill downloaded", story.bill)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("sdk", "management", "trust", "notify-url", "inbox"):
        parser.add_argument(f"--{name}", required=True)
    return parser.parse_args()


class Story:
    def __init__(self, given):
        self.given = given
        fixture = self.management("GET", "/api/fixture")
        # v2 knows no trust but the key both sides share, and every merchant has one.
        trust = "certificate" if given.trust == "shared_key" else given.trust
        self.merchant = next(m for m in fixture["merchants"] if m["trust_mode"] == trust)
        mchid = self.merchant["mchid"]
        self.app = next(a for a in fixture["apps"] if a["kind"] == "miniprogram" and mchid in a["mchids"])
        self.user = fixture["users"][0]
        self.sdk = importlib.import_module(f"{given.sdk}_sdk").Sdk(given, self.merchant, self.app)

    def prepay_the_order(self):
        self.order, self.prepay_id = self.prepay("paid")

    def prepay(self, label):
        number = f"python{label}{secrets.token_hex(6)}"
        code, text = self.sdk.pay(
            description="一杯龙井",
            out_trade_no=number,
            amount=PRICE,
            payer={"openid": self.user["openids"][self.app["appid"]]},
        )
        demand(code == 200, f"200, got {code} {text}")
        return number, json.loads(text)["prepay_id"]

    def expect_state(self, number, state):
        code, text = self.sdk.query(out_trade_no=number)
        demand(code == 200, f"200, got {code} {text}")
        order = json.loads(text)
        demand(order["trade_state"] == state, f"{state}, got {order['trade_state']}")
        demand(order["out_trade_no"] == number, "the order that was asked for")
        if state == "SUCCESS":
            demand(order["amount"]["total"] == PRICE["total"], f"the price, got {order['amount']}")
            demand(order["transaction_id"], "a transaction_id")

    def close_an_order(self):
        number, _ = self.prepay("closed")
        code, body = self.sdk.close(out_trade_no=number)
        demand(code == 204 and not body, f"204 and nothing, got {code} {body!r}")
        self.expect_state(number, "CLOSED")

    def pay(self):
        params = {
            "timeStamp": str(int(time.time())),
            "nonceStr": secrets.token_hex(16),
            "package": f"prepay_id={self.prepay_id}",
            "signType": "RSA",
        }
        signed = [self.app["appid"], params["timeStamp"], params["nonceStr"], params["package"]]
        params["paySign"] = self.sdk.sign(signed)
        self.pay_with(params)

    def pay_with(self, params):
        invoke = {"kind": "miniprogram", "appid": self.app["appid"], "params": params}
        answer = self.management(
            "POST", "/api/pay", {"invoke": invoke, "user": self.user["name"], "outcome": "success"}
        )
        demand(answer["trade_state"] == "SUCCESS", f"SUCCESS, got {answer}")
        self.paid_on = self.management("GET", "/api/clock")["now"][:10]

    def distrust(self):
        """The negative control of everything above: agreement means something only if disagreement is noticed."""
        self.management("PUT", "/api/faults", [{"name": "bad_signature"}])
        try:
            self.expect_state(self.order, "SUCCESS")
        except Exception as error:
            demand(self.sdk.is_about_signature(error), f"a complaint about the signature, got {error}")
        else:
            raise AssertionError("expected the answer to be refused")
        finally:
            self.management("DELETE", "/api/faults")

    def wait_for_notification(self):
        self.notification = self.arrived("")

    def arrived(self, which):
        """What came to the story's address, or to the one beside it."""
        path = self.given.inbox.replace(".notification.json", f"{which}.notification.json")
        deadline = time.monotonic() + NOTIFICATION_PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                with open(path, encoding="utf-8") as inbox:
                    return json.load(inbox)
            except FileNotFoundError:
                time.sleep(0.05)
        raise AssertionError(f"no notification within {NOTIFICATION_PATIENCE_SECONDS} s")

    def believe(self):
        result = self.sdk.callback(self.notification["headers"], self.notification["body"])
        demand(result is not None, "a verified and decrypted notification")
        plain = result["resource"]
        demand(plain["out_trade_no"] == self.order, f"our order, got {plain['out_trade_no']}")
        demand(plain["trade_state"] == "SUCCESS", f"SUCCESS, got {plain['trade_state']}")
        demand(plain["amount"]["total"] == PRICE["total"], f"the price, got {plain['amount']}")
        ours = (self.merchant["mchid"], self.app["appid"])
        demand((plain["mchid"], plain["appid"]) == ours, "our merchant and app")

    def refuse(self):
        """One bit of the ciphertext: the SDK must not believe it, nor could it be decrypted without a signature."""
        body = self.notification["body"]
        resource = json.loads(body)["resource"]
        data = bytearray(base64.b64decode(resource["ciphertext"]))
        data[0] ^= 1
        ciphertext = base64.b64encode(data).decode()
        altered = body.replace(resource["ciphertext"], ciphertext)
        demand(altered != body, "the body was altered")
        demand(self.sdk.callback(self.notification["headers"], altered) is None, "no result")
        demand(not self.sdk.opens({**resource, "ciphertext": ciphertext}), "decryption fails")

    def refund(self):
        code, text = self.sdk.refund(
            out_trade_no=self.order,
            out_refund_no=f"back-{self.order}",
            reason="杯子碎了",
            notify_url=f"{self.given.notify_url}-refund",
            amount={"refund": BACK, **PRICE},
        )
        demand(code == 200, f"200, got {code} {text}")
        queried_code, queried = self.sdk.query_refund(f"back-{self.order}")
        demand(queried_code == 200, f"200, got {queried_code} {queried}")
        made, queried = json.loads(text), json.loads(queried)
        demand(queried["refund_id"] == made["refund_id"], "the refund that was made")
        demand(queried["amount"]["refund"] == BACK, f"{BACK}, got {queried['amount']}")

    def believe_refund(self):
        self.management("POST", "/api/clock/advance", {"seconds": REFUND_SETTLES_SECONDS})
        came = self.arrived("-refund")
        result = self.sdk.callback(came["headers"], came["body"])
        demand(result is not None, "a verified and decrypted notification")
        plain = result["resource"]
        demand(plain["out_refund_no"] == f"back-{self.order}", f"our refund, got {plain}")
        demand(plain["refund_status"] == "SUCCESS", f"SUCCESS, got {plain['refund_status']}")

    def bill(self):
        self.wait_until_bills_are_ready()
        code, text = self.sdk.trade_bill(bill_date=self.paid_on, tar_type="GZIP")
        demand(code == 200, f"200, got {code} {text}")
        applied = json.loads(text)
        code, packed = self.sdk.download_bill(applied["download_url"])
        demand(code == 200, f"200, got {code} {packed!r}")
        plain = gzip.decompress(packed)
        demand(hashlib.sha1(plain).hexdigest() == applied["hash_value"], "the file that was announced")
        self.expect_line(plain.decode("utf-8-sig"))

    def wait_until_bills_are_ready(self):
        """After ten on the day that follows."""
        now = datetime.datetime.fromisoformat(self.management("GET", "/api/clock")["now"])
        ready = datetime.datetime.fromisoformat(f"{self.paid_on}T10:30:00+08:00") + datetime.timedelta(days=1)
        seconds = max(0, int((ready - now).total_seconds()))
        self.management("POST", "/api/clock/advance", {"seconds": seconds})

    def expect_line(self, bill):
        demand(any(f"`{self.order}," in line for line in bill.split("\r\n")), "a line about our order")

    def management(self, method, path, body=None):
        request = urllib.request.Request(
            self.given.management + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={} if body is None else {"Content-Type": "application/json"},
        )
        # The management address is loopback and never behind the proxy under test.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def check(self, name, run):
        told = {"check": name, "ok": True, "detail": ""}
        try:
            run()
        except Exception as error:  # Whatever the SDK raises is the finding.
            told.update(ok=False, detail=f"{type(error).__name__}: {error}")
            if name in self.sdk.SHORTFALLS:
                told["fault"] = self.sdk.SHORTFALLS[name]
        print(json.dumps(told), flush=True)
        if not told["ok"] and "fault" not in told:
            sys.exit(1)


def demand(holds, expectation):
    if not holds:
        raise AssertionError(f"expected {expectation}")


if __name__ == "__main__":
    sys.exit(main())
