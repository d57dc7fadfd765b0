"""Charges, orders, queries and closes with wechatpy as it comes from PyPI; its CA is given by REQUESTS_CA_BUNDLE.

    wechatpy_client.py PRACTICE_JSON closes-at-once|closes-late
"""

import json
import sys
import time

from wechatpy.pay import WeChatPay
from wechatpy.exceptions import WeChatPayException

practice = json.loads(sys.argv[1])


class Pay(WeChatPay):
    API_BASE_URL = practice["url"].rstrip("/") + "/"


def refused(call, code):
    """The gateway's final no, with the code that says why."""
    try:
        answer = call()
    except WeChatPayException as error:
        assert error.return_code == "SUCCESS", (error.return_code, error.return_msg)
        assert error.errcode == code, (error.errcode, error.errmsg, code)
    else:
        raise AssertionError(f"{code} expected, got {dict(answer)}")


def check(answer, **wanted):
    assert pay.check_signature(answer), "the reply's signature"
    for name, value in wanted.items():
        assert answer.get(name) == value, (name, answer.get(name), value)
    return answer


pay = Pay(practice["appid"], practice["api_key"], practice["mch_id"], timeout=20)
stamp = time.strftime("%Y%m%d%H%M%S")

# A scanned code: paid at once, found again, and the code serves one payment only.
paid = check(
    pay.micropay.create("小店-早餐", 1288, "134567890123456701", client_ip="127.0.0.1", out_trade_no=f"{stamp}wpy1"),
    total_fee="1288", trade_type="MICROPAY", out_trade_no=f"{stamp}wpy1",
)
check(
    pay.order.query(out_trade_no=f"{stamp}wpy1"),
    trade_state="SUCCESS", total_fee="1288", transaction_id=paid["transaction_id"],
)
check(pay.order.query(transaction_id=paid["transaction_id"]), out_trade_no=f"{stamp}wpy1")
refused(
    lambda: pay.micropay.create("小店-早餐", 1288, "134567890123456701", client_ip="127.0.0.1", out_trade_no=f"{stamp}wpy2"),
    "AUTH_CODE_ERROR",
)

# A QR order: made, unpaid, made again with the same words, closed.
order = dict(
    trade_type="NATIVE", body="小店-早餐 & <茶>", total_fee=2500, notify_url="https://guitai.invalid/notify",
    client_ip="127.0.0.1", out_trade_no=f"{stamp}wpy3", product_id="3",
)
made = check(pay.order.create(**order), trade_type="NATIVE")
assert made["code_url"].startswith("weixin://wxpay/"), made["code_url"]
check(pay.order.query(out_trade_no=f"{stamp}wpy3"), trade_state="NOTPAY")
refused(lambda: pay.order.create(**(order | {"total_fee": 2501})), "INVALID_REQUEST")
refused(lambda: pay.order.query(out_trade_no=f"{stamp}none"), "ORDERNOTEXIST")
if sys.argv[2] == "closes-at-once":
    check(pay.order.close(f"{stamp}wpy3"))
    check(pay.order.query(out_trade_no=f"{stamp}wpy3"), trade_state="CLOSED")
    refused(lambda: pay.order.close(f"{stamp}wpy3"), "ORDERCLOSED")
else:
    # The manual forbids it in an order's first five minutes.
    refused(lambda: pay.order.close(f"{stamp}wpy3"), "INVALID_REQUEST")
refused(lambda: pay.order.close(f"{stamp}none"), "ORDERNOTEXIST")

# A wrong key is told at the first level, unsigned.
try:
    Pay(practice["appid"], "0" * 32, practice["mch_id"], timeout=20).order.query(out_trade_no=f"{stamp}wpy1")
except WeChatPayException as error:
    assert error.return_code == "FAIL", error.return_code
else:
    raise AssertionError("a wrong key was taken")

print("wechatpy: charged, ordered, queried, closed")
