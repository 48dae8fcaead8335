//! The objects port over S3.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use carillon_domain::ports::{ObjectError, ObjectInfo, Objects, Presigned, UploadTerms};

/// A bucket.
#[derive(Clone, Debug)]
pub struct S3Objects {
    client: aws_sdk_s3::Client,
    bucket: String,
}

impl S3Objects {
    /// A bucket by its name.
    pub fn new(client: aws_sdk_s3::Client, bucket: impl Into<String>) -> Self {
        Self { client, bucket: bucket.into() }
    }
}

/// What an error of S3 means. The status says it for requests that have no body to carry a code (HEAD).
fn failed<E>(step: &'static str, error: SdkError<E, HttpResponse>) -> ObjectError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match error.raw_response().map(|response| response.status().as_u16()) {
        Some(404) if error.code() != Some("NoSuchBucket") => ObjectError::Missing,
        Some(412) => ObjectError::Replaced,
        Some(_) | None => ObjectError::Failed { step, source: Some(error.into()) },
    }
}

fn odd(step: &'static str) -> ObjectError {
    ObjectError::Failed { step, source: None }
}

/// S3 takes parts of 5 MiB and more, save for the last.
const UPLOAD_PART_BYTES: usize = 8 << 20;

/// A multipart upload. One that is abandoned is cleared away by the bucket's lifecycle.
struct Upload<'a> {
    objects: &'a S3Objects,
    key: &'a str,
    id: String,
    parts: Vec<CompletedPart>,
}

impl<'a> Upload<'a> {
    async fn begin(objects: &'a S3Objects, key: &'a str, content_type: &str) -> Result<Self, ObjectError> {
        const STEP: &str = "begin an upload in parts";
        let request = objects.client.create_multipart_upload().bucket(&objects.bucket).key(key);
        let output = request.content_type(content_type).send().await.map_err(|error| failed(STEP, error))?;
        Ok(Self { objects, key, id: output.upload_id.ok_or_else(|| odd(STEP))?, parts: Vec::new() })
    }

    async fn add(&mut self, bytes: Vec<u8>) -> Result<(), ObjectError> {
        const STEP: &str = "upload a part";
        let number = i32::try_from(self.parts.len() + 1).map_err(|_| odd(STEP))?;
        let request = self.objects.client.upload_part().bucket(&self.objects.bucket).key(self.key);
        let request = request.upload_id(&self.id).part_number(number).body(ByteStream::from(bytes));
        let output = request.send().await.map_err(|error| failed(STEP, error))?;
        self.parts.push(CompletedPart::builder().part_number(number).set_e_tag(output.e_tag).build());
        Ok(())
    }

    async fn complete(self) -> Result<(), ObjectError> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(self.parts)).build();
        let request =
            self.objects.client.complete_multipart_upload().bucket(&self.objects.bucket).key(self.key);
        let sent = request.upload_id(self.id).multipart_upload(parts).send().await;
        sent.map(|_| ()).map_err(|error| failed("complete an upload in parts", error))
    }
}

