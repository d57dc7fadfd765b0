//! A process that breaks down may leave an image of its memory on the disk, with the keys in it: this one leaves none.

/// From here on the system keeps no image of this process's memory, and on Linux no other process of the same user reads
/// it. To be called before anything secret is read. Where the system doesn't let it be forbidden, nothing is done: a till
/// that takes no money for that would help nobody. On Windows it is the owner's own setting (Windows Error Reporting).
pub fn forbid() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
    // The limit above doesn't hold for a system that hands the image to a program.
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
