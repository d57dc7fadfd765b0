"""Charges, orders, queries, closes, refunds and listens with wechatpy as it comes from PyPI; its CA is given by REQUESTS_CA_BUNDLE.

    wechatpy_client.py PRACTICE_JSON closes-at-once|closes-late
"""

import http.server
import json
import queue
import sys
import threading
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

# A refund of the first order, with the merchant's certificate: once however often it is sent, and never with another amount.
certified = Pay(
    practice["appid"], practice["api_key"], practice["mch_id"],
    mch_cert=practice["cert_file"], mch_key=practice["key_file"], timeout=20,
)
part = dict(out_trade_no=f"{stamp}wpy1", out_refund_no=f"{stamp}wpyR1", refund_desc="少了一份")
taken = check(certified.refund.apply(1288, 288, **part), refund_fee="288", total_fee="1288")
check(certified.refund.apply(1288, 288, **part), refund_id=taken["refund_id"])
refused(lambda: certified.refund.apply(1288, 289, **part), "INVALID_REQUEST")
refused(lambda: certified.refund.apply(1288, 1, **(part | {"out_refund_no": f"{stamp}wpyR2"})), "FREQUENCY_LIMITED")
refused(lambda: certified.refund.apply(2500, 1, out_trade_no=f"{stamp}wpy3", out_refund_no=f"{stamp}wpyR3"), "ORDERNOTEXIST")
row = check(pay.refund.query(out_refund_no=f"{stamp}wpyR1"), refund_count="1", refund_id_0=taken["refund_id"])
assert row["refund_status_0"] in ("PROCESSING", "SUCCESS"), row
check(pay.order.query(out_trade_no=f"{stamp}wpy1"), trade_state="REFUND")
refused(lambda: pay.refund.query(out_refund_no=f"{stamp}wpyR2"), "REFUNDNOTEXIST")
try:
    pay.refund.apply(1288, 1, **(part | {"out_refund_no": f"{stamp}wpyR4"}))
except WeChatPayException as error:
    assert error.errcode is None, error.errcode
else:
    raise AssertionError("a refund without the certificate was taken")


# A client that listens on this machine is told of the payment, and then how the refund ended.
told = queue.Queue()


class Listener(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        told.put(self.rfile.read(int(self.headers["Content-Length"])))
        answer = b"<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
threading.Thread(target=listener.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{listener.server_port}/told"
pay.order.create(**(order | {"out_trade_no": f"{stamp}wpy5", "notify_url": address}))
notice = pay.parse_payment_result(told.get(timeout=30))
assert (notice["out_trade_no"], notice["total_fee"]) == (f"{stamp}wpy5", 2500), notice
certified.refund.apply(2500, 2500, f"{stamp}wpyR5", out_trade_no=f"{stamp}wpy5", notify_url=address)
notice = pay.parse_refund_notify_result(told.get(timeout=30))
assert (notice["out_refund_no"], notice["refund_status"]) == (f"{stamp}wpyR5", "SUCCESS"), notice
check(pay.refund.query(out_refund_no=f"{stamp}wpyR5"), refund_status_0="SUCCESS", refund_fee_0="2500")
listener.shutdown()

# A wrong key is told at the first level, unsigned.
try:
    Pay(practice["appid"], "0" * 32, practice["mch_id"], timeout=20).order.query(out_trade_no=f"{stamp}wpy1")
except WeChatPayException as error:
    assert error.return_code == "FAIL", error.return_code
else:
    raise AssertionError("a wrong key was taken")

print("wechatpy: charged, ordered, queried, closed, refunded, told")
