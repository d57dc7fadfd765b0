//! The words on the way to an open till.

use super::Lang;

/// The words of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    // The first choice.
    pub welcome: &'static str,
    pub welcome_lead: &'static str,
    pub practice: &'static str,
    pub practice_lead: &'static str,
    pub go_live: &'static str,
    pub go_live_lead: &'static str,

    // Going live.
    pub shop_title: &'static str,
    pub merchant_title: &'static str,
    pub key_title: &'static str,
    pub step_shop: &'static str,
    pub step_merchant: &'static str,
    pub step_key: &'static str,
    pub next: &'static str,
    pub save: &'static str,
    pub saving: &'static str,
    pub not_saved: &'static str,
    pub customers_read: &'static str,
    pub drop_here: &'static str,
    pub drop_now: &'static str,
    pub certificate_kept: &'static str,
    pub file_path: &'static str,
    pub file_path_hint: &'static str,
    pub choose_file: &'static str,
    pub take_file: &'static str,
    pub advanced: &'static str,
    pub advanced_title: &'static str,
    pub advanced_done: &'static str,
    pub never_in_a_file: &'static str,
    pub key_lead: &'static str,
    pub key_next_field: &'static str,

    pub opening: &'static str,
    pub opening_lead: &'static str,

    // What keeps a till from opening, or a key from the keyring.
    pub no_till: &'static str,
    pub nothing_sent: &'static str,
    pub nothing_kept: &'static str,
    pub no_keyring: &'static str,
    pub no_keyring_do: &'static str,
    pub locked: &'static str,
    pub locked_do: &'static str,
    pub denied: &'static str,
    pub denied_do: &'static str,
    pub timed_out: &'static str,
    pub timed_out_do: &'static str,
    pub this_run: &'static str,
    pub this_run_title: &'static str,
    pub this_run_lead: &'static str,
    pub try_again: &'static str,
    pub set_up_again: &'static str,
    pub close_window: &'static str,

    // The checks, and a backup.
    pub step_checks: &'static str,
    pub checking: &'static str,
    pub check_again: &'static str,
    pub start: &'static str,
    pub start_anyway: &'static str,
    pub copy_report: &'static str,
    pub report_copied: &'static str,
    pub all_well: &'static str,
    pub all_well_lead: &'static str,
    pub plain_files: &'static str,
    pub forget: &'static str,
    pub files_gone: &'static str,
    pub files_left: &'static str,
    pub mend: &'static str,
    pub mend_merchant: &'static str,
    pub mend_key: &'static str,
    pub restore: &'static str,
    pub restore_lead: &'static str,
    pub drop_backup: &'static str,
    pub backup_file: &'static str,
    pub backup_file_hint: &'static str,
    pub passphrase: &'static str,
    pub passphrase_hint: &'static str,
    pub restore_now: &'static str,
    pub restoring: &'static str,
    pub not_restored: &'static str,
    pub is_restored: &'static str,
    pub open_till: &'static str,
}

