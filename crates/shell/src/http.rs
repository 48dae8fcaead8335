//! HTTP over TLS, once for AWS and once for everybody else.
//!
//! Reading the 144 roots of a system store is half of what can be saved of a function's start. AWS's endpoints
//! are signed by Amazon's own roots, so these five are compiled in and the store is never opened for them.
//! Other providers ask not to be pinned: for them the system's store is read, when the first request is made.
//! Nothing is parsed or connected before that, and each client is one pool shared by all who use it.
//!
//! Plain `http` works too: an endpoint that is overridden for the local world has no certificate.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::{
    HttpClient as SdkHttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

/// <https://www.amazontrust.com/repository/>: what every AWS endpoint of the commercial regions chains to.
const AMAZON_ROOTS: &str = include_str!("roots/amazon-trust-services.pem");

/// More than any answer we ask for; keeps a confused server from filling the sandbox.
const BODY_BYTES_MAX: usize = 4 << 20;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Whose certificates are believed.
#[derive(Clone, Debug)]
enum Trust {
    /// Amazon's, and a bundle from `AWS_CA_BUNDLE` for proxies and private partitions.
    Amazon { extra_pem: Option<Vec<u8>> },
    /// The system's.
    System,
}

#[derive(Debug)]
struct Inner {
    trust: Trust,
    settings: HttpConnectorSettings,
    idle: Duration,
    guarded: bool,
    connector: OnceLock<Connector>,
}

/// A pool of connections, made when first used. Clones share it.
#[derive(Clone, Debug)]
pub struct Pool(Arc<Inner>);

impl Pool {
    /// For the AWS SDKs. `extra_pem` are certificates to believe besides Amazon's.
    #[must_use]
    pub fn aws(extra_pem: Option<Vec<u8>>) -> Self {
        Self::new(Trust::Amazon { extra_pem }, Duration::from_secs(10), Duration::from_secs(20))
    }

    /// For everybody else.
    ///
    /// Connections idle for five seconds are dropped: a sandbox may be frozen between two events, and a request
    /// written to a connection that the other side closed meanwhile ends as "nobody knows", which for a
    /// telephone call is expensive to find out.
    #[must_use]
    pub fn public() -> Self {
        Self::new(Trust::System, Duration::from_secs(15), Duration::from_secs(5))
    }

    /// For addresses that a customer has chosen: no name leads into a private network, whatever its DNS says at the
    /// moment of connecting. Literal addresses are not looked up; [`may_be_called`] refuses those.
    #[must_use]
    pub fn guarded() -> Self {
        let Self(inner) = Self::public();
        let Inner { trust, settings, idle, .. } = inner.as_ref();
        let (trust, settings) = (trust.clone(), settings.clone());
        Self(Arc::new(Inner { trust, settings, idle: *idle, guarded: true, connector: OnceLock::new() }))
    }

    fn new(trust: Trust, read: Duration, idle: Duration) -> Self {
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(Duration::from_secs(2))
            .read_timeout(read)
            .build();
        Self(Arc::new(Inner { trust, settings, idle, guarded: false, connector: OnceLock::new() }))
    }

    fn connector(&self) -> &Connector {
        self.0.connector.get_or_init(|| {
            let store = match &self.0.trust {
                Trust::System => TrustStore::default(),
                Trust::Amazon { extra_pem } => {
                    let store = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
                    match extra_pem {
                        Some(pem) => store.with_pem_certificate(pem.as_slice()),
                        None => store,
                    }
                }
            };
            let context = TlsContext::builder().with_trust_store(store).build();
            let builder = Connector::builder()
                .connector_settings(self.0.settings.clone())
                .pool_idle_timeout(self.0.idle)
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(context.expect("a trust store is all this context has"));
            if self.0.guarded { builder.build_with_resolver(PublicNames) } else { builder.build() }
        })
    }
}

impl HttpConnector for Pool {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.connector().call(request)
    }
}

/// The SDKs ask for a connector per time-out setting and build one more to validate it, each with roots and a
/// pool of its own. This one answers always with itself; time-outs per operation are the SDKs' own.
impl SdkHttpClient for Pool {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// Names, as far as they lead to public addresses.
#[derive(Clone, Copy, Debug)]
struct PublicNames;

impl ResolveDns for PublicNames {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        let name = name.to_owned();
        DnsFuture::new(async move {
            let found = tokio::task::spawn_blocking(move || (name.as_str(), 0).to_socket_addrs());
            let found = found.await.map_err(ResolveDnsError::new)?.map_err(ResolveDnsError::new)?;
            Ok(found.map(|address| address.ip()).filter(|ip| is_public(*ip)).collect())
        })
    }
}

