//! One connection to AWS, made at the first call.

use std::error::Error;
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::sign::Signer;
use crate::wire::Wire;
use crate::{Call, variable};

/// The part of AWS that the floor needs.
pub(crate) struct Aws {
    host: String,
    signer: Signer,
    connection: Option<Wire<StreamOwned<ClientConnection, TcpStream>>>,
}

impl Aws {
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let endpoint = variable("AWS_ENDPOINT_URL")?;
        let host = endpoint.strip_prefix("https://").ok_or("the endpoint is not https")?.to_owned();
        Ok(Self { host, signer: Signer::new()?, connection: None })
    }

    /// Sends a call and reads its answer to the end.
    pub(crate) fn call(&mut self, call: &Call) -> Result<(), Box<dyn Error>> {
        let request = self.signer.request(&self.host, call);
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => self.connection.insert(connected(&self.host)?),
        };
        let answer = connection.send(&request, call.method == "HEAD")?;
        if answer.status >= 400 {
            return Err(format!("{} {} was answered with {}", call.method, call.target, answer.status).into());
        }
        Ok(())
    }
}

fn connected(host: &str) -> Result<Wire<StreamOwned<ClientConnection, TcpStream>>, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(variable("AWS_CA_BUNDLE")?)? {
        roots.add(root?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = host.split(':').next().unwrap_or(host).to_owned();
    let tls = ClientConnection::new(Arc::new(config), ServerName::try_from(name)?)?;
    let socket = TcpStream::connect(host)?;
    socket.set_nodelay(true)?;
    Ok(Wire::new(StreamOwned::new(tls, socket)))
}
