//! Plans and roles, and sets of roles. What a role allows is decided in the `auth` crate's policy, nowhere else.

use crate::vocabulary::{name_set, names};

names!(
    /// What an account is subscribed to.
    Plan, "personal, team, pro, enterprise", {
        /// One person.
        Personal = "personal",
        /// A small team.
        Team = "team",
        /// A studio; has API access.
        Pro = "pro",
        /// A publisher; has API access.
        Enterprise = "enterprise",
    }
);

impl Plan {
    /// Whether the plan may use the API at all. *Source*: the API's authentication page: Pro and Enterprise only.
    pub const fn has_api_access(self) -> bool {
        matches!(self, Self::Pro | Self::Enterprise)
    }
}

names!(
    /// How often a subscription renews.
    SubscriptionFrequency, "yearly, monthly", {
        /// Once a year.
        Yearly = "yearly",
        /// Once a month.
        Monthly = "monthly",
    }
);

names!(
    /// A role in an account.
    AccountRole, "owner, admin, member", {
        /// Everything an admin may, and the plan, and closing the account.
        Owner = "owner",
        /// Makes workspaces, invites and keys.
        Admin = "admin",
        /// Belongs to the account.
        Member = "member",
    }
);

names!(
    /// A role in a workspace.
    WorkspaceRole, "admin, manage_art, review, viewer", {
        /// Everything in the workspace, and its members.
        Admin = "admin",
        /// Uploads, versions, edits, locks, tags.
        ManageArt = "manage_art",
        /// Approves and rejects.
        Review = "review",
        /// Reads, downloads, comments.
        Viewer = "viewer",
    }
);

name_set!(
    /// A set of account roles; a JSON array on the wire.
    AccountRoles of AccountRole in u32
);
name_set!(
    /// A set of workspace roles; a JSON array on the wire.
    WorkspaceRoles of WorkspaceRole in u32
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case() {
        assert_eq!("Manage_Art".parse(), Ok(WorkspaceRole::ManageArt));
        assert_eq!("PRO".parse(), Ok(Plan::Pro));
        assert!("root".parse::<AccountRole>().is_err());
    }

    #[test]
    fn set_survives_its_text_form() {
        let set: WorkspaceRoles = [WorkspaceRole::Viewer, WorkspaceRole::Admin].into_iter().collect();
        assert_eq!(set.to_string(), "admin,viewer");
        assert_eq!("admin,viewer".parse(), Ok(set));
        assert_eq!("".parse(), Ok(WorkspaceRoles::EMPTY));
    }

    #[test]
    fn only_pro_and_enterprise_have_api_access() {
        let with: Vec<_> = Plan::ALL.iter().filter(|plan| plan.has_api_access()).collect();
        assert_eq!(with, [&Plan::Pro, &Plan::Enterprise]);
    }
}
