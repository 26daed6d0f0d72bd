use crate::{
    Error, Operation, Session,
    builder::GroupsList,
    handles::freshness::{Freshness, refreshable},
    policy::RefreshKey,
    views::GroupSummary,
};

/// A request for the groups of a session, sent when it is awaited; returned by [`Session::group_list`].
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use std::time::Duration;
///
/// let first = session.group_list().list(|list| list.limit(20)).await?;
/// let fresh = session.group_list().refresh().await?;
/// let recent = session.group_list().max_age(Duration::from_secs(3600)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct GetGroupList {
    session: Session,
    list: GroupsList,
    freshness: Freshness,
}

refreshable!(GetGroupList => GroupList);

impl Session {
    /// Begins to list the groups of the session, in the same form for every engine.
    ///
    /// GOWS and NOWEB keep a store of the groups up to date. A refresh, which is seldom needed, discards that store and
    /// loads all groups from WhatsApp. WEBJS and WPP have no such store, and report a refresh as successful without
    /// doing anything.
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// let first = session.group_list().list(|list| list.limit(20)).await?;
    /// let all = session.group_list().max_age(std::time::Duration::from_secs(3600)).await?;
    /// for group in &all.groups {
    ///     println!("{}: {}", group.id, group.subject.as_deref().unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn group_list(&self) -> GetGroupList {
        GetGroupList { session: self.clone(), list: self.groups().list(), freshness: Freshness::default() }
    }
}

impl GetGroupList {
    /// Sets the parameters of the generated `groups().list()`: paging, order, and fields to exclude.
    pub fn list(mut self, change: impl FnOnce(GroupsList) -> GroupsList) -> Self {
        self.list = change(self.list);
        self
    }

    /// Sends the request, after a second one for a refresh if that is needed; the same as awaiting.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited) if a refresh would exceed
    /// [`RefreshLimits`](crate::RefreshLimits) and [`AtLimit`](crate::AtLimit) says to fail; otherwise as for any call:
    /// see [`Error`].
    pub async fn send(self) -> Result<GroupList, Error> {
        let Self { session, list, freshness } = self;
        let request = session.groups().refresh();
        let call = |refresh| async move { Ok(refresh && request.send().await?.success) };
        let (client, operation) = (session.client(), Operation::GROUPS_REFRESH);
        let calls = async {
            let key = || RefreshKey::groups(session.name());
            let (refreshed, _) = freshness.ask(client, operation, key, call).await?;
            let groups = GroupSummary::list(list.send().await?.into_inner())?;
            Ok(GroupList { groups, refreshed })
        };
        freshness.within_timeout(client, operation, calls).await
    }
}

/// The groups of a session.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let list = session.group_list().refresh().await?;
/// println!("{} groups, loaded anew: {}", list.groups.len(), list.refreshed);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GroupList {
    /// The groups, in the requested order.
    pub groups: Vec<GroupSummary>,
    /// Whether this call refreshed the groups from WhatsApp, according to the server.
    pub refreshed: bool,
}
