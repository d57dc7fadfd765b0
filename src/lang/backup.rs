//! What backup and restore say to a person.

use crate::backup::{BackupError, Passphrase, RestoreError};
use crate::timestamp::Timestamp;

use super::Lang;

impl Lang {
    /// A backup was made: what is in it, and what it needs.
    pub fn backed_up(self, file: &str, live: bool, secrets: bool) -> String {
        match self {
            Self::Zh => {
                let inside = match (live, secrets) {
                    (_, true) => "密钥和证书也在里面，请把文件和口令分开保管。",
                    (true, false) => "里面没有密钥；恢复后要重新设置（guitai setup）。",
                    (false, false) => "",
                };
                format!("已备份到 {file}。恢复时要输入口令，忘了口令谁也打不开。{inside}")
            }
            Self::En => {
                let inside = match (live, secrets) {
                    (_, true) => " The keys and the certificate are in it: keep file and pass phrase apart.",
                    (true, false) => " No keys are in it: after a restore, set up again (guitai setup).",
                    (false, false) => "",
                };
                format!("Backed up to {file}. Only the pass phrase opens it; without it nobody can.{inside}")
            }
        }
    }

    /// A folder was restored: what to do before the first sale.
    pub fn restored(self, made_at: Timestamp, live: bool, secrets: bool, open: usize) -> String {
        let keys = match self {
            _ if !live || secrets => "",
            Self::Zh => "里面没有密钥，请重新设置：guitai setup。",
            Self::En => " It has no keys: set up again (guitai setup).",
        };
        let asks = match self {
            _ if open == 0 => String::new(),
            Self::Zh => format!("有 {open} 笔当时没有结果，会先向微信核对：guitai settle。"),
            Self::En => format!(" Orders without a result then: {open}; WeChat is asked first (guitai settle)."),
        };
        let one_till = match self {
            _ if !live => "",
            Self::Zh => "原来那台电脑上的柜台请不要再收款。",
            Self::En => " Don't charge any more with the till that this backup came from.",
        };
        match self {
            Self::Zh => format!("已恢复 {made_at} 的备份。{keys}{asks}{one_till}"),
            Self::En => format!("Restored the backup of {made_at}.{keys}{asks}{one_till}"),
        }
    }

    /// Why there is no backup, and what to do.
    pub fn backup_error(self, error: &BackupError) -> String {
        match self {
            Self::Zh => self.backup_error_zh(error),
            Self::En => self.backup_error_en(error),
        }
    }

    fn backup_error_zh(self, error: &BackupError) -> String {
        match error {
            BackupError::Nothing => "这个文件夹里没有设置，也没有账本，没有可备份的。请检查 --data-dir。".to_owned(),
            BackupError::Exists => "这个文件已经有了，备份不会覆盖它。请换一个文件名。".to_owned(),
            BackupError::ShortPassphrase => {
                format!("口令太短，至少要 {} 个字符，写在一行里。没有写出备份。", Passphrase::SHORTEST)
            }
            BackupError::NoSecrets => {
                "这里没有密钥可备份（练习模式，或还没设置好）。没有写出备份；请去掉 --with-secrets 再试。".to_owned()
            }
            BackupError::Busy => "另一个备份或恢复正在进行，请等它完成再试。没有写出备份。".to_owned(),
            BackupError::File { kind } => {
                format!("备份文件写不进去（{kind}），没有写出备份。请检查磁盘空间和权限，或换个地方。")
            }
            BackupError::Folder { kind } => {
                format!("数据文件夹用不了（{kind}），没有写出备份。请检查磁盘空间和权限。")
            }
            BackupError::Book(error) => {
                format!("账本没有通过检查（{error}），没有写出备份。请检查磁盘，并留好以前的备份。")
            }
            BackupError::Vault(error) => self.vault_error(error),
        }
    }

