//! Numbers and names as they cross a trunk: how a carrier's numbers are read, how ours are written for it, and who is
//! shown as the caller. Pure; what happens to real calls and what `route` tells is worked out here alike.

use crate::route::Origin;
use crate::{Plan, Route, Trunk};
use std::borrow::Cow;

/// The fewest digits of a subscriber's number: what is shorter is a service or an extension, and stays as it is.
const SUBSCRIBER: usize = 6;

/// Who is shown as the caller, where the operator says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presented {
    /// His number.
    pub number: Option<String>,
    /// His name.
    pub caller_name: Option<String>,
    /// Both are withheld from whoever is called.
    pub privacy: bool,
}

/// How a number is rewritten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrite {
    /// So many characters go from its front...
    pub strip: usize,
    /// ... and this is put there.
    pub prefix: String,
}

/// How the numbers of a trunk's country are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Country {
    /// Its code, such as `44`.
    pub code: String,
    /// What stands before a national number; empty: nothing.
    pub national: String,
    /// What stands before an international one.
    pub international: String,
    /// How the carrier wants numbers.
    pub form: Form,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// `+442079460001`.
    #[default]
    E164,
    /// `00442079460001`.
    International,
    /// `02079460001`, and `00...` for other countries.
    National,
    /// `442079460001`.
    Digits,
}

/// What a trunk is told of the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// His number, as this trunk has it; empty: there is none.
    pub number: String,
    /// His name.
    pub name: Option<String>,
    /// Both are withheld from whoever is called (RFC 3323).
    pub withheld: bool,
}

/// Who calls, as he came.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// From where.
    pub from: Origin,
    /// His number or user.
    pub number: &'a str,
    /// The name that he gave.
    pub name: Option<&'a str>,
    /// He withholds both.
    pub withheld: bool,
}

impl Rewrite {
    /// Takes the first characters away and puts the prefix there.
    pub fn apply<'a>(&self, number: &'a str) -> Cow<'a, str> {
        if *self == Rewrite::default() {
            return Cow::Borrowed(number);
        }
        let rest: String = number.chars().skip(self.strip).collect();
        Cow::Owned(format!("{}{rest}", self.prefix))
    }
}

impl Country {
    /// A number in its international form, `+442079460001`; as it is where it cannot be told.
    pub fn read<'a>(&self, number: &'a str) -> Cow<'a, str> {
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Cow::Borrowed(number);
        }
        let long = |rest: &&str| rest.len() >= SUBSCRIBER;
        let after = |prefix: &str| number.strip_prefix(prefix).filter(long);
        if let Some(rest) = after(&self.international) {
            return Cow::Owned(format!("+{rest}"));
        }
        // Where national numbers have no prefix, their digits may begin as the country's own code does.
        if self.national.is_empty() {
            return match long(&number) {
                true => Cow::Owned(format!("+{}{number}", self.code)),
                false => Cow::Borrowed(number),
            };
        }
        match (after(&self.national), after(&self.code)) {
            (Some(rest), _) => Cow::Owned(format!("+{}{rest}", self.code)),
            (None, Some(_)) => Cow::Owned(format!("+{number}")),
            (None, None) => Cow::Borrowed(number),
        }
    }

    /// A number as the carrier wants it.
    pub fn write<'a>(&self, number: &'a str) -> Cow<'a, str> {
        let number = self.read(number);
        let Some(digits) = number.strip_prefix('+') else { return number };
        let written = match (self.form, digits.strip_prefix(self.code.as_str())) {
            (Form::E164, _) => return number,
            (Form::Digits, _) => digits.to_owned(),
            (Form::National, Some(rest)) => format!("{}{rest}", self.national),
            (Form::International | Form::National, _) => format!("{}{digits}", self.international),
        };
        Cow::Owned(written)
    }
}

impl Trunk {
    /// Whether it brings calls: from its networks, or since it registers.
    pub fn brings_calls(&self) -> bool {
        !self.peers.is_empty() || self.register.is_some()
    }

    /// Whether the numbers of its calls are read otherwise than they come.
    pub fn rewrites(&self) -> bool {
        self.country.is_some() || self.incoming != Rewrite::default()
    }

    /// Whether it takes calls.
    pub fn takes_calls(&self) -> bool {
        self.target.is_some() || self.host.is_some()
    }

