use super::*;

fn parse(body: &str) -> Result<Vec<(String, String)>, XmlError> {
    Fields::parse(body.as_bytes()).map(|fields| pairs(&fields))
}

fn pairs(fields: &Fields) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn one(value: &str) -> Vec<(String, String)> {
    vec![("a".to_owned(), value.to_owned())]
}

const REPLY: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>\n  <return_code>\n    <![CDATA[SUCCESS]]>\n  \
                     </return_code>\n  <total_fee>1288</total_fee >\n  <coupon_fee_1>2</coupon_fee_1>\n  \
                     <coupon_fee_0><![CDATA[1]]></coupon_fee_0>\n  <attach></attach>\n  <gift/>\n  \
                     <news><item><title>x</title></item></news>\n  <err_code_des>A &amp; B &#x6d4b;</err_code_des>\n</xml>\n";

#[test]
fn a_reply_with_every_oddity_reads() {
    let fields = Fields::parse(REPLY.as_bytes()).unwrap();
    let expected = [
        ("return_code", "SUCCESS"),
        ("total_fee", "1288"),
        ("coupon_fee_1", "2"),
        ("coupon_fee_0", "1"),
        ("err_code_des", "A & B 测"),
    ];
    assert_eq!(fields.iter().collect::<Vec<_>>(), expected);
    assert_eq!(fields.get("attach"), None);
    assert!(fields.has_element("attach") && fields.has_element("gift") && fields.has_element("news"));
    assert!(!fields.has_element("title"));
}

#[test]
fn white_space_is_padding_only_beside_cdata() {
    for (body, value) in [
        ("<xml><a> \r\n\t<![CDATA[x]]> \n</a></xml>", "x"),
        ("<xml><a><![CDATA[ x\t]]></a></xml>", " x\t"),
        ("<xml><a> x </a></xml>", " x "),
        ("<xml><a>  </a></xml>", "  "),
        ("<xml><a>b<![CDATA[ x ]]> c</a></xml>", "b x  c"),
        ("<xml><a> <![CDATA[x]]> <![CDATA[y]]> </a></xml>", "xy"),
        ("<xml><a> &lt; <![CDATA[&lt;]]></a></xml>", " < &lt;"),
        ("<xml><a>&#32;<![CDATA[x]]></a></xml>", "x"),
        ("<xml><a><![CDATA[a]]]]><![CDATA[>b]]></a></xml>", "a]]>b"),
        ("<xml><a k='1>2'>x</a ></xml>", "x"),
        ("\u{feff}<xml><a>x</a></xml>", "x"),
    ] {
        assert_eq!(parse(body), Ok(one(value)), "{body}");
    }
}

#[test]
fn the_five_entities_and_numbered_characters_are_read_and_no_others() {
    assert_eq!(parse("<xml><a>&lt;&gt;&amp;&apos;&quot;&#65;&#x42;</a></xml>"), Ok(one("<>&'\"AB")));
    for entity in ["&nbsp;", "&x;", "&#0;", "&#x1;", "&#xFFFF;", "&#xD800;", "&#x110000;", "&#;", "&LT;"] {
        assert_eq!(parse(&format!("<xml><a>1{entity}</a></xml>")), Err(XmlError::Entity), "{entity}");
        assert_eq!(parse(&format!("<xml><a><b>{entity}</b></a></xml>")), Err(XmlError::Entity), "{entity}");
    }
}