#[async_trait]
impl Objects for S3Objects {
    async fn head(&self, key: &str) -> Result<Option<ObjectInfo>, ObjectError> {
        const STEP: &str = "look at an object";
        match self.client.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(output) => Ok(Some(ObjectInfo {
                size: output
                    .content_length()
                    .and_then(|size| size.try_into().ok())
                    .ok_or_else(|| odd(STEP))?,
                etag: output.e_tag.ok_or_else(|| odd(STEP))?,
            })),
            Err(error) => match failed(STEP, error) {
                ObjectError::Missing => Ok(None),
                other @ (ObjectError::Replaced | ObjectError::Failed { .. }) => Err(other),
            },
        }
    }

    async fn get_range(
        &self,
        key: &str,
        etag: Option<&str>,
        from: u64,
        len: u64,
    ) -> Result<Vec<u8>, ObjectError> {
        const STEP: &str = "read an object";
        let Some(last) = len.checked_sub(1).map(|more| from.saturating_add(more)) else {
            return Ok(Vec::new());
        };
        let request =
            self.client.get_object().bucket(&self.bucket).key(key).range(format!("bytes={from}-{last}"));
        let output = match request.set_if_match(etag.map(str::to_owned)).send().await {
            Ok(output) => output,
            // From the end on there is nothing; S3 calls that a range it cannot satisfy.
            Err(error) if error.raw_response().is_some_and(|response| response.status().as_u16() == 416) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(failed(STEP, error)),
        };
        let bytes = output.body.collect().await;
        let bytes = bytes.map_err(|error| ObjectError::Failed { step: STEP, source: Some(error.into()) })?;
        Ok(bytes.into_bytes().into())
    }

    async fn put(&self, key: &str, bytes: Vec<u8>, content_type: &str) -> Result<ObjectInfo, ObjectError> {
        const STEP: &str = "write an object";
        let size = bytes.len() as u64;
        let request = self.client.put_object().bucket(&self.bucket).key(key).content_type(content_type);
        let output =
            request.body(ByteStream::from(bytes)).send().await.map_err(|error| failed(STEP, error))?;
        Ok(ObjectInfo { size, etag: output.e_tag.ok_or_else(|| odd(STEP))? })
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        let sent = self.client.delete_object().bucket(&self.bucket).key(key).send().await;
        sent.map(|_| ()).map_err(|error| failed("delete an object", error))
    }

    async fn concat(
        &self,
        head: Vec<u8>,
        parts: &[String],
        key: &str,
        content_type: &str,
    ) -> Result<(), ObjectError> {
        let mut buffer = head;
        let mut upload: Option<Upload<'_>> = None;
        for part in parts {
            let mut from = 0;
            loop {
                let bytes = self.get_range(part, None, from, UPLOAD_PART_BYTES as u64).await?;
                let last = bytes.len() < UPLOAD_PART_BYTES;
                from += bytes.len() as u64;
                buffer.extend(bytes);
                if buffer.len() >= UPLOAD_PART_BYTES {
                    if upload.is_none() {
                        upload = Some(Upload::begin(self, key, content_type).await?);
                    }
                    if let Some(upload) = &mut upload {
                        upload.add(std::mem::take(&mut buffer)).await?;
                    }
                }
                if last {
                    break;
                }
            }
        }
        match upload {
            None => self.put(key, buffer, content_type).await.map(|_| ()),
            Some(mut upload) => {
                if !buffer.is_empty() {
                    upload.add(buffer).await?;
                }
                upload.complete().await
            }
        }
    }

    async fn presign_put(&self, key: &str, terms: &UploadTerms) -> Result<Presigned, ObjectError> {
        const STEP: &str = "presign an upload";
        let length = i64::try_from(terms.content_length).map_err(|_| odd(STEP))?;
        // Both headers are signed, so S3 refuses any other type or size.
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(&terms.content_type)
            .content_length(length)
            .presigned(expiry(STEP, terms.valid_seconds)?)
            .await
            .map_err(|error| failed(STEP, error))?;
        Ok(presigned(&request))
    }

    async fn presign_get(
        &self,
        key: &str,
        file_name: Option<&str>,
        valid_seconds: u32,
    ) -> Result<Presigned, ObjectError> {
        const STEP: &str = "presign a download";
        let request = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .set_response_content_disposition(file_name.map(attachment))
            .presigned(expiry(STEP, valid_seconds)?)
            .await
            .map_err(|error| failed(STEP, error))?;
        Ok(presigned(&request))
    }
}

fn expiry(step: &'static str, seconds: u32) -> Result<PresigningConfig, ObjectError> {
    PresigningConfig::expires_in(Duration::from_secs(seconds.into()))
        .map_err(|error| ObjectError::Failed { step, source: Some(error.into()) })
}

fn presigned(request: &PresignedRequest) -> Presigned {
    let headers = signed(request.uri(), request.headers());
    Presigned { method: request.method().to_owned(), url: request.uri().to_owned(), headers }
}

/// Those headers that the signature covers, and so have to be sent. The SDK adds one more, the trace of this very
/// invocation: it is nobody else's to continue, and a bucket's CORS rules let no browser send it.
fn signed<'h>(url: &str, headers: impl Iterator<Item = (&'h str, &'h str)>) -> BTreeMap<String, String> {
    let names = url.split(['?', '&']).find_map(|part| part.strip_prefix("X-Amz-SignedHeaders="));
    let names: Vec<_> = names.unwrap_or_default().split("%3B").collect();
    headers
        .filter(|(name, _)| names.iter().any(|signed| signed.eq_ignore_ascii_case(name)))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A `Content-Disposition` that can say nothing but a plain file name.
