//! Which certificates of servers are trusted with rustls: those that the platform trusts, and those that were given.

use std::{sync::Arc, time::Duration};

use rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

/// Trusts what the platform trusts, what a given certificate has signed, and a given certificate itself: also one that
/// says of itself that it is a certificate authority, as `openssl req -x509` makes it, or whose issuer is unknown.
#[derive(Debug)]
pub(super) struct Verifier {
    given: Vec<CertificateDer<'static>>,
    /// Knows the given certificates alone.
    of_given: Arc<WebPkiServerVerifier>,
    /// Knows those of the platform and the given ones.
    platform: rustls_platform_verifier::Verifier,
}

impl Verifier {
    pub(super) fn new(given: Vec<CertificateDer<'static>>, provider: Arc<CryptoProvider>) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        for certificate in &given {
            roots.add(certificate.clone())?;
        }
        let of_given = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone())
            .build()
            .map_err(|error| Error::General(error.to_string()))?;
        let platform = rustls_platform_verifier::Verifier::new_with_extra_roots(given.iter().cloned(), provider)?;
        Ok(Self { given, of_given, platform })
    }

    /// Verifies a certificate that was given: its dates and its names count, and not who has signed it.
    fn verify_given(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verify = |now| self.of_given.verify_server_cert(certificate, intermediates, server_name, &[], now);
        match verify(now) {
            // The dates are verified before that. Whether this still holds is seen at a time when no certificate is valid.
            Err(error) if is_about_trust(&error) && verify(END_OF_TIME).is_err_and(|error| is_expired(&error)) => {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            other => other,
        }
    }
}

/// After the last date that a certificate can have.
const END_OF_TIME: UnixTime = UnixTime::since_unix_epoch(Duration::from_secs(u64::MAX));

/// Whether a certificate was refused for who has signed it, or for being one of a certificate authority.
fn is_about_trust(error: &Error) -> bool {
    match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => true,
        // The error's own type belongs to a library that rustls does not show.
        Error::InvalidCertificate(CertificateError::Other(other)) => other.to_string().contains("CaUsedAsEndEntity"),
        _ => false,
    }
}

fn is_expired(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.given.iter().any(|given| given == end_entity) {
            true => self.verify_given(end_entity, intermediates, server_name, now),
            false => self.platform.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.platform.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.platform.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.platform.supported_verify_schemes()
    }
}