/// Whether an address is one of the internet's, and neither this machine's, a network's own, nor reserved.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_broadcast()
                || ip.is_documentation()
                || ip.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b)) // carriers' own
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (b == 18 || b == 19))) // benchmarks
        }
        IpAddr::V6(ip) => {
            let parts = ip.segments();
            let v4 = |high: u16, low: u16| {
                let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
                is_public(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
            };
            match parts {
                // Addresses of the older kind in three disguises.
                [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                    v4(high, low)
                }
                [0x2002, high, low, ..] => v4(high, low),
                [0x2001, 0xdb8 | 0, ..] => false,
                // Only an eighth of all addresses is given out.
                [first, ..] => (0x2000..0x4000).contains(&first),
            }
        }
    }
}

/// Whether an address that a customer has chosen may be called: `https`, no credentials in it, and no private literal.
/// What a name leads to is found out when it is called ([`Pool::guarded`]).
///
/// # Errors
/// Why not, in words that give nothing away.
pub fn may_be_called(url: &str, anywhere: bool) -> Result<(), &'static str> {
    let uri: http::Uri = url.parse().map_err(|_| "not an address")?;
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if anywhere => {}
        Some(_) | None => return Err("must begin with https://"),
    }
    let authority = uri.authority().ok_or("not an address")?;
    if authority.as_str().contains('@') {
        return Err("must not hold credentials");
    }
    let host = authority.host();
    let literal: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    match literal {
        Some(ip) if !anywhere && !is_public(ip) => Err("must be a public address"),
        // What is nearly a literal is one to some resolvers: 127.1, 0x7f000001, 2130706433.
        None if !anywhere
            && host.rsplit('.').next().is_some_and(|end| end.starts_with(|c: char| c.is_ascii_digit())) =>
        {
            Err("must be a public address")
        }
        Some(_) | None => Ok(()),
    }
}

/// A request to a provider.
#[derive(Clone)]
pub struct Request {
    /// `GET`, `POST` ...
    pub method: &'static str,
    /// Absolute.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Empty for none.
    pub body: Vec<u8>,
    /// How long it may take from the first byte sent to the last received.
    pub within: Duration,
}

/// Everything else in a request may be secret or personal.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).finish_non_exhaustive()
    }
}

/// An answer, whatever its status.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body, at most 4 MiB unless the client takes more.
    pub body: Vec<u8>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

/// No answer. The two cases differ in what they prove.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// No connection came about (name, refusal, time-out, certificate): surely nothing was sent.
    #[error("the request was not sent")]
    NotSent(#[source] BoxError),
    /// The connection was there and no whole answer came: the request may have been carried out.
    #[error("the answer was lost")]
    Lost(#[source] BoxError),
}

/// Sends requests to providers.
#[derive(Clone, Debug)]
pub struct Http {
    pool: Pool,
    body_bytes_max: usize,
}

impl Http {
    /// Over a pool: [`Pool::public`] in functions.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool, body_bytes_max: BODY_BYTES_MAX }
    }

    /// The same for longer answers.
    #[must_use]
    pub fn taking(self, body_bytes_max: usize) -> Self {
        Self { body_bytes_max, ..self }
    }

    /// Send a request once. Never repeats one of its own accord.
    ///
    /// # Errors
    /// [`SendError`] where no whole answer came in time.
    pub async fn send(&self, request: Request) -> Result<Response, SendError> {
        in_time(request.within, self.exchange(request)).await
    }

    /// The same, for the status of the answer alone: its body is not waited for, however long it is.
    ///
    /// # Errors
    /// [`SendError`] where no answer began in time.
    pub async fn status(&self, request: Request) -> Result<u16, SendError> {
        let begun = in_time(request.within, self.begin(request)).await?;
        Ok(begun.status().as_u16())
    }

    async fn begin(&self, request: Request) -> Result<HttpResponse, SendError> {
        let request = into_sdk(request).map_err(SendError::NotSent)?;
        self.pool.call(request).await.map_err(|error| {
            if never_connected(&error) {
                SendError::NotSent(error.into())
            } else {
                SendError::Lost(error.into())
            }
        })
    }

    async fn exchange(&self, request: Request) -> Result<Response, SendError> {
        let mut response = self.begin(request).await?;
        let mut stream = ByteStream::new(response.take_body());
        let mut body = Vec::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| SendError::Lost(error.into()))?;
            if body.len() + chunk.len() > self.body_bytes_max {
                return Err(SendError::Lost("the answer is too long".into()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status: response.status().as_u16(), body })
    }
}

