use serde::{Deserialize, Deserializer};

use crate::{Error, Json, types};

include!(concat!(env!("OUT_DIR"), "/events.rs"));
