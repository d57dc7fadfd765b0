//! Which call a path names, and what each call takes.

/// A call of API V2 that the books answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    UnifiedOrder,
    Micropay,
    OrderQuery,
    CloseOrder,
    Reverse,
    Refund,
    RefundQuery,
    /// The sandbox's `getsignkey`.
    GetSignKey,
}

/// A call, and whether it came by the official sandbox's paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) call: Call,
    pub(super) sandbox: bool,
}

impl Route {
    pub(super) fn find(path: &str) -> Option<Self> {
        let (call, sandbox) = match path {
            "/pay/unifiedorder" => (Call::UnifiedOrder, false),
            "/pay/micropay" => (Call::Micropay, false),
            "/pay/orderquery" => (Call::OrderQuery, false),
            "/pay/closeorder" => (Call::CloseOrder, false),
            "/secapi/pay/reverse" => (Call::Reverse, false),
            "/secapi/pay/refund" => (Call::Refund, false),
            "/pay/refundquery" => (Call::RefundQuery, false),
            "/xdc/apiv2sandbox/pay/micropay" => (Call::Micropay, true),
            "/xdc/apiv2sandbox/pay/orderquery" => (Call::OrderQuery, true),
            "/xdc/apiv2getsignkey/sign/getsignkey" => (Call::GetSignKey, false),
            _ => return None,
        };
        Some(Self { call, sandbox })
    }
}

/// What a parameter's value must look like, beyond its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    /// Whole fen, more than zero.
    Fee,
    /// An order number: 6 to 32 digits, letters, `_`, `-`, `|`, `*`, `@`.
    OrderNumber,
    /// A refund number: 1 to 64 of the same.
    RefundNumber,
    /// A whole number from zero.
    Count,
    /// `yyyyMMddHHmmss`.
    Time,
    /// An IPv4 or IPv6 address.
    Ip,
    /// http or https, without a query string.
    Url,
    /// One of these values.
    OneOf(&'static [&'static str]),
}

/// A parameter: its name, whether it must be there, its most UTF-8 bytes, its form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) max: usize,
    pub(super) form: Form,
}

const fn must(name: &'static str, max: usize, form: Form) -> Parameter {
    Parameter { name, required: true, max, form }
}

const fn may(name: &'static str, max: usize, form: Form) -> Parameter {
    Parameter { name, required: false, max, form }
}

/// Parameters that every signed call shares (manual, each call's first rows).
pub(super) const COMMON: &[Parameter] = &[must("mch_id", 32, Form::Text), must("nonce_str", 32, Form::Text)];

const APPID: Parameter = must("appid", 32, Form::Text);
const YES_NO: Form = Form::OneOf(&["Y", "N"]);

const UNIFIED_ORDER: &[Parameter] = &[
    APPID,
    must("body", 127, Form::Text),
    must("out_trade_no", 32, Form::OrderNumber),
    must("total_fee", 10, Form::Fee),
    must("spbill_create_ip", 64, Form::Ip),
    must("notify_url", 256, Form::Url),
    must("trade_type", 16, Form::OneOf(&["NATIVE", "JSAPI", "APP", "MWEB"])),
    may("device_info", 32, Form::Text),
    may("detail", 6000, Form::Text),
    may("attach", 127, Form::Text),
    may("fee_type", 16, Form::OneOf(&["CNY"])),
    may("time_start", 14, Form::Time),
    may("time_expire", 14, Form::Time),
    may("goods_tag", 32, Form::Text),
    may("product_id", 32, Form::Text),
    may("limit_pay", 32, Form::OneOf(&["no_credit"])),
    may("openid", 128, Form::Text),
    may("receipt", 8, Form::OneOf(&["Y"])),
    may("profit_sharing", 1, YES_NO),
    may("scene_info", 256, Form::Text),
    may("version", 32, Form::OneOf(&["1.0"])),
];