    /// The called number of a call from it, as routes see it.
    pub fn called<'a>(&self, number: &'a str) -> Cow<'a, str> {
        let number = self.incoming.apply(number);
        self.read(number)
    }

    /// The caller's number of a call from it.
    pub fn caller<'a>(&self, number: &'a str) -> Cow<'a, str> {
        self.read(Cow::Borrowed(number))
    }

    fn read<'a>(&self, number: Cow<'a, str>) -> Cow<'a, str> {
        let Some(country) = &self.country else { return number };
        match number {
            Cow::Borrowed(number) => country.read(number),
            Cow::Owned(number) => Cow::Owned(country.read(&number).into_owned()),
        }
    }

    /// A number that is called over it, as it is sent.
    pub fn dialled(&self, number: &str) -> String {
        let number = self.country.as_ref().map_or(Cow::Borrowed(number), |country| country.write(number));
        self.outgoing.apply(&number).into_owned()
    }
}

impl Plan {
    /// The number that is called when a call goes out over a trunk to the number that was called.
    pub fn onward<'a>(&self, route: Option<usize>, called: &'a str) -> Cow<'a, str> {
        match route.and_then(|route| self.routes.get(route)) {
            Some(route) => route.rewrite.apply(called),
            None => Cow::Borrowed(called),
        }
    }

    /// Who is shown as the caller to a trunk: what the route says, then the phone, then the trunk, then who he is. Of a call
    /// that another trunk brought the caller stays who he is, unless the route says otherwise.
    pub fn shown(&self, trunk: &Trunk, route: Option<usize>, caller: &Caller<'_>) -> Shown {
        let nobody = Presented::default();
        let route: &Presented = route.and_then(|route| self.routes.get(route)).map_or(&nobody, of_route);
        let phone = match caller.from {
            Origin::Phone(phone) => self.phone(phone).map(|phone| &phone.presented),
            Origin::Trunk(_) => None,
        };
        let own = phone.unwrap_or(&nobody);
        let known = Some(caller.number).filter(|number| !number.is_empty() && *number != "anonymous");
        let office = |known: Option<&str>| phone.is_some() || known.is_none();
        let number = [&route.number, &own.number].into_iter().find_map(|number| number.as_deref());
        let number = number.or(trunk.presented.number.as_deref().filter(|_| office(known))).or(known);
        let name = [&route.caller_name, &own.caller_name].into_iter().find_map(|name| name.as_deref());
        let name = name.or(trunk.presented.caller_name.as_deref().filter(|_| office(known))).or(caller.name);
        let number = number.unwrap_or_default();
        Shown {
            number: trunk.country.as_ref().map_or(number.into(), |country| country.write(number).into_owned()),
            name: name.map(str::to_owned),
            withheld: caller.withheld || route.privacy || own.privacy || trunk.presented.privacy,
        }
    }
}

fn of_route(route: &Route) -> &Presented {
    &route.presented
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(form: Form) -> Country {
        Country { code: "44".into(), national: "0".into(), international: "00".into(), form }
    }

    #[test]
    fn every_form_of_a_number_is_read_as_the_same_one() {
        let uk = country(Form::E164);
        for written in ["+442079460001", "00442079460001", "02079460001", "442079460001"] {
            assert_eq!(uk.read(written), "+442079460001", "{written}");
        }
        assert_eq!(uk.read("004930555777"), "+4930555777");
        for kept in ["999", "0", "112", "101", "44", "alice", "+49", "*123456789", ""] {
            assert_eq!(uk.read(kept), kept);
        }
        let denmark = Country { code: "45".into(), national: String::new(), ..uk };
        assert_eq!(denmark.read("45678901"), "+4545678901");
        assert_eq!(denmark.read("112"), "112");
    }

    #[test]
    fn a_number_is_written_as_the_carrier_wants_it() {
        let forms = [Form::E164, Form::International, Form::National, Form::Digits];
        let home = ["+442079460001", "00442079460001", "02079460001", "442079460001"];
        let abroad = ["+4930555777", "004930555777", "004930555777", "4930555777"];
        for (nth, form) in forms.into_iter().enumerate() {
            let uk = country(form);
            for dialled in home {
                assert_eq!(uk.write(dialled), home[nth], "{form:?} {dialled}");
            }
            assert_eq!(uk.write("+4930555777"), abroad[nth]);
            assert_eq!(uk.write("999"), "999");
        }
    }

    #[test]
    fn strip_and_prefix_count_characters() {
        let rewrite = |strip, prefix: &str| Rewrite { strip, prefix: prefix.into() };
        assert_eq!(rewrite(1, "").apply("002079460001"), "02079460001");
        assert_eq!(rewrite(0, "77#").apply("+44"), "77#+44");
        assert_eq!(rewrite(9, "1").apply("123"), "1");
        assert!(matches!(Rewrite::default().apply("123"), Cow::Borrowed("123")));
    }
}
