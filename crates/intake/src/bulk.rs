//! A whole file at the speed of the hardware: the dry run.
//!
//! Threads take turns at reading: each takes a block, cuts it at a record's end, and leaves the rest to the next. They
//! parse and check their blocks side by side, and report in the order of the file, so that of two rows with one number
//! the later is the duplicate, whoever was faster.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use memchr::{memchr, memrchr, memrchr2};

use crate::check::Checker;
use crate::counts::Counts;
use crate::error::{DuplicateOf, Reason, RowReject};
use crate::format::Encoding;
use crate::format::Format;
use crate::plan::Plan;
use crate::scan::{Cursor, Event, Limits, Parser};
use crate::seen::{Seen, Sighting};
use crate::utf16::Utf16;

/// What a dry run found.
#[derive(Debug, Default, PartialEq)]
pub struct DryRun {
    /// The rows. Duplicates are those within the file, suppressed those whose do-not-call column says yes.
    pub counts: Counts,
    /// How many rows were refused for which reason, by [`Reason::code`]. Of several reasons the first counts.
    pub reasons: BTreeMap<&'static str, u64>,
    /// The first rejects, in the order of the file.
    pub rejects: Vec<RowReject>,
    /// The file has more different numbers than were to be remembered, so duplicates may have been missed.
    pub duplicates_may_be_missing: bool,
}

/// How much a dry run may use.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Threads that parse.
    pub threads: NonZeroUsize,
    /// Numbers to remember in search of duplicates, at 16 to 24 bytes each.
    pub numbers_max: usize,
    /// Rejects to return; all are counted.
    pub rejects_max: usize,
}

impl Default for Effort {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self { threads, numbers_max: 4_000_000, rejects_max: 1_000 }
    }
}

/// Reads a file from the plan's start on and says what an import of it would give, but for what only the table knows.
///
/// # Errors
/// Those of the source.
pub fn dry_run(plan: &Plan, source: impl Read + Send, effort: Effort) -> io::Result<DryRun> {
    let utf8 = Format { encoding: Encoding::Utf8, ..*plan.format() };
    match plan.format().encoding {
        Encoding::Ascii | Encoding::Utf8 | Encoding::Windows1252 => run(plan, *plan.format(), source, effort),
        Encoding::Utf16Le => run(plan, utf8, Transcoded::new(source, false), effort),
        Encoding::Utf16Be => run(plan, utf8, Transcoded::new(source, true), effort),
    }
}

fn run(plan: &Plan, format: Format, source: impl Read + Send, effort: Effort) -> io::Result<DryRun> {
    let reader = Mutex::new(Blocks { format, source, rest: Vec::new(), tickets: 0, ended: false });
    let merged = Mutex::new(Merged {
        next: 0,
        seen: Seen::with_limit(effort.numbers_max),
        found: DryRun::default(),
        line: 0,
    });
    let turn = Condvar::new();
    // How many rejects a block need describe: none once there are enough of earlier blocks.
    let wanted = AtomicUsize::new(effort.rejects_max);
    let work = || -> io::Result<()> {
        let checker = Checker::new(plan.columns(), plan.default_country(), format.encoding);
        let mut spare = Vec::new();
        loop {
            let next = reader
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next_block(std::mem::take(&mut spare))?;
            let Some((ticket, block)) = next else { return Ok(()) };
            let part;
            (part, spare) = Part::of(plan, &format, &checker, block, wanted.load(Ordering::Relaxed));
            let mut merged = turn
                .wait_while(merged.lock().unwrap_or_else(PoisonError::into_inner), |merged| {
                    merged.next != ticket
                })
                .unwrap_or_else(PoisonError::into_inner);
            merged.take(part, effort.rejects_max);
            if merged.found.rejects.len() >= effort.rejects_max {
                wanted.store(0, Ordering::Relaxed);
            }
            turn.notify_all();
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..effort.threads.get()).map(|_| scope.spawn(work)).collect();
        let own = work();
        others.into_iter().fold(own, |result, thread| {
            result.and(thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread died"))))
        })
    })?;
    Ok(merged.into_inner().unwrap_or_else(PoisonError::into_inner).found)
}

/// One block's findings, rows and lines counted from its beginning.
struct Part {
    /// Sound numbers in order, as 64-bit keys.
    keys: Vec<u64>,
    invalid: u64,
    suppressed: u64,
    lines: u64,
    reasons: BTreeMap<&'static str, u64>,
    rejects: Vec<RowReject>,
}

