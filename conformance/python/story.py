"""wechatpayv3, unmodified, lives through one merchant's day at the simulator.

    python story.py --management URL --trust certificate|public_key --notify-url URL --inbox FILE

Its host name is fixed in its code, so it reaches the simulator through the forward proxy: HTTPS_PROXY and
REQUESTS_CA_BUNDLE are all it is told. Each check is one JSON line on standard output: {"check", "ok", "detail"}.
"""

import argparse
import base64
import json
import secrets
import sys
import time
import urllib.request

from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.utils import aes_decrypt

PRICE = {"total": 1280, "currency": "CNY"}
NOTIFICATION_PATIENCE_SECONDS = 20


def main() -> int:
    given = arguments()
    story = Story(given)
    story.check("trust established", story.construct)
    story.check("JSAPI prepay", story.prepay_the_order)
    story.check("unpaid order queried", lambda: story.expect_state(story.order, "NOTPAY"))
    story.check("order closed, 204 without a body", story.close_an_order)
    story.check("second signature accepted, order paid", story.pay)
    story.check("paid order queried", lambda: story.expect_state(story.order, "SUCCESS"))
    story.check("badly signed answer refused", story.distrust)
    story.check("notification arrived", story.wait_for_notification)
    story.check("notification verified and decrypted", story.believe)
    story.check("altered notification refused", story.refuse)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("management", "trust", "notify-url", "inbox"):
        parser.add_argument(f"--{name}", required=True)
    return parser.parse_args()


class Story:
    def __init__(self, given):
        self.given = given
        fixture = self.management("GET", "/api/fixture")
        self.merchant = next(m for m in fixture["merchants"] if m["trust_mode"] == given.trust)
        mchid = self.merchant["mchid"]
        self.app = next(a for a in fixture["apps"] if a["kind"] == "miniprogram" and mchid in a["mchids"])
        self.user = fixture["users"][0]

    def construct(self):
        """In certificate mode the constructor downloads, decrypts and loads the certificates, or raises."""
        trust = {}
        if self.given.trust == "public_key":
            key = self.merchant["public_key"]
            trust = {"public_key": key["pem"], "public_key_id": key["id"]}
        self.sdk = WeChatPay(
            wechatpay_type=WeChatPayType.MINIPROG,
            mchid=self.merchant["mchid"],
            private_key=self.merchant["private_key_pem"],
            cert_serial_no=self.merchant["serial_no"],
            appid=self.app["appid"],
            apiv3_key=self.merchant["api_v3_key"],
            notify_url=self.given.notify_url,
            timeout=(5, 15),
            **trust,
        )

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
        invoke = {"kind": "miniprogram", "appid": self.app["appid"], "params": params}
        answer = self.management(
            "POST", "/api/pay", {"invoke": invoke, "user": self.user["name"], "outcome": "success"}
        )
        demand(answer["trade_state"] == "SUCCESS", f"SUCCESS, got {answer}")

    def distrust(self):
        """The negative control of everything above: agreement means something only if disagreement is noticed."""
        self.management("PUT", "/api/faults", [{"name": "bad_signature"}])
        try:
            self.sdk.query(out_trade_no=self.order)
        except Exception as error:
            demand("signature" in str(error), f"a complaint about the signature, got {error}")
        else:
            raise AssertionError("expected the answer to be refused")
        finally:
            self.management("DELETE", "/api/faults")

    def wait_for_notification(self):
        deadline = time.monotonic() + NOTIFICATION_PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                with open(self.given.inbox, encoding="utf-8") as inbox:
                    self.notification = json.load(inbox)
                return
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
        opened = aes_decrypt(
            resource["nonce"], ciphertext, resource["associated_data"], self.merchant["api_v3_key"]
        )
        demand(opened is None, "decryption fails")

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

    @staticmethod
    def check(name, run):
        try:
            run()
        except Exception as error:  # Whatever the SDK raises is the finding.
            print(json.dumps({"check": name, "ok": False, "detail": f"{type(error).__name__}: {error}"}), flush=True)
            sys.exit(1)
        print(json.dumps({"check": name, "ok": True, "detail": ""}), flush=True)


def demand(holds, expectation):
    if not holds:
        raise AssertionError(f"expected {expectation}")


if __name__ == "__main__":
    sys.exit(main())
