//! A world decides what is signed, and signs nothing.

use std::sync::atomic::{AtomicUsize, Ordering};

use suanpan_wechat::{id::SerialNo, key::KeyError, sign::Signer, verify::Verifier};

use super::*;

/// Counts the signatures of WeChat's.
#[derive(Debug, Default)]
struct Counting(Arc<AtomicUsize>);

struct CountingSigner {
    signer: Arc<dyn Signer>,
    made: Arc<AtomicUsize>,
}

impl Suite for Counting {
    fn platform_signer(
        &self,
        serial_no: &SerialNo,
        private_key_pem: &str,
    ) -> Result<Arc<dyn Signer>, KeyError> {
        let signer = RsaSuite.platform_signer(serial_no, private_key_pem)?;
        Ok(Arc::new(CountingSigner { signer, made: Arc::clone(&self.0) }))
    }

    fn merchant_verifier(
        &self,
        serial_no: &SerialNo,
        certificate_pem: &str,
    ) -> Result<Arc<dyn Verifier>, KeyError> {
        RsaSuite.merchant_verifier(serial_no, certificate_pem)
    }
}

impl Signer for CountingSigner {
    fn serial_no(&self) -> &SerialNo {
        self.signer.serial_no()
    }

    fn scheme(&self) -> &'static str {
        self.signer.scheme()
    }

    fn sign(&self, message: &[u8]) -> String {
        self.made.fetch_add(1, Ordering::Relaxed);
        self.signer.sign(message)
    }
}

fn counted() -> (Till, impl Fn() -> usize) {
    let mut till = Till::open();
    let made = Arc::new(AtomicUsize::new(0));
    let suite = Arc::new(Counting(Arc::clone(&made)));
    till.world = World::new(7, pool::standard(), suite).unwrap();
    (till, move || made.load(Ordering::Relaxed))
}

fn order(till: &mut Till) -> Reply {
    let body = till.order_body("order-0001", 5).to_string();
    let request = till.signed_request("POST", "/v3/pay/transactions/jsapi", &body, NOON);
    let times = till.times();
    till.world.handle(&request, times)
}

#[test]
fn an_answer_is_signed_by_whoever_looks_first_and_once() {
    let (mut till, made) = counted();
    let reply = order(&mut till);
    let journal: Vec<_> = till.world.messages(&MessageFilter::default()).cloned().collect();
    assert_eq!((reply.response.status, journal.len(), made()), (200, 2, 0));

    let sent = reply.response.header("Wechatpay-Signature").unwrap().to_owned();
    assert_eq!(made(), 1);
    assert_eq!(&*journal[1].headers["Wechatpay-Signature"], sent);
    let file = serde_json::to_value(till.world.state()).unwrap();
    let stored = &file["journal"]["messages"][1]["headers"]["Wechatpay-Signature"];
    assert_eq!((stored.as_str(), made()), (Some(&*sent), 1), "nobody signs it again");

    let header = |name: &str| reply.response.header(name);
    assert!(till.believes_parts(&header, &reply.response.body));
    let canonical = journal[1].canonical.as_deref().unwrap();
    assert!(canonical.ends_with(&format!("{}\n", String::from_utf8_lossy(&reply.response.body))));
}

#[test]
fn a_notification_that_is_lost_is_never_signed_but_for_its_reader() {
    let (mut till, made) = counted();
    till.world.set_faults(vec![Fault::always(FaultName::NotifyLost)]);
    till.sell("order-0001", 5);
    let before = made();
    assert!(till.due().is_empty(), "lost on purpose");
    assert_eq!(made(), before);
    let filter = MessageFilter { kind: Some(MessageKind::Notify), ..MessageFilter::default() };
    let message = till.world.messages(&filter).next().unwrap().clone();
    assert_eq!(made(), before);
    let header = |name: &str| message.headers.get(name).map(AsRef::as_ref);
    assert!(till.believes_parts(&header, message.body.as_bytes()));
    assert_eq!(made(), before + 1);
}
