//! The fields of the file by their names there.

/// The fields of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    ShopName,
    ShopCategory,
    TillNumber,
    Language,
    Theme,
    QuickAmounts,
    Limit,
    RefundFreeBelow,
    RefundNeverAbove,
    RefundDayCap,
    Approvers,
    NotifyUrl,
    NotifyListen,
    ScanGapMs,
    MerchantId,
    AppId,
    SubMerchantId,
    SubAppId,
    SignType,
    Gateway,
    GatewayCa,
    CertificateSerial,
}

impl Field {
    pub const ALL: [Self; 22] = [
        Self::ShopName,
        Self::ShopCategory,
        Self::TillNumber,
        Self::Language,
        Self::Theme,
        Self::QuickAmounts,
        Self::Limit,
        Self::RefundFreeBelow,
        Self::RefundNeverAbove,
        Self::RefundDayCap,
        Self::Approvers,
        Self::NotifyUrl,
        Self::NotifyListen,
        Self::ScanGapMs,
        Self::MerchantId,
        Self::AppId,
        Self::SubMerchantId,
        Self::SubAppId,
        Self::SignType,
        Self::Gateway,
        Self::GatewayCa,
        Self::CertificateSerial,
    ];

    /// Whether a live till can't do with a default in this field's place: the account, and what its owner allows.
    pub const fn has_no_safe_default(self) -> bool {
        matches!(
            self,
            Self::MerchantId
                | Self::AppId
                | Self::SubMerchantId
                | Self::SubAppId
                | Self::SignType
                | Self::Gateway
                | Self::GatewayCa
                | Self::CertificateSerial
                | Self::Limit
                | Self::RefundFreeBelow
                | Self::RefundNeverAbove
                | Self::RefundDayCap
                | Self::Approvers
        )
    }

    /// The key in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ShopName => "shop_name",
            Self::ShopCategory => "shop_category",
            Self::TillNumber => "till_number",
            Self::Language => "language",
            Self::Theme => "theme",
            Self::QuickAmounts => "quick_amounts",
            Self::Limit => "limit",
            Self::RefundFreeBelow => "refund_free_below",
            Self::RefundNeverAbove => "refund_never_above",
            Self::RefundDayCap => "refund_day_cap",
            Self::Approvers => "approvers",
            Self::NotifyUrl => "notify_url",
            Self::NotifyListen => "notify_listen",
            Self::ScanGapMs => "scan_gap_ms",
            Self::MerchantId => "merchant_id",
            Self::AppId => "app_id",
            Self::SubMerchantId => "sub_mch_id",
            Self::SubAppId => "sub_appid",
            Self::SignType => "sign_type",
            Self::Gateway => "gateway",
            Self::GatewayCa => "gateway_ca",
            Self::CertificateSerial => "certificate_serial",
        }
    }
}
