//! auth.test, bots.info, team.info.

use serde_json::json;

use super::error::ApiError;
use super::{Answer, Call};

#[expect(
    clippy::unnecessary_wraps,
    reason = "all methods have the signature that their table wants"
)]
pub(super) fn test(call: &mut Call<'_>) -> Answer {
    let (team, app) = (&call.world.team, &call.world.app);
    let mut answer = json!({
        "url": format!("https://{}.slack.com/", team.domain), "team": team.name, "user": app.name, "team_id": team.id,
        "user_id": app.bot_user, "bot_id": app.bot_id, "is_enterprise_install": false,
    });
    if let Some(enterprise) = &team.enterprise_id {
        answer["enterprise_id"] = json!(enterprise);
    }
    Ok(answer)
}

pub(super) fn bots_info(call: &mut Call<'_>) -> Answer {
    let app = &call.world.app;
    if call.args.text("bot")?.is_some_and(|bot| bot != app.bot_id) {
        return Err(ApiError::new("bot_not_found"));
    }
    Ok(json!({"bot": {
        "id": app.bot_id, "deleted": false, "name": app.name, "updated": 1_700_000_000, "app_id": app.id, "user_id": app.bot_user,
        "icons": {},
    }}))
}

pub(super) fn team_info(call: &mut Call<'_>) -> Answer {
    let team = &call.world.team;
    if call.args.text("team")?.is_some_and(|id| id != team.id) {
        return Err(ApiError::new("team_not_found"));
    }
    let mut object =
        json!({"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}});
    if let Some(enterprise) = &team.enterprise_id {
        object["enterprise_id"] = json!(enterprise);
    }
    Ok(json!({"team": object}))
}
