//! What the target does with a call, whenever it arrives. Mirrors `integrations/postgres/`: `grant`, `revoke`, `clean_up`.

use super::rules::Rules;
use super::state::{Answer, Call, Login, Target, Time};

impl Target {
    pub(super) fn carry_out(&mut self, call: Call, now: Time, rules: Rules) -> Answer {
        match call {
            Call::Grant(until) => return self.grant(until, now, rules),
            Call::Revoke => {
                if let Some(login) = &mut self.login {
                    login.is_open = false;
                    login.has_password = false;
                }
                self.session = false;
            }
            Call::CleanUp if self.login.is_some_and(|login| login.is_open) => return Answer::Refused,
            Call::CleanUp => *self = Self::default(),
        }
        Answer::Done
    }

    fn grant(&mut self, until: Time, now: Time, rules: Rules) -> Answer {
        if now >= until && rules.deadline_on_target {
            return Answer::Refused;
        }
        match &mut self.login {
            Some(login) if !login.is_open && rules.locked_for_good => Answer::Refused,
            Some(login) => {
                login.is_open = true;
                login.until = login.until.max(until);
                Answer::Done
            }
            None => {
                self.login = Some(Login {
                    is_open: true,
                    until,
                    has_deadline: rules.deadline_on_target,
                    has_password: false,
                });
                Answer::Done
            }
        }
    }
}
