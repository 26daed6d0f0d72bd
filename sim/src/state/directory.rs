//! WhatsApp's directory of channels, and the pages in which it is read.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::channel::Channel;

/// Which channels are looked for. What is empty does not matter.
#[derive(Debug, Default)]
pub(crate) struct Search<'s> {
    pub(crate) text: &'s str,
    pub(crate) categories: Vec<&'s str>,
    pub(crate) countries: Vec<&'s str>,
}

/// A part of what was found.
#[derive(Debug)]
pub(crate) struct Page<'c> {
    pub(crate) channels: Vec<&'c Channel>,
    /// How many come before it.
    pub(crate) start: usize,
    /// How many come up to its end, where there are more.
    pub(crate) next: Option<usize>,
}

impl Search<'_> {
    pub(crate) fn finds(&self, channel: &Channel) -> bool {
        let text = self.text.to_lowercase();
        let has_text = |place: &str| place.to_lowercase().contains(&text);
        let fits = |wanted: &[&str], value: &str| wanted.is_empty() || wanted.contains(&value);
        let category = channel.category.as_deref().unwrap_or_default();
        (has_text(&channel.name) || channel.description.as_deref().is_some_and(has_text))
            && fits(&self.categories, category)
            && channel.country.as_deref().is_none_or(|country| fits(&self.countries, country))
    }
}

impl<'c> Page<'c> {
    /// `cursor` is where the page before has ended; anything that is no cursor means the beginning.
    pub(crate) fn of(found: impl Iterator<Item = &'c Channel>, cursor: &str, limit: usize) -> Self {
        let start = position(cursor).unwrap_or(0);
        let mut rest = found.skip(start);
        let channels: Vec<_> = rest.by_ref().take(limit).collect();
        let next = rest.next().map(|_| start + channels.len());
        Self { channels, start, next }
    }
}

/// A place among what was found, as clients carry it from page to page.
pub(crate) fn cursor(position: usize) -> String {
    BASE64_STANDARD.encode(format!("cursor:{position}"))
}

fn position(cursor: &str) -> Option<usize> {
    let bytes = BASE64_STANDARD.decode(cursor).ok()?;
    str::from_utf8(&bytes).ok()?.strip_prefix("cursor:")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_looks_at_name_and_description() {
        let channel = Channel::default().name("Harbour news").description("Ferries").category("NEWS").country("NL");
        let search = |text| Search { text, ..Search::default() };
        assert!(search("").finds(&channel) && search("HARBOUR").finds(&channel) && search("ferri").finds(&channel));
        assert!(!search("train").finds(&channel));
        assert!(Search { categories: vec!["NEWS"], ..Search::default() }.finds(&channel));
        assert!(!Search { categories: vec!["SPORTS"], ..Search::default() }.finds(&channel));
        assert!(!Search { countries: vec!["US"], ..Search::default() }.finds(&channel));
        assert!(Search { countries: vec!["US"], ..Search::default() }.finds(&Channel::default()));
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let all: Vec<_> = (0..5).map(|number| Channel::default().name(number.to_string())).collect();
        let (mut at, mut names) = (String::new(), Vec::new());
        loop {
            let page = Page::of(all.iter(), &at, 2);
            names.extend(page.channels.iter().map(|channel| channel.name.clone()));
            match page.next {
                Some(next) => at = cursor(next),
                None => break,
            }
        }
        assert_eq!(names, ["0", "1", "2", "3", "4"]);
        assert_eq!(Page::of(all.iter(), "nonsense", 1).start, 0);
        assert!(Page::of(all.iter(), &cursor(usize::MAX), 1).channels.is_empty());
    }
}
