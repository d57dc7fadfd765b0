//! SCRATCH
use std::path::{Path, PathBuf};
use crate::money::Fen;
#[derive(Debug, Clone, Default)]
pub struct Settings { pub till_number: u32, pub notify_url: String, pub limit: Option<Fen> }
impl Settings {
    pub fn load(_dir: &Path) -> (Self, Vec<()>) { (Self { till_number: 1, notify_url: "https://guitai.invalid/notify".into(), limit: None }, Vec::new()) }
    pub fn body(&self) -> String { "小店-零售".into() }
}
pub fn data_dir(explicit: Option<PathBuf>) -> Option<PathBuf> { explicit.or(Some(PathBuf::from("/tmp/guitai-data"))) }