    fn backup_error_en(self, error: &BackupError) -> String {
        match error {
            BackupError::Nothing => {
                "This folder has neither settings nor a book: nothing to back up. Check --data-dir.".to_owned()
            }
            BackupError::Exists => {
                "This file is there already and a backup never overwrites: take another name.".to_owned()
            }
            BackupError::ShortPassphrase => format!(
                "The pass phrase is too short: at least {} characters, on one line. No backup was written.",
                Passphrase::SHORTEST
            ),
            BackupError::NoSecrets => "There are no keys to back up here (practice, or not set up yet). No backup was \
                written: leave out --with-secrets."
                .to_owned(),
            BackupError::Busy => {
                "Another backup or restore is at work: wait until it is done. No backup was written.".to_owned()
            }
            BackupError::File { kind } => format!(
                "The backup can't be written ({kind}), so there is none. Check disk space and rights, or take another place."
            ),
            BackupError::Folder { kind } => {
                format!("The data folder can't be used ({kind}); no backup was written. Check disk space and rights.")
            }
            BackupError::Book(error) => format!(
                "The book did not pass its check ({error}); no backup was written. Check the disk, and keep older backups."
            ),
            BackupError::Vault(error) => self.vault_error(error),
        }
    }

    /// Why nothing was restored, and what to do.
    pub fn restore_error(self, error: &RestoreError) -> String {
        match self {
            Self::Zh => self.restore_error_zh(error),
            Self::En => self.restore_error_en(error),
        }
    }

    fn restore_error_zh(self, error: &RestoreError) -> String {
        match error {
            RestoreError::File { kind } => format!("备份文件读不了（{kind}），什么都没有恢复。请检查路径。"),
            RestoreError::NotABackup => "这不是柜台的备份文件，什么都没有恢复。请选对文件。".to_owned(),
            RestoreError::Newer => "这个备份是更新的版本做的，什么都没有恢复。请装新版的柜台再试。".to_owned(),
            RestoreError::WrongPassphrase => "口令不对，备份打不开，什么都没有恢复。请再输一次。".to_owned(),
            RestoreError::Damaged => "备份文件不完整或被改动过，什么都没有恢复。请换一份备份。".to_owned(),
            RestoreError::Occupied => {
                "这个文件夹已经有账本或商户设置，没有动它，什么都没有恢复。请用 --data-dir 换一个空文件夹。".to_owned()
            }
            RestoreError::Busy => "另一个备份或恢复正在进行，请等它完成再试。什么都没有恢复。".to_owned(),
            RestoreError::Folder { kind } => {
                format!("数据文件夹用不了（{kind}），什么都没有恢复。请检查磁盘空间和权限。")
            }
            RestoreError::Book(error) => {
                format!("备份里的账本没有通过检查（{error}），什么都没有恢复。请换一份备份。")
            }
            RestoreError::Vault(error) => format!("{}什么都没有恢复。", self.vault_error(error)),
        }
    }

    fn restore_error_en(self, error: &RestoreError) -> String {
        match error {
            RestoreError::File { kind } => {
                format!("The backup can't be read ({kind}); nothing was restored. Check its path.")
            }
            RestoreError::NotABackup => {
                "This file is no backup of guitai; nothing was restored. Choose another file.".to_owned()
            }
            RestoreError::Newer => {
                "A newer guitai made this backup; nothing was restored. Install the newer version.".to_owned()
            }
            RestoreError::WrongPassphrase => {
                "The pass phrase is wrong, so the backup doesn't open; nothing was restored. Type it again.".to_owned()
            }
            RestoreError::Damaged => {
                "The backup is cut short or was changed; nothing was restored. Take another backup.".to_owned()
            }
            RestoreError::Occupied => "This folder has a book or an account already; it was left as it is and nothing \
                was restored. Take an empty folder (--data-dir)."
                .to_owned(),
            RestoreError::Busy => {
                "Another backup or restore is at work: wait until it is done. Nothing was restored.".to_owned()
            }
            RestoreError::Folder { kind } => {
                format!("The data folder can't be used ({kind}); nothing was restored. Check disk space and rights.")
            }
            RestoreError::Book(error) => format!(
                "The book in the backup did not pass its check ({error}); nothing was restored. Take another backup."
            ),
            RestoreError::Vault(error) => format!("{} Nothing was restored.", self.vault_error(error)),
        }
    }
}