pub(super) const ZH: Words = Words {
    welcome: "欢迎使用柜台",
    welcome_lead: "微信支付收银台。先选怎么开始，以后随时可以改。",
    practice: "先练习",
    practice_lead: "不用商户号，不动真钱；旁边有一部模拟的顾客手机。",
    go_live: "正式开通",
    go_live_lead: "填商户号、证书和密钥，几分钟就能收款；检查时不动一分钱。",

    shop_title: "顾客会看到谁的店",
    merchant_title: "从商户平台拿来这几样",
    key_title: "粘贴 APIv2 密钥",
    step_shop: "店名与台号",
    step_merchant: "商户号与证书",
    step_key: "密钥存入系统钥匙串",
    next: "下一步",
    save: "存好并开通",
    saving: "正在存入系统钥匙串…如果弹出窗口要密码，请输入。",
    not_saved: "还没有开通",
    customers_read: "顾客付款时看到的是",
    drop_here: "把证书文件拖到这里",
    drop_now: "松开鼠标，读取证书",
    certificate_kept: "证书已在系统钥匙串里",
    file_path: "证书文件",
    file_path_hint: "拖进窗口，按 F3 选择，或粘贴路径；zip、p12、PEM 都可以",
    choose_file: "选择文件",
    take_file: "读取文件",
    advanced: "高级设置",
    advanced_title: "一般不用改的设置",
    advanced_done: "完成",
    never_in_a_file: "密钥只放在系统钥匙串里",
    key_lead: "不写进设置、账本和日志；备份里也没有，除非您特意要求。",
    key_next_field: "下一格",

    opening: "正在打开收银台…",
    opening_lead: "如果系统弹出窗口要钥匙串的密码，请输入。",

    no_till: "收银台打不开",
    nothing_sent: "没有发出任何请求，没有动钱；原来的设置和账本都没有改动。",
    nothing_kept: "密钥没有存进去，也没有写到别处；填好的内容还在。",
    no_keyring: "这台电脑没有可用的系统钥匙串",
    no_keyring_do: "请安装并登录系统钥匙串（如 gnome-keyring），然后再试一次。",
    locked: "系统钥匙串是锁着的",
    locked_do: "请解锁钥匙串：重新登录电脑，或在弹出的窗口里输入登录密码，然后再试一次。",
    denied: "系统钥匙串没有允许访问",
    denied_do: "请再试一次，并在弹出的窗口里选择“允许”。",
    timed_out: "系统钥匙串没有回应",
    timed_out_do: "请看看有没有被挡住的密码窗口，输入后再试一次；也可以重新登录电脑。",
    this_run: "只在这次运行中使用",
    this_run_title: "或者：密钥只留在内存里，关掉程序就没有了",
    this_run_lead: "现在就能收款；下次打开要重新输入密钥。密钥不会写进任何文件。",
    try_again: "再试一次",
    set_up_again: "重新设置",
    close_window: "关闭",

    step_checks: "免费检查",
    checking: "正在一项一项检查，不动一分钱…",
    check_again: "再查一次",
    start: "开始收款",
    start_anyway: "先到收银台",
    copy_report: "复制给客服",
    report_copied: "已复制",
    all_well: "检查通过，可以收款了",
    all_well_lead: "以后换证书或密钥，在收银台按 Ctrl 和逗号回到这里。",
    plain_files: "下载的证书文件还明文放在电脑里，建议删除",
    forget: "删除这些文件",
    files_gone: "证书文件已删除；证书在系统钥匙串里",
    files_left: "这些文件没有删掉，请自己删除",
    mend: "回去修改",
    mend_merchant: "改商户号或证书",
    mend_key: "重新粘贴密钥",
    restore: "从备份恢复",
    restore_lead: "用备份文件和口令，把设置和账本搬到这台电脑。",
    drop_backup: "把备份文件拖到这里",
    backup_file: "备份文件",
    backup_file_hint: "拖进窗口，按 F3 选择，或粘贴路径",
    passphrase: "口令",
    passphrase_hint: "做这份备份时输入的口令；没有它谁也打不开",
    restore_now: "恢复",
    restoring: "正在打开备份并检查账本…",
    not_restored: "没有恢复",
    is_restored: "已恢复",
    open_till: "打开收银台",
};

