//! What the server answers: made up, in the shapes of real answers.

use std::fmt::Write;

/// The picture of a contact.
pub const PICTURE: &str =
    r#"{"profilePictureURL":"https://pps.example.com/v/t61.24694-24/bea.jpg?ccb=11-4&oh=01_Q5AaIF&oe=6AB0F2C0"}"#;

/// A message that was sent, as the engine WEBJS has it.
pub const SENT: &str = concat!(
    r#"{"_data":{"id":{"fromMe":true,"remote":"11111111111@c.us","id":"3EB0982D9E3EB996F559E6","_serialized":"#,
    r#""true_11111111111@c.us_3EB0982D9E3EB996F559E6"},"body":"The parcel is here.","type":"chat","t":1790000000,"#,
    r#""from":{"server":"c.us","user":"22222222222","_serialized":"22222222222@c.us"},"to":{"server":"c.us","#,
    r#""user":"11111111111","_serialized":"11111111111@c.us"},"ack":0,"isNewMsg":true,"local":true,"self":"out"},"#,
    r#""id":{"fromMe":true,"remote":"11111111111@c.us","id":"3EB0982D9E3EB996F559E6","_serialized":"#,
    r#""true_11111111111@c.us_3EB0982D9E3EB996F559E6"},"ack":0,"hasMedia":false,"body":"The parcel is here.","#,
    r#""type":"chat","timestamp":1790000000,"from":"22222222222@c.us","to":"11111111111@c.us","deviceType":"web","#,
    r#""isForwarded":false,"forwardingScore":0,"isStatus":false,"isStarred":false,"fromMe":true,"hasQuotedMsg":false,"#,
    r#""hasReaction":false,"vCards":[],"mentionedIds":[],"groupMentions":[],"isGif":false,"links":[]}"#,
);

/// An event of the engine GOWS: somebody has written.
pub const EVENT: &str = concat!(
    r#"{"id":"evt_01m325rmtvr9yzv2z9j5xh5wf5","timestamp":1790000780123,"event":"message","session":"default","me":{"id":"#,
    r#""22222222222@c.us","pushName":"Parcel Desk","lid":"222000000000222@lid","jid":"22222222222:7@s.whatsapp.net"},"#,
    r#""payload":{"id":"false_11111111111@c.us_3EB0CA0DF2C95AA144C1D0","timestamp":1790000780,"from":"#,
    r#""11111111111@c.us","fromMe":false,"source":"app","body":"Is the parcel here?","to":null,"participant":null,"#,
    r#""hasMedia":false,"media":null,"ack":2,"location":null,"vCards":null,"ackName":"DEVICE","replyTo":null,"_data":{"#,
    r#""Info":{"Chat":"11111111111@s.whatsapp.net","Sender":"11111111111@s.whatsapp.net","IsFromMe":false,"IsGroup":"#,
    r#"false,"AddressingMode":"","SenderAlt":"","RecipientAlt":"","ID":"3EB0CA0DF2C95AA144C1D0","ServerID":0,"Type":"#,
    r#""text","PushName":"Bea","Timestamp":"2026-09-21T14:26:20Z","Category":"","Multicast":false,"MediaType":""},"#,
    r#""Message":{"conversation":"Is the parcel here?"},"IsEphemeral":false,"IsViewOnce":false,"IsEdit":false,"#,
    r#""Status":3}},"engine":"GOWS","environment":{"version":"2026.9.2","engine":"GOWS","tier":"CORE","browser":null,"#,
    r#""platform":"linux/x64","worker":{"id":null}}}"#,
);

