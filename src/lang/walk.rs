//! The words on the way to an open till.

/// The words of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    pub opening: &'static str,
    pub opening_lead: &'static str,

    // What keeps a till from opening.
    pub no_till: &'static str,
    pub nothing_sent: &'static str,
    pub no_keyring: &'static str,
    pub no_keyring_do: &'static str,
    pub locked: &'static str,
    pub locked_do: &'static str,
    pub denied: &'static str,
    pub denied_do: &'static str,
    pub timed_out: &'static str,
    pub timed_out_do: &'static str,
    pub never_in_a_file: &'static str,
    pub try_again: &'static str,
    pub close_window: &'static str,
}

pub(super) const ZH: Words = Words {
    opening: "正在打开收银台…",
    opening_lead: "如果系统弹出窗口要钥匙串的密码，请输入。",

    no_till: "收银台打不开",
    nothing_sent: "没有发出任何请求，没有动钱；原来的设置和账本都没有改动。",
    no_keyring: "这台电脑没有可用的系统钥匙串",
    no_keyring_do: "请安装并登录系统钥匙串（如 gnome-keyring），然后再试一次。",
    locked: "系统钥匙串是锁着的",
    locked_do: "请解锁钥匙串：通常重新登录电脑，或在弹出的窗口里输入登录密码，然后再试一次。",
    denied: "系统钥匙串没有允许访问",
    denied_do: "请再试一次，并在弹出的窗口里选择“允许”。",
    timed_out: "系统钥匙串没有回应",
    timed_out_do: "请看看有没有被挡住的密码窗口，输入后再试一次；也可以重新登录电脑。",
    never_in_a_file: "密钥只放在系统钥匙串里，不会写进任何文件。",
    try_again: "再试一次",
    close_window: "关闭",
};

pub(super) const EN: Words = Words {
    opening: "Opening the till…",
    opening_lead: "If the system asks for the keyring's password, type it there.",

    no_till: "The till can't be opened",
    nothing_sent: "Nothing was sent and no money moved; settings and book are as they were.",
    no_keyring: "This computer has no keyring that answers",
    no_keyring_do: "Install a keyring such as gnome-keyring, log in to it, then try again.",
    locked: "The keyring is locked",
    locked_do: "Unlock it: log in to the computer again, or type your login password where it is asked for; then try again.",
    denied: "The keyring was not allowed to answer",
    denied_do: "Try again, and choose to allow it in the window that asks.",
    timed_out: "The keyring doesn't answer",
    timed_out_do: "Look for a hidden window that asks for a password, then try again; or log in to the computer again.",
    never_in_a_file: "Keys live in the system's keyring alone and are never written to a file.",
    try_again: "Try again",
    close_window: "Close",
};
