use counterfoil_api::call::{Call, Nothing, SetSetting};
use counterfoil_api::{Fault, FaultCode};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::arguments::Settings;
use crate::plain::{Table, rows, word};
use crate::session::Door;

pub fn carry_out(door: &Door<'_>, settings: &Settings) -> Result<Answer, Fault> {
    match settings {
        Settings::Get { key: Some(key) } => get(door, key),
        Settings::Get { key: None } => list(door),
        Settings::Set { key, value } => set(door, key, value),
    }
}

fn get(door: &Door<'_>, key: &str) -> Result<Answer, Fault> {
    let all = door.sign_in()?.call(Call::SettingsList(Nothing {}))?;
    let found = rows(&all).iter().find(|setting| setting["key"] == key).cloned();
    let setting = found.ok_or_else(|| {
        Fault::new(FaultCode::BadInput, format!("there is no setting {key:?}")).with("field", "key")
    })?;
    let plain = in_words(&setting);
    Ok(Answer::done(setting, plain))
}

fn list(door: &Door<'_>) -> Result<Answer, Fault> {
    let all = door.sign_in()?.call(Call::SettingsList(Nothing {}))?;
    let mut table = Table::new(&["KEY", "VALUE", "DEFAULT", "MEANS"]);
    for setting in rows(&all) {
        table.row([
            word(&setting["key"]),
            word(&setting["value"]),
            word(&setting["default"]),
            word(&setting["about"]),
        ]);
    }
    Ok(Answer::done(json!({ "settings": all }), table.to_string()))
}

fn set(door: &Door<'_>, key: &str, value: &str) -> Result<Answer, Fault> {
    let asked = SetSetting { key: key.to_owned(), value: value.to_owned() };
    let setting = door.sign_in()?.call(Call::SettingsSet(asked))?;
    let plain = in_words(&setting);
    Ok(Answer::done(setting, plain))
}

fn in_words(setting: &Value) -> String {
    format!("{} = {}", word(&setting["key"]), word(&setting["value"]))
}
