//! TLS with the library whose feature is enabled, and without one.
//!
//! For the other library: `cargo test --no-default-features --features native-tls --test tls`.

use waha::{Client, ErrorKind, RequestOptions};

#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod with_a_library {
    use std::sync::Arc;

    use rcgen::{
        BasicConstraints, Certificate, CertificateParams, CertifiedKey, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
    };
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::{
        TlsAcceptor,
        rustls::{
            RootCertStore, ServerConfig,
            crypto::aws_lc_rs,
            pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
            server::WebPkiClientVerifier,
        },
    };

    use waha::Retry;

    use super::*;

    fn certified(name: &str) -> CertifiedKey<KeyPair> {
        rcgen::generate_simple_self_signed([name.to_owned()]).unwrap()
    }

    /// Starts a server with a self-signed certificate for this name, and returns its URL and the certificate as PEM. It
    /// requires the client's certificate if one is given.
    async fn tls_server(name: &str, client: Option<&CertifiedKey<KeyPair>>) -> (String, String) {
        let certified = certified(name);
        let key = certified.signing_key.serialize_der();
        (serve(certified.cert.der(), key, client).await, certified.cert.pem())
    }

    /// Starts a server with this certificate and its key in PKCS #8, and returns its URL.
    async fn serve(
        certificate: &CertificateDer<'static>,
        key: Vec<u8>,
        client: Option<&CertifiedKey<KeyPair>>,
    ) -> String {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
        let builder = match client {
            None => builder.with_no_client_auth(),
            Some(client) => {
                let mut roots = RootCertStore::empty();
                roots.add(client.cert.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            }
        };
        let config = builder.with_single_cert(vec![certificate.clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // The handshake fails if the client does not trust the certificate.
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let _ = stream.read(&mut [0; 4096]).await;
                    let body = r#"{"message": "pong"}"#;
                    let head = format!(
                        "HTTP/1.1 200 .\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                        body.len()
                    );
                    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        url
    }

    /// A certificate that is signed by its own key, and says that it is one of a certificate authority: as `openssl req
    /// -x509` makes it.
    fn of_an_authority(name: &str, key: &KeyPair, change: impl FnOnce(&mut CertificateParams)) -> Certificate {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        change(&mut params);
        params.self_signed(key).unwrap()
    }

    /// Sends a request to a server with this certificate, by a client that was given another or the same.
    async fn ping(shown: &Certificate, key: &KeyPair, given: &Certificate) -> Result<String, waha::Error> {
        ping_with(&serve(shown.der(), key.serialize_der(), None).await, &given.pem()).await
    }

    async fn ping_with(url: &str, given: &str) -> Result<String, waha::Error> {
        let options = RequestOptions::new().root_certificates(given).unwrap().retry(Retry::never());
        let client = Client::builder(url).options(options).build().unwrap();
        client.observability().ping().await.map(|pong| pong.message)
    }

    /// Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -addext
    /// subjectAltName=DNS:localhost -days 36500`: a key that protects nothing, and its certificate.
    const OF_OPENSSL: &str = include_str!("fixtures/tls/openssl.pem");

    #[tokio::test]
    async fn a_certificate_as_openssl_makes_it_is_trusted() {
        let certificate = CertificateDer::from_pem_slice(OF_OPENSSL.as_bytes()).unwrap();
        let PrivateKeyDer::Pkcs8(key) = PrivateKeyDer::from_pem_slice(OF_OPENSSL.as_bytes()).unwrap() else {
            panic!("another format")
        };
        let url = serve(&certificate, key.secret_pkcs8_der().to_vec(), None).await;
        assert_eq!(ping_with(&url, OF_OPENSSL).await.unwrap(), "pong");
        // The host's name counts: the certificate is for no address.
        let by_address = url.replace("localhost", "127.0.0.1");
        let error = ping_with(&by_address, OF_OPENSSL).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Tls && error.message().contains("for other names"), "{error}");
    }

    #[tokio::test]
    async fn a_given_certificate_is_trusted_even_if_it_is_one_of_an_authority() {
        let key = KeyPair::generate().unwrap();
        let certificate = of_an_authority("localhost", &key, |_| {});
        assert_eq!(ping(&certificate, &key, &certificate).await.unwrap(), "pong");

        // What it has signed is trusted as well.
        let leaf_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let issuer = Issuer::new(params.clone(), &key);
        params.distinguished_name.push(DnType::CommonName, "a server");
        let leaf = params.signed_by(&leaf_key, &issuer).unwrap();
        assert_eq!(ping(&leaf, &leaf_key, &certificate).await.unwrap(), "pong");
        // Alone, it is trusted by name.
        #[cfg(feature = "rustls")]
        assert_eq!(ping(&leaf, &leaf_key, &leaf).await.unwrap(), "pong");
    }

    #[tokio::test]
    async fn a_given_certificate_is_trusted_for_its_names_and_dates_alone() {
        let key = KeyPair::generate().unwrap();
        let given = of_an_authority("localhost", &key, |_| {});
        let other_serial = of_an_authority("localhost", &key, |params| params.serial_number = Some(5_u64.into()));
        let other_name = of_an_authority("example.org", &key, |_| {});
        let expired = of_an_authority("localhost", &key, |params| params.not_after = date_time_ymd(2020, 1, 1));
        let early = of_an_authority("localhost", &key, |params| params.not_before = date_time_ymd(4000, 1, 1));
        for (shown, given, words) in [
            (&other_serial, &given, "RequestOptions::root_certificates"),
            (&other_name, &other_name, "for other names than the base URL has"),
            (&expired, &expired, "the server needs a new certificate"),
            (&early, &early, "is the clock of this computer right?"),
        ] {
            let error = ping(shown, &key, given).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
            assert!(error.message().contains(words), "{words}: {error}");
            println!("{error}");
        }
    }

    #[tokio::test]
    async fn only_trusted_certificates_of_the_right_host_are_accepted() {
        let (url, pem) = tls_server("localhost", None).await;
        let client = Client::builder(&url).build().unwrap();
        let error = client.observability().ping().send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
        assert!(error.message().contains("RequestOptions::root_certificates"), "{error}");

        let trusting = client.with(|options| options.root_certificates(&pem).unwrap());
        assert_eq!(trusting.observability().ping().send().await.unwrap().message, "pong");
        let careless = client.with(|options| options.accept_invalid_certs(true));
        assert_eq!(careless.observability().ping().send().await.unwrap().message, "pong");
        assert_eq!(client.observability().ping().send().await.unwrap_err().kind(), ErrorKind::Tls);

        // A trusted certificate of another host.
        let (url, pem) = tls_server("example.org", None).await;
        let client =
            Client::builder(&url).options(RequestOptions::new().root_certificates(&pem).unwrap()).build().unwrap();
        assert_eq!(client.observability().ping().send().await.unwrap_err().kind(), ErrorKind::Tls);

        for error in [
            RequestOptions::new().root_certificates("nonsense").unwrap_err(),
            RequestOptions::new().client_identity("nonsense").unwrap_err(),
            RequestOptions::new().client_identity(&pem).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        }
    }

    /// Starts a proxy that supports `CONNECT`, and returns its URL.
    async fn tunnel() -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut head = vec![0; 4096];
                    let size = client.read(&mut head).await.unwrap();
                    let head = String::from_utf8_lossy(&head[..size]).into_owned();
                    let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap();
                    let port = target.rsplit(':').next().unwrap();
                    let mut server = tokio::net::TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
                    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        url
    }

    #[tokio::test]
    async fn tls_through_a_proxy_still_checks_the_certificate() {
        let (url, pem) = tls_server("localhost", None).await;
        let options = RequestOptions::new().proxy(&tunnel().await).unwrap().no_proxy_for("");
        let client = Client::builder(&url).api_key("secret").options(options).build().unwrap();
        assert_eq!(client.observability().ping().await.unwrap_err().kind(), ErrorKind::Tls);
        let trusting = client.with(|options| options.root_certificates(&pem).unwrap());
        assert_eq!(trusting.observability().ping().await.unwrap().message, "pong");
    }

    #[tokio::test]
    async fn a_client_identity_is_shown_to_a_server_that_requires_it() {
        let own = certified("client");
        let (url, pem) = tls_server("localhost", Some(&own)).await;
        let options = RequestOptions::new().root_certificates(&pem).unwrap().retry(Retry::never());
        let client = Client::builder(&url).options(options).build().unwrap();
        client.observability().ping().send().await.unwrap_err();
        let (key, certificate) = (own.signing_key.serialize_pem(), own.cert.pem());
        for identity in [format!("{key}{certificate}"), format!("# in any order\n{certificate}\n{key}")] {
            let known = client.with(|options| options.client_identity(&identity).unwrap());
            assert_eq!(known.observability().ping().send().await.unwrap().message, "pong");
        }
    }
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
#[test]
fn settings_that_need_tls_are_refused_without_a_tls_feature() {
    for error in [
        Client::builder("https://waha.example.org").build().unwrap_err(),
        RequestOptions::new().proxy("https://proxy.example.org").unwrap_err(),
        RequestOptions::new().root_certificates("any").unwrap_err(),
        RequestOptions::new().client_identity("any").unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.message().contains("switch on the feature `rustls` or `native-tls`"), "{error}");
    }
    assert!(Client::builder("http://localhost:3000").build().is_ok());
}
