"""wechatpy, unmodified, lives through the same day by v2: XML, one shared key, a client certificate where money goes out.

    suanpan run -- python story_v2.py --sdk wechatpy --management URL --trust shared_key --notify-url URL --inbox FILE

Told as `story.py` tells it. What differs from v3: nothing has to be trusted first, the bill is the answer itself, and the
end of a refund is not signed but sealed.
"""

import base64
import datetime
import re
import secrets
import sys

from story import BACK, PRICE, REFUND_SETTLES_SECONDS, Story, arguments, demand

TOTAL = PRICE["total"]


def main() -> int:
    story = SharedKeyStory(arguments())
    story.check("JSAPI order placed", story.prepay_the_order)
    story.check("unpaid order queried", lambda: story.expect_state(story.order, "NOTPAY"))
    story.check("order closed", story.close_an_order)
    story.check("second signature accepted, order paid", story.pay)
    story.check("paid order queried", lambda: story.expect_state(story.order, "SUCCESS"))
    story.check("badly signed answer refused", story.distrust)
    story.check("notification arrived", story.wait_for_notification)
    story.check("notification verified", story.believe)
    story.check("altered notification refused", story.refuse)
    story.check("refund accepted with the client certificate, and queried", story.refund)
    story.check("refund notification opened", story.believe_refund)
    story.check("altered refund notification refused", story.refuse_refund)
    story.check("trade bill downloaded", story.bill)
    return 0


class SharedKeyStory(Story):
    def prepay(self, label):
        number = f"python{label}{secrets.token_hex(6)}"
        now = datetime.datetime.fromisoformat(self.management("GET", "/api/clock")["now"])
        payer = self.user["openids"][self.app["appid"]]
        return number, self.sdk.prepay("一杯龙井", number, TOTAL, payer, now)

    def expect_state(self, number, state):
        order = self.sdk.query(number)
        demand(order["trade_state"] == state, f"{state}, got {order['trade_state']}")
        demand(order["out_trade_no"] == number, "the order that was asked for")
        if state == "SUCCESS":
            demand(order["total_fee"] == str(TOTAL), f"the price, got {order['total_fee']}")
            demand(order["transaction_id"], "a transaction_id")

    def close_an_order(self):
        number, _ = self.prepay("closed")
        self.sdk.close(number)
        self.expect_state(number, "CLOSED")

    def pay(self):
        params = self.sdk.invocation(self.prepay_id)
        # `wx.requestPayment` takes the signed members; the app is known from the program.
        params.pop("appId")
        self.pay_with(params)

    def believe(self):
        told = self.sdk.open_payment(self.notification["body"])
        demand(told["out_trade_no"] == self.order, f"our order, got {told['out_trade_no']}")
        demand(told["result_code"] == "SUCCESS", f"SUCCESS, got {told['result_code']}")
        demand(told["total_fee"] == TOTAL, f"the price, got {told['total_fee']}")
        ours = (self.merchant["mchid"], self.app["appid"])
        demand((told["mch_id"], told["appid"]) == ours, "our merchant and app")

    def refuse(self):
        body = self.notification["body"]
        altered = body.replace(f"<total_fee>{TOTAL}<", f"<total_fee>{TOTAL - 1}<")
        demand(altered != body, "the body was altered")
        expect_refusal(lambda: self.sdk.open_payment(altered))

    def refund(self):
        refund_no = f"back-{self.order}"
        made = self.sdk.refund(self.order, refund_no, TOTAL, BACK, f"{self.given.notify_url}-refund")
        queried = self.sdk.query_refund(refund_no)
        demand(queried["refund_id_0"] == made["refund_id"], "the refund that was made")
        demand(queried["refund_fee_0"] == str(BACK), f"{BACK}, got {queried['refund_fee_0']}")

    def believe_refund(self):
        self.management("POST", "/api/clock/advance", {"seconds": REFUND_SETTLES_SECONDS})
        self.refund_body = self.arrived("-refund")["body"]
        told = self.sdk.open_refund(self.refund_body)
        demand(told["out_refund_no"] == f"back-{self.order}", f"our refund, got {told}")
        demand(told["refund_status"] == "SUCCESS", f"SUCCESS, got {told['refund_status']}")

    def refuse_refund(self):
        """Nothing signs it: with one bit of the first block changed it must not open into a document."""
        sealed = re.search(r"<req_info><!\[CDATA\[(.*?)\]\]>", self.refund_body, re.DOTALL)[1]
        data = bytearray(base64.b64decode(sealed))
        data[0] ^= 1
        altered = self.refund_body.replace(sealed, base64.b64encode(data).decode())
        expect_refusal(lambda: self.sdk.open_refund(altered))

    def bill(self):
        self.wait_until_bills_are_ready()
        self.expect_line(self.sdk.bill(self.paid_on.replace("-", "")))


def expect_refusal(run):
    try:
        run()
    except Exception:  # Whatever the SDK raises is its refusal.
        return
    raise AssertionError("expected it to be refused")


if __name__ == "__main__":
    sys.exit(main())
