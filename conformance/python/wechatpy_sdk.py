"""wechatpy's payment client as its users call it. It verifies an answer only when it is asked to, so it is asked."""

import pathlib
import tempfile
from datetime import timedelta

from wechatpy.exceptions import InvalidSignatureException
from wechatpy.pay import WeChatPay


class Sdk:
    SHORTFALLS = {}

    def __init__(self, given, merchant, app):
        self.given = given
        # It wants its client certificate in files.
        self.folder = tempfile.TemporaryDirectory()
        certificate, key = (pathlib.Path(self.folder.name, name) for name in ("cert.pem", "key.pem"))
        certificate.write_text(merchant["certificate_pem"])
        key.write_text(merchant["private_key_pem"])
        self.sdk = WeChatPay(
            appid=app["appid"],
            api_key=merchant["api_v2_key"],
            mch_id=merchant["mchid"],
            mch_cert=str(certificate),
            mch_key=str(key),
            timeout=(5, 15),
        )

    def proven(self, answer):
        if not self.sdk.check_signature(answer):
            raise InvalidSignatureException()
        return answer

    def prepay(self, body, out_trade_no, total, openid, now):
        """Its own times are the machine's, and the simulator's clock is somewhere else by now."""
        answer = self.sdk.order.create(
            trade_type="JSAPI",
            body=body,
            total_fee=total,
            notify_url=self.given.notify_url,
            client_ip="127.0.0.1",
            user_id=openid,
            out_trade_no=out_trade_no,
            time_start=now,
            time_expire=now + timedelta(hours=2),
        )
        return self.proven(answer)["prepay_id"]

    def query(self, out_trade_no):
        return self.proven(self.sdk.order.query(out_trade_no=out_trade_no))

    def close(self, out_trade_no):
        return self.proven(self.sdk.order.close(out_trade_no))

    def invocation(self, prepay_id):
        return self.sdk.jsapi.get_jsapi_params(prepay_id)

    def is_about_signature(self, error):
        return isinstance(error, InvalidSignatureException)

    def open_payment(self, body):
        return self.sdk.parse_payment_result(body)

    def open_refund(self, body):
        return self.sdk.parse_refund_notify_result(body)

    def refund(self, out_trade_no, out_refund_no, total, back, notify_url):
        answer = self.sdk.refund.apply(
            total, back, out_refund_no, out_trade_no=out_trade_no, refund_desc="杯子碎了", notify_url=notify_url
        )
        return self.proven(answer)

    def query_refund(self, out_refund_no):
        return self.proven(self.sdk.refund.query(out_refund_no=out_refund_no))

    def bill(self, day):
        return self.sdk.tools.download_bill(day)