impl Part {
    fn of(
        plan: &Plan,
        format: &Format,
        checker: &Checker<'_>,
        block: Block,
        rejects_max: usize,
    ) -> (Self, Vec<u8>) {
        let mut part = Self {
            keys: Vec::new(),
            invalid: 0,
            suppressed: 0,
            lines: 0,
            reasons: BTreeMap::new(),
            rejects: Vec::new(),
        };
        let start = Cursor { offset: 0, row: 0, line: 1 };
        let mut parser = match block {
            Block::Refused { reason, lines } => {
                part.lines = lines;
                part.refuse(vec![RowReject::of_row(1, 1, reason)], rejects_max);
                return (part, Vec::new());
            }
            Block::Records(bytes) => {
                part.keys.reserve(bytes.len() / 64);
                Parser::over(format, Limits::default(), start, bytes)
            }
        };
        while let Some(event) = parser.next_event() {
            match event {
                Event::Refused { row, line, reason } => {
                    part.refuse(vec![RowReject::of_row(row, line, reason)], rejects_max)
                }
                Event::Record(record) => match checker.check(&record) {
                    Ok(checked) if checked.do_not_call => part.suppressed += 1,
                    Ok(checked) => part.keys.push(Seen::key(checked.number.as_str())),
                    // Once no more rejects are wanted in detail, the number's is enough.
                    Err(Some(Err(reject))) if rejects_max == 0 => part.count_invalid(reject.code()),
                    Err(number) => match plan.lead_given(&record, number) {
                        Err(rejects) => part.refuse(rejects, rejects_max),
                        Ok(lead) if lead.person.do_not_call => part.suppressed += 1,
                        Ok(lead) => part.keys.push(Seen::key(lead.number.e164.as_str())),
                    },
                },
            }
        }
        part.lines = parser.cursor().line - 1;
        (part, parser.into_buffer())
    }

    fn refuse(&mut self, rejects: Vec<RowReject>, rejects_max: usize) {
        if let Some(first) = rejects.first() {
            self.count_invalid(first.reason.code());
        }
        if self.rejects.len() < rejects_max {
            self.rejects.extend(rejects);
        }
    }

    fn count_invalid(&mut self, code: &'static str) {
        self.invalid += 1;
        *self.reasons.entry(code).or_default() += 1;
    }
}

/// What has been reported so far.
struct Merged {
    next: u64,
    seen: Seen,
    found: DryRun,
    line: u64,
}

impl Merged {
    fn take(&mut self, part: Part, rejects_max: usize) {
        let found = &mut self.found;
        let rows_before = found.counts.rows;
        self.seen.insert_keys(&part.keys, |sighting| match sighting {
            Sighting::First => found.counts.valid(),
            Sighting::Again => found.counts.duplicate(DuplicateOf::File),
            Sighting::Forgotten => {
                found.counts.valid();
                found.duplicates_may_be_missing = true;
            }
        });
        (0..part.invalid).for_each(|_| found.counts.invalid());
        (0..part.suppressed).for_each(|_| found.counts.suppressed());
        for (code, count) in part.reasons {
            *found.reasons.entry(code).or_default() += count;
        }
        let room = rejects_max.saturating_sub(found.rejects.len());
        found.rejects.extend(part.rejects.into_iter().take(room).map(|mut reject| {
            reject.row += rows_before;
            reject.line += self.line;
            reject
        }));
        self.line += part.lines;
        self.next += 1;
    }
}

enum Block {
    /// Whole records.
    Records(Vec<u8>),
    /// One record that is too long to be kept, already walked over.
    Refused { reason: Reason, lines: u64 },
}

/// The source, cut into blocks of whole records.
struct Blocks<R> {
    format: Format,
    source: R,
    /// Read, but after the last block's end.
    rest: Vec<u8>,
    tickets: u64,
    ended: bool,
}

const BLOCK_BYTES: usize = 256 << 10;

impl<R: Read> Blocks<R> {
    /// A block and its place in the file. `spare` is a buffer to use for it.
    fn next_block(&mut self, spare: Vec<u8>) -> io::Result<Option<(u64, Block)>> {
        let block = self.cut(spare)?;
        Ok(block.map(|block| {
            self.tickets += 1;
            (self.tickets - 1, block)
        }))
    }

