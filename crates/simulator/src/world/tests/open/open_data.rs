use suanpan_wechat::{
    id::Openid,
    miniprogram::{
        open_data::{OpenData, Opened, UserInfo, check_raw_data},
        session::{Check, Reset},
    },
    secret::SessionKey,
};

use super::*;

fn session(till: &mut Till) -> SessionKey {
    let code = till.world.login(&mini_program(), "amei", till.times()).unwrap();
    let session = till.get(&format!(
        "/sns/jscode2session?appid={}&secret={}&js_code={code}&grant_type=authorization_code",
        pool::MINI_PROGRAM,
        secret(pool::MINI_PROGRAM)
    ));
    SessionKey::new(text(&session, "session_key")).unwrap()
}

fn opened(till: &Till, sealed: &SealedData, key: &SessionKey) -> Option<Opened> {
    let data = OpenData::new(&sealed.encrypted_data, &sealed.iv).unwrap();
    data.open(key, &mini_program(), till.now).ok()
}

fn phone_number(till: &mut Till, body: &Value) -> Value {
    let token = till.token_of(pool::MINI_PROGRAM);
    till.post(&format!("/wxa/business/getuserphonenumber?access_token={token}"), body)
}

#[test]
fn the_code_of_the_button_becomes_a_number_once() {
    let mut till = Till::open();
    let detail = till.world.press_phone_number(&mini_program(), "amei", till.times()).unwrap();
    assert_eq!((detail.code.len(), &detail.sealed), (64, &None), "nobody has logged in yet");
    let body = json!({"code": detail.code, "openid": till.openid("amei")});
    let answer = phone_number(&mut till, &body);
    let profile = till.world.profile("amei").unwrap();
    assert_eq!((&answer["errcode"], &answer["errmsg"]), (&json!(0), &json!("ok")));
    let info = &answer["phone_info"];
    assert_eq!(info["purePhoneNumber"], json!(profile.phone_number));
    assert_eq!(info["phoneNumber"], info["purePhoneNumber"]);
    assert_eq!(info["countryCode"], "86");
    assert_eq!(info["watermark"]["appid"], pool::MINI_PROGRAM);
    let again = phone_number(&mut till, &json!({"code": detail.code}));
    assert_eq!(again["errcode"], 40029);
    assert!(text(&again, "errmsg").starts_with("invalid code hint: ["));
}

#[test]
fn a_wrong_code_is_the_classic_40029() {
    let mut till = Till::open();
    let login = till.world.login(&mini_program(), "amei", till.times()).unwrap();
    let late = till.world.press_phone_number(&mini_program(), "amei", till.times()).unwrap().code;
    let press = till.world.press_phone_number(&mini_program(), "amei", till.times()).unwrap().code;
    let others = json!({"code": press, "openid": till.openid("bo")});
    refused(&phone_number(&mut till, &others), 40003, "invalid openid");
    till.wait(300);
    for body in [json!({"code": login}), json!({"code": late}), json!({}), json!({"code": 7})] {
        assert_eq!(phone_number(&mut till, &body)["errcode"], 40029, "{body}");
    }
    refused(&phone_number(&mut till, &json!("quoted")), 47001, "data format error");
    let token = till.token_of(pool::MINI_PROGRAM);
    let target = format!("/wxa/business/getuserphonenumber?access_token={token}");
    let form = till.ask("POST", &target, "code=1");
    assert!(String::from_utf8(form.body).unwrap().contains("47001"));
}

#[test]
fn foreign_numbers_carry_their_prefix() {
    let mut till = Till::open();
    let profile = till.world.profile("amei").unwrap();
    let foreign =
        Profile { phone_number: "91234567".into(), country_code: "852".into(), ..profile };
    till.world.set_profile("amei", foreign.clone()).unwrap();
    let press = till.world.press_phone_number(&mini_program(), "amei", till.times()).unwrap();
    let info = phone_number(&mut till, &json!({"code": press.code}))["phone_info"].clone();
    assert_eq!(info["phoneNumber"], "+85291234567");
    assert_eq!(
        (&info["purePhoneNumber"], &info["countryCode"]),
        (&json!("91234567"), &json!("852"))
    );
    let bad = Profile { phone_number: "+1 23".into(), ..foreign };
    assert!(till.world.set_profile("amei", bad).is_err());
}

#[test]
fn the_protocol_crate_opens_what_is_sealed_here() {
    let mut till = Till::open();
    let key = session(&mut till);
    let pressed = till.world.press_phone_number(&mini_program(), "amei", till.times()).unwrap();
    let phone = opened(&till, &pressed.sealed.unwrap(), &key).unwrap().phone().unwrap();
    assert_eq!(phone.country_code, "86");
    let profile = till.world.user_profile(&mini_program(), "amei", till.times()).unwrap();
    check_raw_data(&profile.raw_data, &profile.signature, &key).unwrap();
    let inside = opened(&till, &profile.sealed, &key).unwrap();
    let user = UserInfo::of(&inside, &Openid::new(till.openid("amei")).unwrap()).unwrap();
    assert_eq!(user.nick_name, "微信用户");
    assert!(user.union_id.is_some());
    let bent = format!("{} ", profile.raw_data);
    assert!(check_raw_data(&bent, &profile.signature, &key).is_err());
}

#[test]
fn a_login_after_the_press_can_make_the_data_unreadable() {
    let mut till = Till::open();
    let old = session(&mut till);
    let pressed = till.world.press_phone_number(&mini_program(), "amei", till.times()).unwrap();
    let sealed = pressed.sealed.unwrap();
    let mut keys = vec![old];
    let replaced = (0..32).any(|_| {
        keys.push(session(&mut till));
        opened(&till, &sealed, keys.last().unwrap()).is_none()
    });
    assert!(replaced, "one login in two replaces the key");
    assert!(opened(&till, &sealed, &keys[0]).is_some());
}

#[test]
fn a_server_can_check_and_replace_a_session_key() {
    let mut till = Till::open();
    let session_key = session(&mut till);
    let openid = Openid::new(till.openid("amei")).unwrap();
    let check = |key: &SessionKey| Check { openid: openid.clone(), session_key: key.clone() };
    let reset = Reset { openid: openid.clone(), session_key: session_key.clone() };
    assert_eq!(till.perform(pool::MINI_PROGRAM, &check(&session_key)), Ok(()));
    let fresh = till.perform(pool::MINI_PROGRAM, &reset).unwrap();
    assert_eq!(till.perform(pool::MINI_PROGRAM, &check(&session_key)).unwrap_err(), 87009);
    assert_eq!(till.perform(pool::MINI_PROGRAM, &check(&fresh)), Ok(()));
    assert_eq!(till.world.session_lives(&mini_program(), "amei"), Ok(true));
    till.world.expire_session(&mini_program(), "amei").unwrap();
    assert_eq!(till.perform(pool::MINI_PROGRAM, &check(&fresh)).unwrap_err(), 87009);
    assert_eq!(till.world.session_lives(&mini_program(), "amei"), Ok(false));
    let token = till.token_of(pool::MINI_PROGRAM);
    let target = format!("/wxa/checksession?access_token={token}&openid={openid}&sig_method=md5");
    refused(&till.get(&target), 87008, "invalid sig_method");
}
