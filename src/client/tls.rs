//! TLS, by the library whose feature is enabled: `rustls` is preferred over `native-tls`.

use std::error::Error as StdError;

use reqwest::ClientBuilder;

use crate::error::{Error, ErrorKind};

pub(crate) use library::{IS_AVAILABLE, check_identity, check_roots, configure};

/// The error text if TLS is required and no TLS feature is enabled.
pub(crate) const MISSING: &str = "this build has no TLS: switch on the feature `rustls` or `native-tls`";

/// Why connections cannot be set up.
pub(crate) type SetupError = Box<dyn StdError + Send + Sync>;

fn refuse(why: &str) -> Result<(), Error> {
    Err(Error::new(ErrorKind::Configuration, why))
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod library {
    use super::{ClientBuilder, Error, SetupError, choice, refuse};

    pub(crate) const IS_AVAILABLE: bool = true;

    pub(crate) fn check_roots(pem: &[u8]) -> Result<(), Error> {
        match reqwest::Certificate::from_pem_bundle(pem) {
            Ok(certificates) if !certificates.is_empty() => Ok(()),
            _ => refuse("there is no PEM certificate among the root certificates"),
        }
    }

    pub(crate) fn check_identity(pem: &[u8]) -> Result<(), Error> {
        match choice::identity(pem) {
            Ok(_) => Ok(()),
            Err(_) => refuse(choice::IDENTITY),
        }
    }

    /// Configures TLS. `roots` are PEM bundles; `identity` is a PEM private key with its certificates;
    /// `is_http1_only` is what the builder has already been told.
    pub(crate) fn configure<'a>(
        builder: ClientBuilder,
        roots: impl IntoIterator<Item = &'a [u8]>,
        identity: Option<&[u8]>,
        accept_invalid_certs: bool,
        is_http1_only: bool,
    ) -> Result<ClientBuilder, SetupError> {
        // Another crate may have enabled the other library as well, so that the choice has to be explicit.
        let builder = choice::backend(builder).tls_danger_accept_invalid_certs(accept_invalid_certs);
        let roots: Vec<_> = roots.into_iter().collect();
        if accept_invalid_certs || roots.is_empty() {
            return match identity {
                Some(pem) => Ok(builder.identity(choice::identity(pem)?)),
                None => Ok(builder),
            };
        }
        choice::trust(builder, &roots, identity, is_http1_only)
    }
}

#[cfg(feature = "rustls")]
mod choice {
    use std::sync::Arc;

    use reqwest::{ClientBuilder, Identity};
    use rustls::{
        ClientConfig,
        crypto::{CryptoProvider, aws_lc_rs},
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    };

    use super::SetupError;
    use crate::client::trust::Verifier;

    pub(super) const IDENTITY: &str = "the client's identity needs a PEM private key and a PEM certificate";

    pub(super) fn backend(builder: ClientBuilder) -> ClientBuilder {
        builder.tls_backend_rustls()
    }

    pub(super) fn identity(pem: &[u8]) -> reqwest::Result<Identity> {
        Identity::from_pem(pem)
    }

    /// Configures which certificates are trusted. `reqwest` alone would not take a given certificate for a server's own.
    pub(super) fn trust(
        builder: ClientBuilder,
        roots: &[&[u8]],
        identity: Option<&[u8]>,
        is_http1_only: bool,
    ) -> Result<ClientBuilder, SetupError> {
        let given = roots.iter().flat_map(|pem| CertificateDer::pem_slice_iter(pem)).collect::<Result<_, _>>()?;
        let installed = CryptoProvider::get_default().cloned();
        let provider = installed.unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider()));
        let verifier = Verifier::new(given, provider.clone())?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match identity {
            Some(pem) => {
                let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>()?;
                config.with_client_auth_cert(certificates, PrivateKeyDer::from_pem_slice(pem)?)?
            }
            None => config.with_no_client_auth(),
        };
        // `reqwest` leaves a configuration of ours as it is.
        let has_http2 = cfg!(feature = "http2") && !is_http1_only;
        let protocols: &[&[u8]] = if has_http2 { &[b"h2", b"http/1.1"] } else { &[b"http/1.1"] };
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(builder.tls_backend_preconfigured(config))
    }
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
mod choice {
    use reqwest::{Certificate, ClientBuilder, Identity};

    use super::SetupError;

    pub(super) const IDENTITY: &str =
        "the client's identity needs a PEM private key (PKCS #8, not encrypted) and a PEM certificate";

    pub(super) fn backend(builder: ClientBuilder) -> ClientBuilder {
        builder.tls_backend_native()
    }

    /// Splits the PEM file, since this library takes key and certificates separately.
    pub(super) fn identity(pem: &[u8]) -> reqwest::Result<Identity> {
        let pem = String::from_utf8_lossy(pem);
        let (mut key, mut certificates) = (String::new(), String::new());
        let mut section = None;
        for line in pem.lines().map(str::trim) {
            if line.starts_with("-----BEGIN ") {
                section = Some(if line.contains(" KEY-----") { &mut key } else { &mut certificates });
            }
            if let Some(text) = &mut section {
                text.push_str(line);
                text.push('\n');
            }
            if line.starts_with("-----END ") {
                section = None;
            }
        }
        Identity::from_pkcs8_pem(certificates.as_bytes(), key.as_bytes())
    }

    /// Configures which certificates are trusted.
    pub(super) fn trust(
        mut builder: ClientBuilder,
        roots: &[&[u8]],
        identity: Option<&[u8]>,
        _: bool,
    ) -> Result<ClientBuilder, SetupError> {
        for pem in roots {
            builder = builder.tls_certs_merge(Certificate::from_pem_bundle(pem)?);
        }
        match identity {
            Some(pem) => Ok(builder.identity(self::identity(pem)?)),
            None => Ok(builder),
        }
    }
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
mod library {
    use super::{ClientBuilder, Error, MISSING, SetupError, refuse};

    pub(crate) const IS_AVAILABLE: bool = false;

    pub(crate) fn check_roots(_: &[u8]) -> Result<(), Error> {
        refuse(MISSING)
    }

    pub(crate) fn check_identity(_: &[u8]) -> Result<(), Error> {
        refuse(MISSING)
    }

    pub(crate) fn configure<'a>(
        builder: ClientBuilder,
        _: impl IntoIterator<Item = &'a [u8]>,
        _: Option<&[u8]>,
        _: bool,
        _: bool,
    ) -> Result<ClientBuilder, SetupError> {
        Ok(builder)
    }
}