fn attachment(file_name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    format!("attachment; filename=\"{}\"", file_name.chars().map(plain).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Aws;
    use crate::env::Env;

    fn bucket() -> S3Objects {
        let env = Env::of([
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", "hush"),
        ]);
        S3Objects::new(Aws::from_env(&env).expect("complete").s3(), "uploads")
    }

    #[tokio::test]
    async fn a_presigned_upload_fixes_type_and_size() {
        let terms = UploadTerms { content_type: "text/csv".into(), content_length: 1234, valid_seconds: 900 };
        let upload = bucket().presign_put("acme/a.csv", &terms).await.expect("signed");
        assert_eq!(upload.method, "PUT");
        assert!(
            upload.url.contains("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost"),
            "{}",
            upload.url
        );
        assert_eq!(upload.headers.get("content-length").map(String::as_str), Some("1234"));
        assert_eq!(upload.headers.get("content-type").map(String::as_str), Some("text/csv"));
        assert!(!upload.url.contains("checksum"), "{}", upload.url);
        assert!(!format!("{upload:?}").contains("Signature"));
    }

    #[test]
    fn what_is_not_signed_is_not_asked_of_whoever_uploads() {
        let url = "https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost";
        let given =
            [("content-type", "text/csv"), ("x-amzn-trace-id", "Root=1-2-3"), ("content-length", "7")];
        let kept: Vec<_> = signed(url, given.into_iter()).into_keys().collect();
        assert_eq!(kept, ["content-length", "content-type"]);
    }

    #[tokio::test]
    async fn a_download_is_named_and_its_name_cannot_break_out() {
        let download = bucket().presign_get("k", Some("re\"jects\r\n.csv"), 60).await.expect("signed");
        assert!(download.url.contains("re_jects__.csv"), "{}", download.url);
        let forever = bucket().presign_get("k", None, u32::MAX).await;
        assert!(matches!(forever, Err(ObjectError::Failed { .. })), "S3 signs for a week at most");
    }

    #[cfg(feature = "sqs")]
    #[tokio::test]
    async fn what_s3_answers_has_a_meaning() {
        let error = |code: &str| format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
        let (range, gone) = (error("InvalidRange"), error("NoSuchKey"));
        let (replaced, denied) = (error("PreconditionFailed"), error("AccessDenied"));
        let server = crate::scripted::Scripted::start(&[
            (200, "etag: \"e1\"\r\n", ""),
            (404, "", ""),
            (206, "etag: \"e1\"\r\ncontent-range: bytes 3-7/8\r\n", "45678"),
            (416, "", &range),
            (404, "", &gone),
            (412, "", &replaced),
            (403, "", &denied),
            (200, "etag: \"e2\"\r\n", ""),
        ])
        .await;
        let bucket = S3Objects::new(server.aws().s3(), "uploads");
        let info = bucket.head("acme/a.csv").await.expect("readable").expect("there");
        assert_eq!((info.size, info.etag.as_str()), (0, "\"e1\""));
        assert_eq!(bucket.head("acme/b.csv").await.expect("readable"), None);
        assert_eq!(bucket.get_range("acme/a.csv", Some("\"e1\""), 3, 5).await.expect("read"), b"45678");
        assert!(bucket.get_range("acme/a.csv", None, 8, 5).await.expect("the end").is_empty());
        assert!(bucket.get_range("acme/a.csv", None, 8, 0).await.expect("asked nobody").is_empty());
        assert!(matches!(bucket.get_range("b", None, 0, 1).await, Err(ObjectError::Missing)));
        assert!(matches!(bucket.get_range("a", Some("e"), 0, 1).await, Err(ObjectError::Replaced)));
        assert!(matches!(bucket.get_range("a", None, 0, 1).await, Err(ObjectError::Failed { .. })));
        let info = bucket.put("acme/c.csv", b"a,b".to_vec(), "text/csv").await.expect("written");
        assert_eq!((info.size, info.etag.as_str()), (3, "\"e2\""));
        let asked = server.asked();
        assert!(asked[2].starts_with("GET /uploads/acme/a.csv") && asked[2].contains("range: bytes=3-7"));
        assert!(asked[2].contains("if-match: \"e1\""));
        assert!(
            asked[7].ends_with("\r\n\r\na,b") && asked[7].contains("content-type: text/csv"),
            "{}",
            asked[7]
        );
    }
}
