//! Signature Version 4, by hand.

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use ring::digest::{SHA256, digest};
use ring::hmac::{HMAC_SHA256, Key, sign};

use crate::{Call, variable};

pub(crate) struct Signer {
    key_id: String,
    secret: String,
    session: String,
    region: String,
}

impl Signer {
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            key_id: variable("AWS_ACCESS_KEY_ID")?,
            secret: variable("AWS_SECRET_ACCESS_KEY")?,
            session: variable("AWS_SESSION_TOKEN")?,
            region: variable("AWS_REGION")?,
        })
    }

    /// The whole request, signed.
    pub(crate) fn request(&self, host: &str, call: &Call) -> Vec<u8> {
        let (day, time) = now();
        let payload = hex(digest(&SHA256, &call.body).as_ref());
        let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
        let headers = format!(
            "host:{host}\nx-amz-content-sha256:{payload}\nx-amz-date:{time}\nx-amz-security-token:{}\nx-amz-target:{}\n",
            self.session, call.target,
        );
        let names = "host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target";
        let canonical = format!("{}\n{path}\n{query}\n{headers}\n{names}\n{payload}", call.method);
        let scope = format!("{day}/{}/{}/aws4_request", self.region, call.service);
        let hashed = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{hashed}");
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for word in [day.as_str(), &self.region, &call.service, "aws4_request"] {
            key = sign(&Key::new(HMAC_SHA256, &key), word.as_bytes()).as_ref().to_vec();
        }
        let signature = hex(sign(&Key::new(HMAC_SHA256, &key), to_sign.as_bytes()).as_ref());
        let mut request = format!(
            "{} {} HTTP/1.1\r\nhost: {host}\r\ncontent-type: {}\r\ncontent-length: {}\r\n\
             x-amz-content-sha256: {payload}\r\nx-amz-date: {time}\r\nx-amz-security-token: {}\r\nx-amz-target: {}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}\r\n\r\n",
            call.method,
            call.path,
            call.media_type,
            call.body.len(),
            self.session,
            call.target,
            self.key_id,
        )
        .into_bytes();
        request.extend_from_slice(&call.body);
        request
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS.get(usize::from(value)).map_or('0', |digit| char::from(*digit));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The day and the time in the form that signatures need. (The date is computed as in Howard Hinnant's `civil_from_days`.)
fn now() -> (String, String) {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year + era * 400 + u64::from(month <= 2);
    let date = format!("{year:04}{month:02}{day:02}");
    let time = format!("{date}T{:02}{:02}{:02}Z", seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    (date, time)
}