async fn in_time<T>(
    within: Duration,
    answer: impl Future<Output = Result<T, SendError>>,
) -> Result<T, SendError> {
    match tokio::time::timeout(within, answer).await {
        Ok(result) => result,
        Err(elapsed) => Err(SendError::Lost(elapsed.into())),
    }
}

fn into_sdk(request: Request) -> Result<HttpRequest, BoxError> {
    let body = if request.body.is_empty() { SdkBody::empty() } else { SdkBody::from(request.body) };
    let mut sdk = HttpRequest::new(body);
    sdk.set_method(request.method)?;
    sdk.set_uri(request.url)?;
    for (name, value) in request.headers {
        sdk.headers_mut().try_insert(name, value)?;
    }
    Ok(sdk)
}

/// Whether an error arose while connecting (TLS included), before a byte of the request was written.
fn never_connected(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .filter_map(|error| error.downcast_ref::<hyper_util::client::legacy::Error>())
        .any(hyper_util::client::legacy::Error::is_connect)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn get(url: String, within_ms: u64) -> Request {
        Request {
            method: "GET",
            url,
            headers: vec![],
            body: vec![],
            within: Duration::from_millis(within_ms),
        }
    }

    /// Answers every connection with `answer` (or never), and closes it.
    async fn server(answer: Option<&'static str>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut buffer = [0; 1024];
                let _ = socket.read(&mut buffer).await;
                match answer {
                    Some(answer) => drop(socket.write_all(answer.as_bytes()).await),
                    None => std::future::pending().await,
                }
            }
        });
        url
    }

    #[tokio::test]
    async fn an_answer_comes_back_whatever_its_status() {
        let url = server(Some("HTTP/1.1 503 No\r\ncontent-length: 4\r\n\r\nbusy")).await;
        let response = Http::new(Pool::public()).send(get(url, 2000)).await.expect("answered");
        assert_eq!((response.status, response.body.as_slice()), (503, b"busy".as_slice()));
    }

    #[tokio::test]
    async fn only_a_failure_to_connect_proves_that_nothing_was_sent() {
        let http = Http::new(Pool::public());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let closed = format!("http://{}/", listener.local_addr().expect("bound"));
        drop(listener);
        for url in [closed, "http://host.invalid/".into(), "http://".into()] {
            assert!(matches!(http.send(get(url, 5000)).await, Err(SendError::NotSent(_))));
        }
        let silent = server(None).await;
        let dropped = server(Some("")).await;
        let half = server(Some("HTTP/1.1 201 Created\r\ncontent-length: 40\r\n\r\n{\"sid\"")).await;
        for url in [silent, dropped, half] {
            assert!(matches!(http.send(get(url, 300)).await, Err(SendError::Lost(_))));
        }
    }

    #[tokio::test]
    async fn whoever_asks_for_the_status_alone_waits_for_no_more() {
        let url = server(Some("HTTP/1.1 202 Accepted\r\ncontent-length: 40\r\n\r\n{\"thanks\"")).await;
        assert!(matches!(Http::new(Pool::public()).status(get(url, 2000)).await, Ok(202)));
    }

    #[test]
    fn a_customers_address_leads_nowhere_private() {
        for good in
            ["https://hooks.example.com/a?b=c", "https://8.8.8.8/", "https://[2606:4700::1111]:8443/x"]
        {
            assert_eq!(may_be_called(good, false), Ok(()), "{good}");
        }
        for bad in [
            "",
            "nonsense",
            "http://hooks.example.com/",
            "ftp://x/",
            "https://user:pass@hooks.example.com/",
            "https://127.0.0.1/",
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://[::1]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:a00:1::]/",
            "https://127.1/",
            "https://0x7f000001/",
            "https://2130706433/",
        ] {
            assert!(may_be_called(bad, false).is_err(), "{bad}");
        }
        assert_eq!(may_be_called("http://127.0.0.1:9/", true), Ok(()));
        assert!(may_be_called("http://user@127.0.0.1:9/", true).is_err());
    }

    #[tokio::test]
    async fn a_name_that_leads_here_is_not_found() {
        let url = server(Some("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")).await;
        let port = url.trim_end_matches('/').rsplit(':').next().expect("a port").to_owned();
        let here = format!("http://localhost:{port}/");
        let guarded = Http::new(Pool::guarded()).send(get(here.clone(), 2000)).await;
        assert!(matches!(guarded, Err(SendError::NotSent(_))));
        assert!(Http::new(Pool::public()).send(get(here, 2000)).await.is_ok());
    }

    #[test]
    fn the_compiled_in_roots_are_certificates() {
        // Building the connector parses them, and panics on one that does not parse.
        let _ = Pool::aws(None).connector();
        assert_eq!(AMAZON_ROOTS.matches("BEGIN CERTIFICATE").count(), 5);
    }
}
