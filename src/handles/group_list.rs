use crate::{
    Error, Operation, Session,
    builder::GroupsList,
    handles::freshness::{Freshness, refreshable},
    policy::RefreshKey,
    views::GroupSummary,
};

/// Asks for the groups of a session: what [`Session::group_list`] gives. Awaited, it sends the request.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct GetGroupList {
    session: Session,
    list: GroupsList,
    freshness: Freshness,
}

refreshable!(GetGroupList => GroupList);

impl Session {
    /// Begins to ask for the groups, whichever engine the session has.
    ///
    /// GOWS and NOWEB have a store of the groups, which is kept up to date by itself: a refresh throws it away and loads all
    /// groups from WhatsApp, and is seldom needed. WEBJS and WPP have nothing to refresh, and say that they did.
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
    /// Sets what the generated `groups().list()` can set: paging, order, what to leave out.
    pub fn list(mut self, change: impl FnOnce(GroupsList) -> GroupsList) -> Self {
        self.list = change(self.list);
        self
    }

    /// Sends the request, or two, where it refreshes; the same as awaiting.
    ///
    /// # Errors
    ///
    /// As for any call, and [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited) where a refresh is not within the budget and
    /// [`AtLimit`](crate::AtLimit) says so: see [`Error`].
    pub async fn send(self) -> Result<GroupList, Error> {
        let Self { session, list, freshness } = self;
        let request = session.groups().refresh();
        let call = |refresh| async move { Ok(refresh && request.send().await?.success) };
        let (client, operation) = (session.client(), Operation::GROUPS_REFRESH);
        let calls = async {
            let key = RefreshKey::groups(session.name());
            let (refreshed, _) = freshness.ask(client, operation, key, call).await?;
            let groups = GroupSummary::list(list.send().await?.into_inner())?;
            Ok(GroupList { groups, refreshed })
        };
        freshness.within_timeout(client, operation, calls).await
    }
}

/// The groups of a session.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GroupList {
    /// The groups, in the order that was asked for.
    pub groups: Vec<GroupSummary>,
    /// Whether this call had the server load them from WhatsApp, and the server says that it did.
    pub refreshed: bool,
}
