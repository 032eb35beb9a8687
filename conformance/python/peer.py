"""wechatpayv3, unmodified, answers what it would make of things.

    python peer.py

One JSON object a line in, one out: {"ok": …}, {"no": "why"} when the SDK refuses, {"cannot": true} when it has no
function for it. Its own code signs, verifies and opens; nothing of ours is used.
"""

import json
import sys
import time

from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.utils import build_authorization, load_private_key


class Peer:
    def introduce(self, question):
        ours, theirs = question["merchant"], question["wechat"]
        self.question = question
        self.merchant = self.sdk(question, ours, theirs)
        # The same SDK with the roles exchanged: it signs as WeChat and encrypts to the merchant.
        self.wechat = self.sdk(question, theirs, ours)
        self.key = load_private_key(ours["private"])
        return True

    @staticmethod
    def sdk(question, own, other):
        return WeChatPay(
            wechatpay_type=WeChatPayType.MINIPROG,
            mchid=question["mchid"],
            private_key=own["private"],
            cert_serial_no=own["serial_no"],
            appid="wx0",
            apiv3_key=question["api_v3_key"],
            notify_url="https://example.com",
            public_key=other["public"],
            public_key_id=other["serial_no"],
        )

    def authorization(self, question):
        """Its clock is its own: the timestamp stands in the header it returns."""
        return build_authorization(
            question["target"],
            question["method"],
            self.question["mchid"],
            self.question["merchant"]["serial_no"],
            self.key,
            data=question["body"],
            nonce_str=question["nonce"],
        )

    def believe(self, question):
        core = self.merchant._core
        demand(core._verify_signature(question["headers"], question["body"]), "not signed")
        return True

    def sign_answer(self, question):
        return self.wechat.sign([question["timestamp"], question["nonce"], question["body"]])

    def sign_lines(self, question):
        return self.merchant.sign(question["lines"])

    def open(self, question):
        plaintext = self.merchant.decrypt_callback(question["headers"], question["body"])
        demand(plaintext is not None, "not opened")
        return plaintext

    def encrypt(self, question):
        return self.wechat._core.encrypt(question["text"])

    def decrypt(self, question):
        return self.wechat.decrypt(question["ciphertext"])

    def prepay(self, question):
        """A path of `cargo xtask bench protocol`; the answer is CPU time in nanoseconds each."""
        answer = question["answer"]

        def once():
            self.authorization(question)
            self.believe(answer)
            json.loads(answer["body"])
            self.sign_lines(question)

        return measured(question["times"], once)

    def notification(self, question):
        headers, body = question["headers"], question["body"]
        return measured(question["times"], lambda: self.merchant.callback(headers, body))


def measured(times, run):
    start = time.process_time_ns()
    for _ in range(times):
        run()
    return (time.process_time_ns() - start) // times


def demand(holds, reason):
    if not holds:
        raise ValueError(reason)


def main():
    peer = Peer()
    # JSON escapes every line end but leaves other texts as they are: UTF-8 whatever the locale says.
    sys.stdin.reconfigure(encoding="utf-8", newline="\n")
    for line in sys.stdin:
        question = json.loads(line)
        does = getattr(peer, question["do"], None)
        if does is None:
            print(json.dumps({"cannot": True}), flush=True)
            continue
        try:
            print(json.dumps({"ok": does(question)}), flush=True)
        except Exception as error:  # Whatever the SDK raises is its refusal.
            print(json.dumps({"no": f"{type(error).__name__}: {error}"}), flush=True)


if __name__ == "__main__":
    main()
