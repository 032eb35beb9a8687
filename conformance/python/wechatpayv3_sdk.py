"""wechatpayv3 as its users call it."""

from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.utils import aes_decrypt


class Sdk:
    SHORTFALLS = {}

    def __init__(self, given, merchant, app):
        self.given, self.merchant, self.app = given, merchant, app

    def establish_trust(self):
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

    def is_about_signature(self, error):
        return "signature" in str(error)

    def opens(self, resource):
        plain = aes_decrypt(
            resource["nonce"], resource["ciphertext"], resource["associated_data"], self.merchant["api_v3_key"]
        )
        return plain is not None

    def __getattr__(self, call):
        return getattr(self.sdk, call)
