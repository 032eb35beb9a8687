"""pywechatpay as its users call it: one key of WeChat's, handed in, whatever the answer's serial number says."""

import json

from cryptography.exceptions import InvalidTag
from pywechatpay.core import WechatPay
from pywechatpay.exceptions import WechatPayException

MISSING = "theirs: the SDK has none"


class Sdk:
    SHORTFALLS = {
        "order closed, 204 without a body": MISSING,
        "refund accepted and queried": MISSING,
        "refund notification verified": MISSING,
        "trade bill downloaded": MISSING,
    }

    def __init__(self, given, merchant, app):
        self.given, self.merchant, self.app = given, merchant, app

    def establish_trust(self):
        if self.given.trust == "public_key":
            key = self.merchant["public_key"]["pem"]
        else:
            key = next(known["pem"] for known in self.merchant["platform_certificates"] if known["signing"])
        self.sdk = WechatPay(
            mchid=self.merchant["mchid"],
            mch_serial_no=self.merchant["serial_no"],
            mch_private_key_string=self.merchant["private_key_pem"],
            wechat_public_key_string=key,
            notify_url=self.given.notify_url,
            apiv3_key=self.merchant["api_v3_key"],
            mini_appid=self.app["appid"],
        )

    def pay(self, description, out_trade_no, amount, payer):
        """It makes the second signature at once; the story asks for its own."""
        params = self.sdk.pay_transactions_jsapi(
            description, out_trade_no, amount["total"], payer["openid"], amount["currency"], tag="mini"
        )
        return 200, json.dumps({"prepay_id": params["package"].removeprefix("prepay_id=")})

    def query(self, out_trade_no):
        return 200, json.dumps(self.sdk.pay_transactions_out_trade_no(out_trade_no))

    def sign(self, lines):
        return self.sdk.sign(self.sdk.generate_sign_str(lines))

    def is_about_signature(self, error):
        return isinstance(error, WechatPayException) and "not verify" in str(error)

    def callback(self, headers, body):
        signed = (headers["wechatpay-timestamp"], headers["wechatpay-nonce"], body, headers["wechatpay-signature"])
        if not self.sdk.verify(*signed):
            return None
        data = json.loads(body)
        sealed = data["resource"]
        return {**data, "resource": self.sdk.decrypt_response(sealed["nonce"], sealed["ciphertext"], sealed["associated_data"])}

    def opens(self, resource):
        try:
            self.sdk.decrypt_response(resource["nonce"], resource["ciphertext"], resource["associated_data"])
        except InvalidTag:
            return False
        return True