/// A list of messages, about 1.7 KB each.
pub fn messages(count: usize) -> String {
    let mut json = String::with_capacity(count * 1800 + 2);
    list(&mut json, count, |json, number| {
        let (id, time) = (format!("3EB0{number:018X}"), 1_790_000_000 - number);
        let (remote, is_mine) = (format!("{}@c.us", 11_111_111_111 + number as u64 % 7), number % 3 == 0);
        let text = format!("Message {number}: the parcel is at the door, says \\\"Bea\\\" \u{2014} see you at five");
        write!(
            json,
            r#"{{"id":"{is_mine}_{remote}_{id}","timestamp":{time},"from":"{remote}","fromMe":{is_mine},"source":"app","#
        )?;
        write!(
            json,
            r#""to":"22222222222@c.us","body":"{text}","hasMedia":false,"media":null,"ack":3,"ackName":"READ","#
        )?;
        write!(
            json,
            r#""location":null,"vCards":[],"_data":{{"id":{{"fromMe":{is_mine},"remote":"{remote}","id":"{id}","#
        )?;
        write!(
            json,
            r#""_serialized":"{is_mine}_{remote}_{id}"}},"viewed":false,"body":"{text}","type":"chat","t":{time},"#
        )?;
        write!(
            json,
            r#""notifyName":"Bea Example","from":{{"server":"c.us","user":"11111111111","_serialized":"{remote}"}},"#
        )?;
        write!(json, r#""to":{{"server":"c.us","user":"22222222222","_serialized":"22222222222@c.us"}},"ack":3,"#)?;
        write!(json, r#""invis":false,"isNewMsg":true,"star":false,"kicNotified":false,"recvFresh":true,"#)?;
        write!(json, r#""isFromTemplate":false,"pollInvalidated":false,"isSentCagPollCreation":false,"#)?;
        write!(json, r#""latestEditMsgKey":null,"latestEditSenderTimestampMs":null,"mentionedJidList":[],"#)?;
        write!(
            json,
            r#""groupMentions":[],"isEventCanceled":false,"eventInvalidated":false,"isVcardOverMmsDocument":false,"#
        )?;
        write!(json, r#""isForwarded":false,"labels":[],"hasReaction":false,"ephemeralDuration":0,"#)?;
        write!(
            json,
            r#""ephemeralSettingTimestamp":0,"disappearingModeInitiator":"chat","productHeaderImageRejected":false,"#
        )?;
        write!(
            json,
            r#""lastPlaybackProgress":0,"isDynamicReplyButtonsMsg":false,"isCarouselCard":false,"parentMsgId":null,"#
        )?;
        write!(json, r#""callSilenceReason":null,"isVideoCall":false,"callDuration":null,"isMdHistoryMsg":false,"#)?;
        write!(json, r#""stickerSentTs":0,"isAvatar":false,"lastUpdateFromServerTs":0,"invokedBotWid":null,"#)?;
        write!(
            json,
            r#""bizBotType":null,"botResponseTargetId":null,"botPluginType":null,"requiresDirectConnection":null,"#
        )?;
        write!(
            json,
            r#""links":[],"thumbnail":"/9j/4AAQSkZJRgABAQAAAQABAAD/2wCEAAkGBxITEhUTEhMVFRUXFRUVFRUVFRUVFRUV"}}}}"#
        )
    });
    json
}

/// A list of contacts as the engine WEBJS has them, about 270 bytes each.
pub fn contacts(count: usize) -> String {
    let mut json = String::with_capacity(count * 300 + 2);
    list(&mut json, count, |json, number| {
        let user = 49_000_000_000 + number as u64;
        write!(json, r#"{{"id":"{user}@c.us","number":"{user}","isBusiness":false,"isEnterprise":false,"#)?;
        write!(json, r#""name":"Bea Example {number}","pushname":"Bea {number}","shortName":"Bea","type":"in","#)?;
        write!(json, r#""isMe":false,"isUser":true,"isGroup":false,"isWAContact":true,"isMyContact":true,"#)?;
        write!(json, r#""isBlocked":false}}"#)
    });
    json
}

fn list(json: &mut String, count: usize, item: impl Fn(&mut String, usize) -> std::fmt::Result) {
    json.push('[');
    for number in 0..count {
        if number > 0 {
            json.push(',');
        }
        item(json, number).expect("a `String` takes any text");
    }
    json.push(']');
}
