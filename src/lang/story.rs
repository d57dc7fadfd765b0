//! The journal in words: what was asked, answered and done, in the order it happened.

use super::Lang;

impl Lang {
    /// Something that was sent, by the journal's name.
    pub fn told_sent(self, what: &str) -> &'static str {
        match (self, what) {
            (Self::Zh, "create") => "请微信出码",
            (Self::Zh, "charge") => "发出收款请求",
            (Self::Zh, "close") => "请微信关闭订单",
            (Self::Zh, "reverse") => "请微信撤销",
            (Self::Zh, "query") => "向微信查询",
            (Self::Zh, "refund") => "请微信退款",
            (Self::Zh, _) => "发出请求",
            (Self::En, "create") => "Asked for a QR code",
            (Self::En, "charge") => "Charge sent",
            (Self::En, "close") => "Asked to close the order",
            (Self::En, "reverse") => "Asked to cancel",
            (Self::En, "query") => "Asked what became of it",
            (Self::En, "refund") => "Asked to refund",
            (Self::En, _) => "Sent",
        }
    }

    /// What the cashier did, by the journal's name.
    pub fn told_cashier(self, what: &str) -> &'static str {
        match (self, what) {
            (Self::Zh, "scan") => "收银员扫了付款码",
            (Self::Zh, "renew") => "收银员换码",
            (Self::Zh, "query") => "收银员再查一次",
            (Self::Zh, "cancel") => "收银员取消并退回",
            (Self::Zh, "leave") => "收银员取消这笔",
            (Self::Zh, "bill") => "收银员扫了顾客的账单",
            (Self::Zh, _) => "收银员操作",
            (Self::En, "scan") => "Cashier scanned a code",
            (Self::En, "renew") => "Cashier asked for a new code",
            (Self::En, "query") => "Cashier asked again",
            (Self::En, "cancel") => "Cashier cancelled and refunds",
            (Self::En, "leave") => "Cashier cancelled the sale",
            (Self::En, "bill") => "Cashier scanned the customer's bill",
            (Self::En, _) => "Cashier acted",
        }
    }

    /// What was answered, as the journal read it.
    pub fn told_answer(self, read: &str) -> String {
        let (head, code) = read.split_once(": ").unwrap_or((read, ""));
        let (zh, en) = match head {
            "picture" => ("微信给了二维码", "WeChat gave a QR code"),
            "already paid" => ("微信：已经付过", "WeChat: paid already"),
            "refused" => ("微信拒绝", "WeChat refused"),
            "no answer" => ("微信没有答复", "No answer"),
            "not known" => ("微信说它也不确定", "WeChat isn't sure"),
            "unsigned failure" => ("答复没有签名，不算数", "Unsigned answer, not counted"),
            "not understood" => ("答复看不懂，不算数", "Answer not understood, not counted"),
            "not ours" => ("答复对不上，不算数", "Answer isn't about this order, not counted"),
            "not sent" => match code {
                "offline" => return self.pick("没有发出：网络断开", "Not sent: offline"),
                "untrusted" => return self.pick("没有发出：连接不可信", "Not sent: connection not trusted"),
                "no certificate" => return self.pick("没有发出：缺少商户证书", "Not sent: no merchant certificate"),
                "certificate refused" => {
                    return self.pick("没有办：微信不认商户证书", "Not done: certificate refused");
                }
                _ => ("没有发出", "Not sent"),
            },
            "paid" => ("微信：已付款", "WeChat: paid"),
            "customer is paying" => ("微信：顾客正在付款", "WeChat: customer is paying"),
            "unpaid" => ("微信：还没有付", "WeChat: not paid yet"),
            "closed" => ("微信：订单已关闭", "WeChat: order closed"),
            "revoked" => ("微信：订单已撤销", "WeChat: order cancelled"),
            "payment failed" => ("微信：支付没有成功", "WeChat: payment failed"),
            "refunded" => ("微信：已退款", "WeChat: refunded"),
            "no such order" => ("微信：没有这个订单", "WeChat: no such order"),
            "too early to close" => ("微信：五分钟内不能关闭", "WeChat: too early to close"),
            "reversed" => ("微信：撤销完成", "WeChat: cancelled"),
            "again" => ("微信：请再撤销一次", "WeChat: cancel once more"),
            "too old to reverse" => ("微信：过了七天，不能撤销", "WeChat: too old to cancel"),
            // A newer program wrote it: its own word is better than none.
            other => return other.to_owned(),
        };
        let said = self.pick(zh, en);
        match (code, self) {
            ("", _) => said,
            (code, Self::Zh) => format!("{said}（{code}）"),
            (code, Self::En) => format!("{said} ({code})"),
        }
    }

    /// The same line so many times in a row.
    pub fn times(self, line: &str, count: usize) -> String {
        if count < 2 {
            return line.to_owned();
        }
        match self {
            Self::Zh => format!("{line}，共 {count} 次"),
            Self::En => format!("{line}, {count} times"),
        }
    }

    /// Lines of a story that are not shown.
    pub fn earlier_lines(self, count: usize) -> String {
        match self {
            Self::Zh => format!("更早还有 {count} 条"),
            Self::En if count == 1 => "1 earlier line".to_owned(),
            Self::En => format!("{count} earlier lines"),
        }
    }

    fn pick(self, zh: &str, en: &str) -> String {
        if self == Self::Zh { zh.to_owned() } else { en.to_owned() }
    }
}
