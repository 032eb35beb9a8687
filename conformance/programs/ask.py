"""Asks WeChat with Python's own library."""

import urllib.error
import urllib.request

URL = "https://api.mch.weixin.qq.com/v3/certificates?by=python"

request = urllib.request.Request(URL, headers={"Accept": "application/json"})
try:
    with urllib.request.urlopen(request, timeout=10) as answer:
        print(answer.status)
except urllib.error.HTTPError as refusal:
    print(refusal.code)
