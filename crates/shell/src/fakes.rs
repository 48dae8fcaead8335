//! The ports of this crate in memory, for tests and the simulation.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use carillon_domain::ports::{
    ObjectError, ObjectInfo, Objects, Outgoing, Presigned, Queue, QueueError, UploadTerms,
};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A queue that keeps what it is sent until it is taken.
#[derive(Debug, Default)]
pub struct MemoryQueue {
    messages: Mutex<Vec<Outgoing>>,
    refuse: Mutex<Vec<usize>>,
}

impl MemoryQueue {
    /// Everything sent since the last time, in order.
    pub fn take(&self) -> Vec<Outgoing> {
        std::mem::take(&mut lock(&self.messages))
    }

    /// Refuse these positions of the next `send`.
    pub fn refuse_next(&self, positions: Vec<usize>) {
        *lock(&self.refuse) = positions;
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        let refuse = std::mem::take(&mut *lock(&self.refuse));
        let mut unsent = Vec::new();
        let mut kept = lock(&self.messages);
        for (position, message) in messages.into_iter().enumerate() {
            if refuse.contains(&position) { unsent.push(position) } else { kept.push(message) }
        }
        if unsent.is_empty() { Ok(()) } else { Err(QueueError { unsent, source: None }) }
    }
}

/// Objects in a map. Presigned addresses have the scheme `memory` and lead nowhere.
#[derive(Debug, Default)]
pub struct MemoryObjects {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl MemoryObjects {
    /// An object's content.
    pub fn content(&self, key: &str) -> Option<Vec<u8>> {
        lock(&self.objects).get(key).cloned()
    }

    /// All keys, in order.
    pub fn keys(&self) -> Vec<String> {
        lock(&self.objects).keys().cloned().collect()
    }
}

fn info(bytes: &[u8]) -> ObjectInfo {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    ObjectInfo { size: bytes.len() as u64, etag: format!("\"{:016x}\"", hasher.finish()) }
}

#[async_trait]
impl Objects for MemoryObjects {
    async fn head(&self, key: &str) -> Result<Option<ObjectInfo>, ObjectError> {
        Ok(lock(&self.objects).get(key).map(|bytes| info(bytes)))
    }

    async fn get_range(
        &self,
        key: &str,
        etag: Option<&str>,
        from: u64,
        len: u64,
    ) -> Result<Vec<u8>, ObjectError> {
        let objects = lock(&self.objects);
        let bytes = objects.get(key).ok_or(ObjectError::Missing)?;
        if etag.is_some_and(|etag| etag != info(bytes).etag) {
            return Err(ObjectError::Replaced);
        }
        let position = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
        Ok(bytes[position(from)..position(from.saturating_add(len))].to_vec())
    }

    async fn put(&self, key: &str, bytes: Vec<u8>, _: &str) -> Result<ObjectInfo, ObjectError> {
        let info = info(&bytes);
        lock(&self.objects).insert(key.to_owned(), bytes);
        Ok(info)
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        lock(&self.objects).remove(key);
        Ok(())
    }

    async fn concat(
        &self,
        head: Vec<u8>,
        parts: &[String],
        key: &str,
        content_type: &str,
    ) -> Result<(), ObjectError> {
        let mut whole = head;
        for part in parts {
            whole.extend(self.content(part).ok_or(ObjectError::Missing)?);
        }
        self.put(key, whole, content_type).await.map(|_| ())
    }

    async fn presign_put(&self, key: &str, terms: &UploadTerms) -> Result<Presigned, ObjectError> {
        let headers = BTreeMap::from([
            ("content-length".to_owned(), terms.content_length.to_string()),
            ("content-type".to_owned(), terms.content_type.clone()),
        ]);
        Ok(Presigned { method: "PUT".into(), url: format!("memory://{key}"), headers })
    }

    async fn presign_get(&self, key: &str, _: Option<&str>, _: u32) -> Result<Presigned, ObjectError> {
        Ok(Presigned { method: "GET".into(), url: format!("memory://{key}"), headers: BTreeMap::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ranges_end_at_the_end_and_notice_a_replaced_object() {
        let objects = MemoryObjects::default();
        let info = objects.put("a", b"hello".to_vec(), "text/plain").await.expect("written");
        assert_eq!(objects.get_range("a", Some(&info.etag), 3, 10).await.expect("read"), b"lo");
        assert!(objects.get_range("a", None, 5, 1).await.expect("read").is_empty());
        assert!(matches!(objects.get_range("b", None, 0, 1).await, Err(ObjectError::Missing)));
        objects.put("a", b"other".to_vec(), "text/plain").await.expect("written");
        assert!(matches!(objects.get_range("a", Some(&info.etag), 0, 1).await, Err(ObjectError::Replaced)));
    }

    #[tokio::test]
    async fn a_queue_refuses_what_it_is_told_to() {
        let queue = MemoryQueue::default();
        queue.refuse_next(vec![1]);
        let message = |body: &str| Outgoing { body: body.into(), delay_seconds: 0, group: None };
        let error =
            queue.send(vec![message("a"), message("b"), message("c")]).await.expect_err("one refused");
        assert_eq!(error.unsent, [1]);
        assert_eq!(queue.take(), [message("a"), message("c")]);
    }
}