const MICROPAY: &[Parameter] = &[
    APPID,
    must("body", 127, Form::Text),
    must("out_trade_no", 32, Form::OrderNumber),
    must("total_fee", 10, Form::Fee),
    must("spbill_create_ip", 64, Form::Ip),
    must("auth_code", 128, Form::Text),
    may("device_info", 32, Form::Text),
    may("detail", 6000, Form::Text),
    may("attach", 127, Form::Text),
    may("fee_type", 16, Form::OneOf(&["CNY"])),
    may("time_start", 14, Form::Time),
    may("time_expire", 14, Form::Time),
    may("goods_tag", 32, Form::Text),
    may("limit_pay", 32, Form::OneOf(&["no_credit"])),
    may("receipt", 8, Form::OneOf(&["Y"])),
    may("profit_sharing", 1, YES_NO),
    may("deposit", 1, YES_NO),
    may("scene_info", 256, Form::Text),
    may("version", 32, Form::OneOf(&["1.0"])),
];

const ORDER_QUERY: &[Parameter] = &[
    APPID,
    may("transaction_id", 32, Form::Text),
    may("out_trade_no", 32, Form::OrderNumber),
    may("version", 32, Form::OneOf(&["1.0"])),
];

const REVERSE: &[Parameter] =
    &[APPID, may("transaction_id", 32, Form::Text), may("out_trade_no", 32, Form::OrderNumber)];

const CLOSE_ORDER: &[Parameter] = &[APPID, must("out_trade_no", 32, Form::OrderNumber)];

const REFUND: &[Parameter] = &[
    APPID,
    may("transaction_id", 32, Form::Text),
    may("out_trade_no", 32, Form::OrderNumber),
    must("out_refund_no", 64, Form::RefundNumber),
    must("total_fee", 10, Form::Fee),
    must("refund_fee", 10, Form::Fee),
    may("refund_fee_type", 8, Form::OneOf(&["CNY"])),
    may("refund_desc", 80, Form::Text),
    may("refund_account", 30, Form::OneOf(&["REFUND_SOURCE_UNSETTLED_FUNDS", "REFUND_SOURCE_RECHARGE_FUNDS"])),
    may("notify_url", 256, Form::Url),
    may("op_user_id", 32, Form::Text),
];

const REFUND_QUERY: &[Parameter] = &[
    APPID,
    may("refund_id", 32, Form::Text),
    may("out_refund_no", 64, Form::RefundNumber),
    may("transaction_id", 32, Form::Text),
    may("out_trade_no", 32, Form::OrderNumber),
    may("offset", 10, Form::Count),
];

impl Call {
    pub(super) fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::UnifiedOrder => UNIFIED_ORDER,
            Self::Micropay => MICROPAY,
            Self::OrderQuery => ORDER_QUERY,
            Self::CloseOrder => CLOSE_ORDER,
            Self::Reverse => REVERSE,
            Self::Refund => REFUND,
            Self::RefundQuery => REFUND_QUERY,
            Self::GetSignKey => &[],
        }
    }

    /// Whether the call is only taken with the merchant's client certificate (manual 1.1).
    pub(super) fn needs_certificate(self) -> bool {
        match self {
            Self::Reverse | Self::Refund => true,
            Self::UnifiedOrder
            | Self::Micropay
            | Self::OrderQuery
            | Self::CloseOrder
            | Self::RefundQuery
            | Self::GetSignKey => false,
        }
    }

    /// A parameter that belongs to another call and is refused here: micropay is no `trade_type`
    /// (manual, unifiedorder).
    pub(super) fn foreign(self) -> Option<&'static str> {
        match self {
            Self::UnifiedOrder => Some("auth_code"),
            Self::Micropay
            | Self::OrderQuery
            | Self::CloseOrder
            | Self::Reverse
            | Self::Refund
            | Self::RefundQuery
            | Self::GetSignKey => None,
        }
    }
}
