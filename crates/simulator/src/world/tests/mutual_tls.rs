use rcgen::{CertificateParams, DnType, Issuer, KeyPair};

use super::*;

const REFUND: &str = "/secapi/pay/refund";

/// What WeChat says about the connection of a refund, and what the journal does.
fn refund_through(till: &mut Till, target: &str, channel: Channel) -> (u16, String, String) {
    let request = HttpRequest {
        method: "POST".into(),
        target: target.into(),
        headers: vec![],
        body: b"<xml></xml>".to_vec(),
        channel,
    };
    let reply = till.world.handle(&request, till.times());
    let journal: Vec<_> = till.world.messages(&MessageFilter::default()).collect();
    let verdict = journal[journal.len() - 2].verdict.clone().unwrap();
    let body = String::from_utf8(reply.response.body).unwrap();
    (reply.response.status, body, verdict)
}

fn shown(pem: &str) -> Channel {
    let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap();
    Channel::Tls { client_certificate: Some(block.contents) }
}

#[test]
fn over_tls_calls_that_move_money_out_need_a_merchants_certificate() {
    let mut till = Till::open();
    let stranger = pool::api_certificate(
        &Mchid::new("1900000777").unwrap(),
        &pool::keys("merchant-").next().unwrap(),
    );
    for (channel, verdict) in [
        (Channel::Tls { client_certificate: None }, "refused: no client certificate"),
        (
            Channel::Tls { client_certificate: Some(b"no certificate".to_vec()) },
            "refused: the client certificate is no merchant's",
        ),
        // The same key, but a certificate that nobody registered.
        (shown(&stranger.certificate_pem), "refused: the client certificate is no merchant's"),
    ] {
        for target in [REFUND, "/secapi/pay/reverse?x=1", "/mmpaymkttransfers/promotion/transfers"]
        {
            let (status, body, said) = refund_through(&mut till, target, channel.clone());
            assert_eq!((status, said.as_str()), (200, verdict), "{target}");
            assert!(body.contains("<return_code><![CDATA[FAIL]]>"), "{body}");
            assert!(body.contains("证书验证失败"), "{body}");
        }
        let (_, _, said) = refund_through(&mut till, "/pay/unifiedorder", channel);
        assert_eq!(said, "缺少参数", "a certificate is not demanded here");
    }
}

#[test]
fn a_merchants_own_certificate_is_recognised_and_plain_http_is_waived() {
    let mut till = Till::open();
    let own = till.world.merchant(&till.mchid).unwrap().api_certificates[0].clone();
    let (_, _, said) = refund_through(&mut till, REFUND, shown(&own.certificate_pem));
    assert!(said.ends_with(&format!("client certificate of {}", till.mchid)), "{said}");
    let (_, _, said) = refund_through(&mut till, REFUND, Channel::Plain);
    assert!(said.ends_with("client certificate unchecked: plain HTTP"), "{said}");
}

#[test]
fn s07_certificates_of_tenpays_authority_are_not_registered() {
    let mut till = Till::open();
    let mchid = Mchid::new("1900000009").unwrap();
    let mut merchant = pool::merchant(&mchid, "someone", TrustMode::PublicKey, 9);
    let own = merchant.api_certificates[0].clone();
    let key = KeyPair::from_pem(own.private_key_pem.as_deref().unwrap()).unwrap();
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::OrganizationName, "Tenpay.com");
    authority.distinguished_name.push(DnType::CommonName, "Tenpay.com Root CA");
    let issuer = Issuer::new(authority, &key);
    let real = CertificateParams::default().signed_by(&key, &issuer).unwrap();
    merchant.api_certificates[0].certificate_pem = real.pem();
    let error = till.world.add_merchant(merchant.clone()).unwrap_err();
    assert!(error.to_string().contains("issued by Tenpay"), "{error}");
    merchant.api_certificates[0] = own.clone();
    till.world.add_merchant(merchant).unwrap();
    let later = ApiCertificate { certificate_pem: real.pem(), ..own };
    let error = till.world.add_api_certificate(&mchid, later).unwrap_err();
    assert!(error.to_string().contains("issued by Tenpay"), "{error}");
}
