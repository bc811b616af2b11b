//! The rules that the bot keeps, each of which can be left out here to see what it is for.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one rule, left out by itself"
)]
pub(super) struct Rules {
    /// A job that somebody else has claimed is not settled by its previous holder.
    pub(super) fence: bool,
    /// The end and its timer are committed before the target is touched.
    pub(super) timer_first: bool,
    /// An attempt begins only for the holder of the job.
    pub(super) attempt_holds_its_job: bool,
    /// A decision counts only on what it was judged by.
    pub(super) compare_and_set: bool,
    /// A revoke waits for a grant that may be on its way.
    pub(super) revoke_waits_for_grant: bool,
    /// The end is inside what makes the login.
    pub(super) deadline_on_target: bool,
    /// What was locked is never opened again.
    pub(super) locked_for_good: bool,
    /// What stands on the target without a live request is ended.
    pub(super) reconcile: bool,
}

impl Rules {
    pub(super) const ALL: Self = Self {
        fence: true,
        timer_first: true,
        attempt_holds_its_job: true,
        compare_and_set: true,
        revoke_waits_for_grant: true,
        deadline_on_target: true,
        locked_for_good: true,
        reconcile: true,
    };
}