#[test]
fn dangerous_documents_are_refused() {
    let external = "<!DOCTYPE xml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><xml><a>&x;</a></xml>";
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE xml [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><xml><a>&b;</a></xml>";
    for body in [external, bomb, "<!DOCTYPE html><html></html>", "<!doctype html><p>", "<xml><!DOCTYPE a></xml>"] {
        assert_eq!(parse(body), Err(XmlError::Doctype), "{body}");
    }
    for body in [
        "<?php x?><xml></xml>",
        "<xml><?x y?></xml>",
        "<xml><a><!-- --></a></xml>",
        "<xml><?xml version=\"1.0\"?></xml>",
        "\n<?xml version=\"1.0\"?><xml></xml>",
        "<xml></xml><!-- -->",
    ] {
        assert_eq!(parse(body), Err(XmlError::Markup), "{body}");
    }
}

#[test]
fn bodies_that_are_no_document_are_named() {
    for (body, error) in [
        ("", XmlError::NoRoot),
        (" \n", XmlError::NoRoot),
        ("not found", XmlError::NoRoot),
        ("<html><body>502</body></html>", XmlError::NoRoot),
        ("<XML></XML>", XmlError::NoRoot),
        ("{\"return_code\":\"SUCCESS\"}", XmlError::NoRoot),
        ("<xml></xml>x", XmlError::Trailing),
        ("<xml></xml><xml></xml>", XmlError::Trailing),
        ("<xml/> <a/>", XmlError::Trailing),
        ("<xml>text</xml>", XmlError::Malformed),
        ("<xml><![CDATA[x]]></xml>", XmlError::Malformed),
        ("<xml><a>1</b></xml>", XmlError::Malformed),
        ("<xml><a>1 & 2</a></xml>", XmlError::Malformed),
        ("<xml><a>\u{1}</a></xml>", XmlError::Malformed),
        ("<xml><a>1</a><a>2</a></xml>", XmlError::Duplicate { name: "a".to_owned() }),
        ("<xml><a/><a>2</a></xml>", XmlError::Duplicate { name: "a".to_owned() }),
        ("<xml><a&b=c>1</a&b=c></xml>", XmlError::Name),
        ("<xml><>1</></xml>", XmlError::Name),
        ("<xml><a>1", XmlError::Cut),
        ("<?xml version=\"1.0\" encoding=\"GBK\"?><xml></xml>", XmlError::NotUtf8),
    ] {
        assert_eq!(parse(body), Err(error), "{body}");
    }
    assert_eq!(Fields::parse(b"<xml><a>\xb2\xe2</a></xml>"), Err(XmlError::NotUtf8));
}

#[test]
fn a_body_cut_anywhere_is_an_error() {
    let end = REPLY.trim_end().len();
    for at in 0..end {
        assert!(Fields::parse(&REPLY.as_bytes()[..at]).is_err(), "cut at {at}");
    }
    assert!(Fields::parse(&REPLY.as_bytes()[..end]).is_ok());
}

#[test]
fn size_count_and_depth_are_bounded() {
    let filled = |size: usize| {
        let frame = "<xml><a></a></xml>".len();
        format!("<xml><a>{}</a></xml>", "x".repeat(size - frame))
    };
    assert!(parse(&filled(MAX_BODY)).is_ok());
    assert_eq!(parse(&filled(MAX_BODY + 1)), Err(XmlError::TooLarge));

    let many = |count: usize| {
        let fields: Vec<_> = (0..count).map(|i| format!("<f{i}>1</f{i}>")).collect();
        format!("<xml>{}</xml>", fields.concat())
    };
    assert_eq!(parse(&many(MAX_FIELDS)).map(|fields| fields.len()), Ok(MAX_FIELDS));
    assert_eq!(parse(&many(MAX_FIELDS + 1)), Err(XmlError::TooManyFields));
    let nested = format!("<xml><a>{}</a></xml>", "<b/>".repeat(MAX_FIELDS));
    assert_eq!(parse(&nested), Err(XmlError::TooManyFields));

    assert_eq!(parse("<xml><a><b><c>1</c><c/></b></a></xml>"), Ok(vec![]));
    assert_eq!(parse("<xml><a><b><c><d>1</d></c></b></a></xml>"), Err(XmlError::TooDeep));
    assert_eq!(parse("<xml><a><b><c><d/></c></b></a></xml>"), Err(XmlError::TooDeep));
}

#[test]
fn what_is_written_reads_the_same() {
    let fields = Fields::new()
        .with("body", "小张南山店-超市 <&> \"'")
        .with("attach", "]]> a]]]]>b ]]")
        .with("detail", "  {\"k\":\"<![CDATA[x\"}\n")
        .with("empty", "");
    let xml = fields.to_xml();
    assert_eq!(Fields::parse(xml.as_bytes()), Ok(fields.clone()));
    assert!(!fields.has_element("empty"));
    assert_eq!(Fields::new().to_xml(), "<xml></xml>");
    assert_eq!(Fields::new().with("a", "1").to_xml(), "<xml><a><![CDATA[1]]></a></xml>");
}

#[test]
fn a_document_can_be_added_to() {
    let fields = Fields::parse(b"<xml><a>1</a><b>&lt;</b></xml>").unwrap().with("c", "3");
    assert_eq!(fields.iter().collect::<Vec<_>>(), [("a", "1"), ("b", "<"), ("c", "3")]);
}

#[test]
fn another_root_is_read_when_asked_for() {
    let body = b"<root><out_refund_no>R1</out_refund_no></root>";
    assert_eq!(Fields::parse(body), Err(XmlError::NoRoot));
    assert_eq!(Fields::parse_root(body, "root").unwrap().get("out_refund_no"), Some("R1"));
}

#[test]
fn debug_shows_no_secret() {
    let fields = Fields::new()
        .with("auth_code", "134567890123456789")
        .with("sign", "9A0A8659F005D6984697E2CA0A9CF3B7")
        .with("openid", "oUpF8uMuAJO")
        .with("total_fee", "1");
    assert_eq!(format!("{fields:?}"), r#"{"auth_code": "***", "sign": "***", "openid": "***", "total_fee": "1"}"#);
}

#[test]
fn no_mangled_document_panics_and_what_reads_is_stable() {
    const PARTS: [&str; 16] =
        ["<", ">", "</", "/>", "<![CDATA[", "]]>", "&", ";", "&lt;", "&#x", "<!--", "<?", "<!D", " ", "xml", "测"];
    let mut state = 1_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(state >> 8).unwrap() % below
    };
    let mut read = 0;
    for _ in 0..20_000 {
        let mut text = REPLY.to_owned();
        for _ in 0..=random(2) {
            let at = head_border(&text, random(text.len()));
            let end = head_border(&text, (at + random(4)).min(text.len()));
            text.replace_range(at..end, PARTS[random(PARTS.len())]);
        }
        if let Ok(fields) = Fields::parse(text.as_bytes()) {
            read += 1;
            assert_eq!(Fields::parse(fields.to_xml().as_bytes()), Ok(fields), "{text}");
        }
    }
    assert!(read > 1000, "only {read} documents were read");
}

fn head_border(text: &str, at: usize) -> usize {
    crate::wechat::head(text, at).len()
}
