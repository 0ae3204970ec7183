//! Addresses that must not be called, in every way that they can be written.

use super::*;

fn refused(allowed: &str, url: &str) -> Option<String> {
    let egress = Egress::new(allowed.parse().unwrap()).unwrap();
    egress.check_url(url).err().map(|why| why.to_string())
}

#[test]
fn what_is_not_public_is_refused_however_it_is_written() {
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[::ffff:7f00:1]",
        "[::]",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "bot.localhost",
        "10.1.2.3",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[fe80::1]",
        "[fd00::1]",
        "[ff02::1]",
        "[64:ff9b::a00:1]",
        "[2002:7f00:1::]",
        "[2001:0:1::1]",
        "[2001:db8::1]",
        "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
    ] {
        for scheme in ["http", "https"] {
            let why = refused("", &format!("{scheme}://{host}/hook")).unwrap_or_default();
            assert!(why.contains("is not public"), "{scheme}://{host}: {why}");
        }
    }
}

#[test]
fn public_addresses_are_called_by_https_and_allowed_networks_by_either() {
    for host in ["8.8.8.8", "bot.studio.example", "[2606:4700::1111]", "172.32.0.1", "192.0.3.1"] {
        assert_eq!(refused("", &format!("https://{host}:8443/a?b=c")), None, "{host}");
    }
    assert_eq!(refused("127.0.0.0/8,fd00::/8", "http://127.0.0.1:1"), None);
    assert_eq!(refused("127.0.0.0/8,fd00::/8", "http://[fd00::1]/"), None);
    assert_eq!(refused("127.0.0.0/8", "http://localhost/"), None);
    assert!(refused("127.0.0.0/8", "http://8.8.8.8/").unwrap().contains("unencrypted"));
    assert!(refused("127.0.0.0/8", "http://10.0.0.1/").unwrap().contains("is not public"));
}

#[test]
fn what_is_no_address_for_a_webhook_is_refused_with_what_it_must_be() {
    let long = format!("https://bot.example/{}", "a".repeat(MAX_URL));
    for (url, why) in [
        ("", "an address such as"),
        ("bot.example", "an address such as"),
        ("https://", "an address such as"),
        (&*long, "at most 2048 bytes"),
        ("ftp://bot.example/", "must begin with https://"),
        ("file:///etc/passwd", "must begin with https://"),
        ("https://mira:secret@bot.example/", "user name or password"),
        ("https://mira@bot.example/", "user name or password"),
    ] {
        let told = refused("", url).unwrap_or_default();
        assert!(told.contains(why), "{url}: {told}");
    }
}

#[tokio::test]
async fn name_is_refused_by_what_it_leads_to() {
    let egress = Egress::new(Networks::default()).unwrap();
    let resolver = |allowed: &str| Resolver { allowed: allowed.parse().unwrap(), is_https: true };
    let lookup = |resolver: Resolver| async move {
        resolver
            .resolve("localhost".parse().unwrap())
            .await
            .map(Iterator::count)
            .map_err(|why| why.to_string())
    };
    assert!(egress.check_url("https://ip6-localhost/").is_ok(), "a name says nothing");
    assert!(lookup(resolver("")).await.unwrap_err().contains("is not public"));
    assert!(lookup(resolver("127.0.0.0/8,::1")).await.unwrap() > 0);
}
