use super::send::send_methods;
use crate::{ChannelId, Chat, Session};

/// A channel, accessed through a session; returned by [`Session::channel`].
///
/// Each method begins a call, which is sent when it is awaited. Messages can be sent to a channel that the account owns;
/// whatever else concerns messages has its [`chat`](Self::chat).
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let channel = session.channel("111111111111111111@newsletter")?;
/// channel.follow().await?;
/// channel.mute().await?;
/// for message in channel.preview_messages().limit(10).await? {
///     println!("{:?}", message.view_count);
/// }
/// # Ok(())
/// # }
/// ```
///
/// In a channel of the account itself:
///
/// ```no_run
/// # async fn run(channel: waha::Channel) -> Result<(), waha::Error> {
/// channel.send_text("News!").await?;
/// channel.send_video("news.mp4").await?;
/// channel.send_voice("news.ogg").await?;
/// println!("{} messages in {}", channel.chat().messages().await?.len(), channel.id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Channel {
    session: Session,
    id: ChannelId,
}

impl Channel {
    pub(crate) fn new(session: Session, id: ChannelId) -> Self {
        Self { session, id }
    }

    /// Returns the channel's id.
    pub fn id(&self) -> &ChannelId {
        &self.id
    }

    /// Returns the session that the channel is accessed through.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns the channel's chat, for its messages.
    pub fn chat(&self) -> Chat {
        Chat::new(self.session.clone(), (&self.id).into())
    }
}

send_methods!(Channel);