pub(super) const EN: Words = Words {
    welcome: "Welcome to Guitai",
    welcome_lead: "A WeChat Pay till. Choose how to begin; it can be changed at any time.",
    practice: "Practise first",
    practice_lead: "No merchant account, no real money; a simulated customer's phone stands beside the till.",
    go_live: "Go live",
    go_live_lead: "Merchant id, certificate and key: taking payments in minutes. The checks move no money.",

    shop_title: "Whose shop customers see",
    merchant_title: "What the merchant platform has",
    key_title: "Paste the APIv2 key",
    step_shop: "Shop and till",
    step_merchant: "Merchant and certificate",
    step_key: "Key into the keyring",
    next: "Next",
    save: "Keep and go live",
    saving: "Putting it into the system's keyring… If a window asks for a password, type it there.",
    not_saved: "Not live yet",
    customers_read: "When they pay, customers read",
    drop_here: "Drop the certificate file here",
    drop_now: "Let go to read the certificate",
    certificate_kept: "The certificate is in the keyring already",
    file_path: "Certificate file",
    file_path_hint: "Drop it, choose it with F3, or paste its path; zip, p12 or PEM",
    choose_file: "Choose a file",
    take_file: "Read the file",
    advanced: "Advanced",
    advanced_title: "Seldom changed",
    advanced_done: "Done",
    never_in_a_file: "The key lives in the system's keyring alone",
    key_lead: "It is not in the settings, the book or a log; nor in a backup, unless you ask for it.",
    key_next_field: "Next field",

    opening: "Opening the till…",
    opening_lead: "If the system asks for the keyring's password, type it there.",

    no_till: "The till can't be opened",
    nothing_sent: "Nothing was sent and no money moved; settings and book are as they were.",
    nothing_kept: "The key was not kept, nor written anywhere else; what was filled in is still here.",
    no_keyring: "This computer has no keyring that answers",
    no_keyring_do: "Install a keyring such as gnome-keyring, log in to it, then try again.",
    locked: "The keyring is locked",
    locked_do: "Unlock it: log in to the computer again, or type your login password where it is asked for.",
    denied: "The keyring was not allowed to answer",
    denied_do: "Try again, and choose to allow it in the window that asks.",
    timed_out: "The keyring doesn't answer",
    timed_out_do: "Look for a hidden window that asks for a password, then try again; or log in to the computer again.",
    this_run: "Use it for this run only",
    this_run_title: "Or: keep the key in memory alone, until the program is closed",
    this_run_lead: "Payments can be taken now; the next start asks for the key again. It is written to no file.",
    try_again: "Try again",
    set_up_again: "Set up again",
    close_window: "Close",

    step_checks: "Checks",
    checking: "Checking one by one; no money moves…",
    check_again: "Check again",
    start: "Start taking payments",
    start_anyway: "To the counter",
    copy_report: "Copy for support",
    report_copied: "Copied",
    all_well: "All is well: payments can be taken",
    all_well_lead: "To change certificate or key later, press Ctrl and comma at the counter.",
    plain_files: "The certificate files still lie about in the clear: better delete them",
    forget: "Delete these files",
    files_gone: "The files are deleted; the certificate is in the keyring",
    files_left: "These files were not deleted; please delete them yourself",
    mend: "Go back and mend it",
    mend_merchant: "Change merchant or certificate",
    mend_key: "Paste the key again",
    restore: "Restore a backup",
    restore_lead: "With the file and its pass phrase, settings and book move to this computer.",
    drop_backup: "Drop the backup file here",
    backup_file: "Backup file",
    backup_file_hint: "Drop it, choose it with F3, or paste its path",
    passphrase: "Pass phrase",
    passphrase_hint: "The one that this backup was made with; nobody can open it without",
    restore_now: "Restore",
    restoring: "Opening the backup and checking its book…",
    not_restored: "Not restored",
    is_restored: "Restored",
    open_till: "Open the till",
};

impl Lang {
    /// The title of so many checks.
    pub fn checks_title(self, count: usize) -> String {
        match (self, count) {
            (Self::Zh, 0) => "检查设置，不动一分钱".to_owned(),
            (Self::En, 0) => "The checks move no money".to_owned(),
            (Self::Zh, count) => format!("{count} 项检查，不动一分钱"),
            (Self::En, count) => format!("{count} checks that move no money"),
        }
    }

    /// That the merchant's certificate ends soon, in the header.
    pub fn ends_soon(self, ends: &str) -> String {
        match self {
            Self::Zh => format!("证书 {ends} 到期"),
            Self::En => format!("certificate ends {ends}"),
        }
    }

    /// Whose certificate it is.
    pub fn certificate_of(self, mch_id: &str) -> String {
        match self {
            Self::Zh => format!("商户 {mch_id} 的证书"),
            Self::En => format!("The certificate of merchant {mch_id}"),
        }
    }

    /// What a certificate says of itself, beside its owner.
    pub fn certificate_facts(self, serial: &str, ends: &str) -> String {
        match self {
            Self::Zh => format!("{ends} 到期 · 序列号 {serial}"),
            Self::En => format!("ends on {ends} · serial {serial}"),
        }
    }

    pub fn certificate_serial(self, serial: &str) -> String {
        match self {
            Self::Zh => format!("序列号 {serial}；要换新的，把文件拖到这里"),
            Self::En => format!("serial {serial}; to change it, drop the new file here"),
        }
    }
}
