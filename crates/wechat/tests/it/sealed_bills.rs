//! Bills encrypted to a service provider: opened by the right key only, and as a whole.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest::{SHA1_FOR_LEGACY_USE_ONLY, digest},
};
use suanpan_wechat::{
    Timestamp,
    bill::{
        AccountType, BillDate, Form, FundFlowRow, Limits, Proof, Reader, SealedBillError,
        SealedFile, SubMerchantFundFlowBill,
    },
    call::Call,
    id::{Mchid, SerialNo},
    key::MerchantKey,
    sensitive::SensitiveText,
    trust::TrustRing,
};

const PRIVATE: &str = include_str!("../vectors/demo_merchant_private.pem");
const PUBLIC: &str = include_str!("../vectors/demo_merchant_public.pem");
const FOREIGN: &str = include_str!("../vectors/java_private.pem");
const FILE_KEY: &str = "0123456789abcdef0123456789ABCDEF";
const NONCE: &str = "b7b63c2ea9ef";
const OURS: &[&str] = &["https://api.mch.weixin.qq.com"];
const BILL: &str = "\u{feff}记账时间,微信支付业务单号,资金流水单号,收支类型,收支金额(元),账户结余(元)\r\n\
    `2024-10-01 12:34:56,`4200001234202410011234567890,`5001,`收入,`6.00,`6.00\r\n\
    资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n\
    `1.0,`1.0,`6.00,`0.0,`0.00\r\n";

fn merchant(private_key_pem: &str) -> MerchantKey {
    let mchid = Mchid::new("1900007291").unwrap();
    MerchantKey::from_private_key(mchid, SerialNo::new("AA").unwrap(), private_key_pem).unwrap()
}

fn question() -> SubMerchantFundFlowBill {
    SubMerchantFundFlowBill {
        sub_mchid: Mchid::new("1900000109").unwrap(),
        bill_date: "2024-10-01".parse::<BillDate>().unwrap(),
        account_type: AccountType::Basic,
    }
}

/// What WeChat does: a key for the file, encrypted to the merchant's certificate.
fn seal(file: &str) -> Vec<u8> {
    let cipher = UnboundKey::new(&AES_256_GCM, FILE_KEY.as_bytes()).unwrap();
    let nonce = Nonce::try_assume_unique_for_key(NONCE.as_bytes()).unwrap();
    let mut sealed = file.as_bytes().to_vec();
    LessSafeKey::new(cipher).seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed).unwrap();
    sealed
}

fn entry(sequence: u64, file: &str, file_key: &str) -> serde_json::Value {
    let mut ring = TrustRing::default();
    ring.add_public_key(SerialNo::new("PUB_KEY_ID_1").unwrap(), PUBLIC).unwrap();
    let key = ring.encryption_key(Timestamp::from_unix(1_727_757_296)).unwrap();
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, file.as_bytes());
    serde_json::json!({
        "bill_sequence": sequence,
        "download_url": format!("{}/v3/billdownload/file?token={sequence}", OURS[0]),
        "encrypt_key": SensitiveText::seal(&key, file_key).unwrap(),
        "hash_type": "SHA1",
        "hash_value": hex::encode(hash),
        "nonce": NONCE,
    })
}

fn answer(count: u64, entries: &[serde_json::Value]) -> Option<Vec<SealedFile>> {
    let body = serde_json::json!({"download_bill_count": count, "download_bill_list": entries});
    question().read(200, body.to_string().as_bytes()).ok()
}

#[test]
fn the_application_is_as_documented() {
    assert_eq!(
        question().request().target,
        "/v3/bill/sub-merchant-fundflowbill?bill_date=2024-10-01&sub_mchid=1900000109\
         &account_type=BASIC&algorithm=AEAD_AES_256_GCM"
    );
}

#[test]
fn the_files_of_a_bill_come_in_their_order_and_all_of_them() {
    let [one, two] = [1, 2].map(|sequence| entry(sequence, BILL, FILE_KEY));
    let files = answer(2, &[two.clone(), one.clone()]).unwrap();
    let targets: Vec<String> =
        files.iter().map(|file| file.request(OURS).unwrap().target).collect();
    assert_eq!(targets, ["/v3/billdownload/file?token=1", "/v3/billdownload/file?token=2"]);
    assert!(files[0].request(&["https://api2.mch.weixin.qq.com"]).is_err());
    assert_eq!(answer(0, &[]), Some(Vec::new()));
    assert_eq!(answer(3, &[one.clone(), two.clone()]), None, "one is missing");
    assert_eq!(answer(1, &[two]), None, "the first is missing");
    assert_eq!(answer(2, &[one.clone(), one]), None, "one is there twice");
}

#[test]
fn a_sealed_bill_is_opened_read_and_checked() {
    let (first, second) = BILL.split_at(BILL.find("资金流水总笔数").unwrap());
    let entries = [entry(1, first, FILE_KEY), entry(2, second, FILE_KEY)];
    let files = answer(2, &entries).unwrap();
    let mut rows = Vec::new();
    let mut reader = Reader::<FundFlowRow>::new(Form::Plain, Proof::Summary, Limits::default());
    for (file, content) in files.iter().zip([first, second]) {
        let opened = file.open(&merchant(PRIVATE), seal(content)).unwrap();
        assert_eq!(opened, content.as_bytes());
        reader.feed(&opened, |row| rows.push(row)).unwrap();
    }
    let checked = reader.finish(|row| rows.push(row)).unwrap();
    assert_eq!(checked.totals().len(), 5);
    assert_eq!(rows.pop().unwrap().proven_by(&checked).amount.count(), 600);
}

#[test]
fn b01_a_sealed_bill_opens_whole_and_unchanged_or_not_at_all() {
    let file = answer(1, &[entry(1, BILL, FILE_KEY)]).unwrap().remove(0);
    let key = merchant(PRIVATE);
    let sealed = seal(BILL);
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert_eq!(file.open(&key, changed), Err(SealedBillError::File), "byte {at}");
    }
    assert_eq!(file.open(&key, sealed[1..].to_vec()), Err(SealedBillError::File));
    assert_eq!(file.open(&key, Vec::new()), Err(SealedBillError::File));
    assert_eq!(file.open(&merchant(FOREIGN), sealed), Err(SealedBillError::Key));
    assert_eq!(file.open(&key, seal("another file")), Err(SealedBillError::Digest));
    let short = answer(1, &[entry(1, BILL, &FILE_KEY[1..])]).unwrap().remove(0);
    assert_eq!(short.open(&key, seal(BILL)), Err(SealedBillError::Key));
}

#[test]
fn s02_neither_key_nor_token_of_a_file_is_printed() {
    let file = answer(1, &[entry(1, BILL, FILE_KEY)]).unwrap().remove(0);
    let shown = format!("{file:?}");
    assert!(!shown.contains("token=") && !shown.contains(NONCE), "{shown}");
}
