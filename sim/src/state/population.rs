//! Who and what is on WhatsApp when the server starts.

use std::time::Duration;

use super::{World, channel::Channel, group::Group, rate_limit::RateLimit, session::ME};
use crate::{Builder, Server, ids};

/// What a test has described and the world does not have yet.
#[derive(Debug, Default)]
pub(crate) struct Population {
    groups: Vec<Group>,
    channels: Vec<(String, Channel)>,
    picture_limit: RateLimit,
    picture: Option<String>,
    /// Whether people may look into the server's process.
    pub(crate) debug: bool,
}

impl Builder {
    /// Adds a group. Its id ends with `@g.us`.
    pub fn group(mut self, id: impl AsRef<str>, describe: impl FnOnce(Group) -> Group) -> Self {
        self.population.groups.push(describe(Group::new(&ids::canonical(id.as_ref()), ME)));
        self
    }

    /// Adds a public channel. Its id ends with `@newsletter`.
    pub fn channel(mut self, id: impl Into<String>, describe: impl FnOnce(Channel) -> Channel) -> Self {
        self.population.channels.push((id.into(), describe(Channel::default())));
        self
    }

    /// Sets the URL of the account's own picture; none by default.
    pub fn own_picture(mut self, url: impl Into<String>) -> Self {
        self.population.picture = Some(url.into());
        self
    }

    /// Limits how often WhatsApp may be asked for pictures within some time of the stand-in's clock. More requests are
    /// answered with its `rate-overlimit`, or with no picture by the engines that swallow it. There is no limit by
    /// default; WhatsApp's own limit is not known.
    pub fn picture_limit(mut self, count: usize, per: Duration) -> Self {
        self.population.picture_limit = RateLimit::new(count, per);
        self
    }
}

impl Server {
    /// Makes somebody join a group, or ask to join where an admin has to approve. The sessions are told.
    ///
    /// Does nothing if there is no such group, or they are in it.
    pub fn join_group(&self, group: &str, who: &str) {
        self.app.change(|world| super::groups::join(world, group, who));
    }

    /// Makes somebody leave a group, or withdraw their request to join. The sessions are told.
    ///
    /// Does nothing if they are not in it and did not ask.
    pub fn leave_group(&self, group: &str, who: &str) {
        self.app.change(|world| super::groups::leave(world, group, who));
    }
}

impl World {
    /// Founds a group, and tells nobody.
    pub(crate) fn add_group(&mut self, mut group: Group) {
        group.found(self.now() / 1000, self.whatsapp.next_invite());
        self.whatsapp.groups.insert(group.id.clone(), group);
    }
}

impl Population {
    pub(crate) fn move_in(self, world: &mut World) {
        let now = world.now() / 1000;
        for group in self.groups {
            world.add_group(group);
        }
        for (id, mut channel) in self.channels {
            let invite = world.whatsapp.next_invite();
            channel.found(&id, now, invite, || world.message_id());
            world.whatsapp.channels.push(channel);
        }
        world.whatsapp.picture_limit = self.picture_limit;
        world.condition.debug = self.debug;
        world.whatsapp.account.picture = self.picture;
    }
}
