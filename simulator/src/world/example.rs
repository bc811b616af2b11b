//! The workspace for tests and the demo.

use super::World;
use super::app::{App, Team};
use super::channels::Channel;
use super::people::{Kind, Person};

/// Everybody who belongs to the workspace and is active, including the bot.
const INTERNAL: [&str; 10] = [
    "U0ADA", "U0DANA", "U0OMAR", "U0PRIYA", "U0SAM", "U0EVE", "U0NILS", "U0GUS", "U0MONA", "U0UNA",
];

impl World {
    /// Example Inc: seven full members (ada, dana, omar, priya, sam, eve, nils), guests (gus, mona), somebody who has left
    /// (del), somebody with an unconfirmed address (una), a workflow (wbot), Slackbot, and wanda of another workspace, with
    /// the app `apono` installed.
    pub fn example() -> Self {
        let team = Team {
            id: "T0EXAMPLE".into(),
            name: "Example Inc".into(),
            domain: "example".into(),
            enterprise_id: None,
        };
        let mut world = World::new(team, App::named("apono"));
        for (id, handle, name) in [
            ("U0ADA", "ada", "Ada Lind"),
            ("U0DANA", "dana", "Dana Ito"),
            ("U0OMAR", "omar", "Omar Khan"),
            ("U0PRIYA", "priya", "Priya Shah"),
            ("U0SAM", "sam", "Sam Reyes"),
            ("U0EVE", "eve", "Eve Moss"),
            ("U0NILS", "nils", "Nils Berg"),
        ] {
            world.add_person(Person::member(id, handle, name, &format!("{handle}@example.com")));
        }
        let member = |id: &str, handle: &str, name: &str| {
            Person::member(id, handle, name, &format!("{handle}@example.com"))
        };
        world.add_person(Person {
            kind: Kind::SingleChannelGuest,
            ..member("U0GUS", "gus", "Gus Pohl")
        });
        world.add_person(Person {
            kind: Kind::MultiChannelGuest,
            ..member("U0MONA", "mona", "Mona Reis")
        });
        world.add_person(Person {
            deactivated: true,
            ..member("U0DEL", "del", "Del Ray")
        });
        world.add_person(Person {
            email_confirmed: false,
            ..member("U0UNA", "una", "Una Holm")
        });
        world.add_person(Person {
            kind: Kind::WorkflowBot,
            email: None,
            email_confirmed: false,
            ..member("U0WBOT", "wbot", "Weekly report")
        });
        // Slackbot is not a bot by its flags: Slack gives is_bot false for it.
        world.add_person(Person {
            email: None,
            email_confirmed: false,
            ..member("USLACKBOT", "slackbot", "Slackbot")
        });
        world.add_person(Person {
            kind: Kind::Stranger,
            team_id: Some("T0OTHER".into()),
            ..Person::member("U0WANDA", "wanda", "Wanda Weiss", "wanda@other.example")
        });

        let bot = world.app.bot_user.clone();
        let everybody: Vec<&str> = INTERNAL.into_iter().chain([bot.as_str()]).collect();
        world.add_channel(Channel::public("C0GENERAL", "general", &everybody));
        world.add_channel(Channel::public(
            "C0AUDIT",
            "permissions-audit",
            &["U0SAM", "U0ADA", &bot],
        ));
        world.add_channel(Channel::public("C0RANDOM", "random", &INTERNAL));
        world.add_channel(Channel {
            private: true,
            ..Channel::public("C0SECRET", "secret", &["U0ADA", "U0SAM"])
        });
        world.add_channel(Channel {
            connected_teams: vec!["T0OTHER".into()],
            ..Channel::public("C0SHARED", "shared", &["U0ADA", "U0DANA", "U0WANDA", &bot])
        });
        world
    }
}