    fn cut(&mut self, mut block: Vec<u8>) -> io::Result<Option<Block>> {
        block.clear();
        block.append(&mut self.rest);
        let mut wanted = BLOCK_BYTES;
        loop {
            self.fill(&mut block, wanted)?;
            if block.is_empty() {
                return Ok(None);
            }
            if self.ended {
                return Ok(Some(Block::Records(block)));
            }
            if let Some(end) = self.records_end(&block) {
                self.rest.extend_from_slice(&block[end..]);
                block.truncate(end);
                return Ok(Some(Block::Records(block)));
            }
            if block.len() > 2 * Limits::default().record_bytes_max {
                return self.walk_over(&block).map(Some);
            }
            wanted *= 2;
        }
    }

    fn fill(&mut self, block: &mut Vec<u8>, wanted: usize) -> io::Result<()> {
        let missing = wanted.saturating_sub(block.len());
        if missing == 0 || self.ended {
            return Ok(());
        }
        block.reserve(missing);
        let read = self.source.by_ref().take(missing as u64).read_to_end(block)?;
        self.ended = read < missing;
        Ok(())
    }

    /// The end of the last record that ends within the block.
    fn records_end(&self, block: &[u8]) -> Option<usize> {
        let mut at = 0;
        let mut end = block.len();
        while let Some(quote) = memchr(b'"', &block[at..]).map(|found| at + found) {
            let opens = quote == 0
                || matches!(block[quote - 1], b'\n' | b'\r')
                || block[quote - 1] == self.format.delimiter;
            at = quote + 1;
            if !opens {
                continue;
            }
            match after_quotes(block, at) {
                Some(after) => at = after,
                None => {
                    end = quote;
                    break;
                }
            }
        }
        // Not at a CR that ends the block: its LF may follow.
        memrchr(b'\n', &block[..end]).map(|at| at + 1).or_else(|| {
            let end = end.min(block.len() - 1);
            memrchr2(b'\r', b'\r', &block[..end]).map(|at| at + 1)
        })
    }

    /// Walks over the record at the beginning of the block with flat memory.
    fn walk_over(&mut self, block: &[u8]) -> io::Result<Block> {
        let mut parser = Parser::new(&self.format, Limits::default(), Cursor { offset: 0, row: 0, line: 1 });
        parser.push(block);
        let mut chunk = vec![0; BLOCK_BYTES];
        loop {
            let event = parser.next_event().map(|event| match event {
                Event::Refused { reason, .. } => reason,
                Event::Record(_) => Reason::RecordTooLong,
            });
            if let Some(reason) = event {
                let lines = parser.cursor().line - 1;
                self.rest = parser.into_rest();
                return Ok(Block::Refused { reason, lines });
            }
            let read = self.source.read(&mut chunk)?;
            if read == 0 {
                self.ended = true;
                parser.finish();
            } else {
                parser.push(&chunk[..read]);
            }
        }
    }
}

/// Where a quoted field that began before `at` has been closed; `None` if that is not certain within the block.
fn after_quotes(block: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let quote = at + memchr(b'"', &block[at..])?;
        match block.get(quote + 1)? {
            b'"' => at = quote + 2,
            _ => return Some(quote + 1),
        }
    }
}

/// UTF-16 read as UTF-8.
struct Transcoded<R> {
    source: R,
    decoder: Utf16,
    chunk: Vec<u8>,
    ready: Vec<u8>,
    taken: usize,
}

impl<R> Transcoded<R> {
    fn new(source: R, big_endian: bool) -> Self {
        Self {
            source,
            decoder: Utf16::new(big_endian),
            chunk: vec![0; 64 << 10],
            ready: Vec::new(),
            taken: 0,
        }
    }
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.ready.len() {
            self.ready.clear();
            self.taken = 0;
            let read = self.source.read(&mut self.chunk)?;
            if read == 0 {
                self.decoder.finish(&mut self.ready);
                if self.ready.is_empty() {
                    return Ok(0);
                }
            }
            self.decoder.push(&self.chunk[..read], &mut self.ready);
        }
        let len = out.len().min(self.ready.len() - self.taken);
        out[..len].copy_from_slice(&self.ready[self.taken..self.taken + len]);
        self.taken += len;
        Ok(len)
    }
}
