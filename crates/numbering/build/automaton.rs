//! Numbering-plan patterns to one automaton over digits.
//!
//! Numbers are short, so the automaton has no loops but two sinks: states are built from the longest numbers backwards
//! and every state is shared with all states of the same behaviour ("hash-consing"), which makes it minimal.

use std::collections::HashMap;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// No number can follow: invalid, whatever comes.
pub(crate) const DEAD: u16 = 0;
/// The library has to be asked, whatever comes.
pub(crate) const ASK: u16 = 1;
/// Invalid as it stands, but it begins with a national prefix, so that what follows the prefix counts.
const STRIP: u16 = 2;
/// National significant numbers are at most this long (libphonenumber's own limit).
const LONGEST: usize = 17;

/// Beside the label: the library has to be asked about the number that ends in this state.
pub(crate) const ASK_FLAG: u16 = 0x8000;
/// Beside the label: the number begins with a national prefix.
pub(crate) const STRIP_FLAG: u16 = 0x4000;

/// A state: ten successors, and the label (0: no valid number ends here) with its flags.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) next: [u16; 10],
    pub(crate) label: u16,
}

/// All states of all plans.
pub(crate) struct Automaton {
    pub(crate) states: Vec<State>,
    shared: HashMap<State, u16>,
}

impl Automaton {
    pub(crate) fn new() -> Self {
        let dead = State { next: [DEAD; 10], label: 0 };
        let ask = State { next: [ASK; 10], label: ASK_FLAG };
        let strip = State { next: [STRIP; 10], label: STRIP_FLAG };
        Self {
            states: vec![dead, ask, strip],
            shared: HashMap::from([(dead, DEAD), (ask, ASK), (strip, STRIP)]),
        }
    }

    /// The state of this behaviour, made if it is new.
    pub(crate) fn state(&mut self, state: State) -> u16 {
        if let Some(id) = self.shared.get(&state) {
            return *id;
        }
        let id = u16::try_from(self.states.len()).expect("the tables use sixteen bits");
        self.states.push(state);
        self.shared.insert(state, id);
        id
    }

    /// Adds a set of patterns; `label` says what a text means that the given patterns match.
    pub(crate) fn add(&mut self, patterns: &Patterns, label: &mut dyn FnMut(&Matches) -> u16) -> u16 {
        let start = patterns.closure(patterns.starts.clone());
        self.build(patterns, start, 0, 0, &mut HashMap::new(), label)
    }

    fn build(
        &mut self,
        patterns: &Patterns,
        set: Vec<u32>,
        touched: u128,
        depth: usize,
        memo: &mut HashMap<(Vec<u32>, u128, usize), u16>,
        label: &mut dyn FnMut(&Matches) -> u16,
    ) -> u16 {
        let touched = touched | patterns.prefix_matches(&set, depth);
        let must_ask = touched & patterns.ask != 0;
        // Nothing can match any more, or the number is too long; unless the library would cut a prefix off first.
        if set.is_empty() || depth > LONGEST {
            let strip = touched & patterns.strip != 0;
            return if must_ask || !set.is_empty() {
                ASK
            } else if strip {
                STRIP
            } else {
                DEAD
            };
        }
        let key = (set, touched, depth);
        if let Some(id) = memo.get(&key) {
            return *id;
        }
        let (set, touched, depth) = key.clone();
        let matches = Matches { complete: patterns.complete_matches(&set), touched, length: depth };
        let is_touched = |set: u128| depth > 0 && (touched | matches.complete) & set != 0;
        let flag = if is_touched(patterns.ask) {
            ASK_FLAG
        } else if is_touched(patterns.strip) {
            STRIP_FLAG
        } else {
            0
        };
        let mut state = State { next: [DEAD; 10], label: label(&matches) | flag };
        for digit in 0..10 {
            let next = patterns.step(&set, digit);
            state.next[digit] = self.build(patterns, next, touched, depth + 1, memo, label);
        }
        let id = self.state(state);
        memo.insert(key, id);
        id
    }
}

/// Which patterns match a text: bit by bit, by the order of [`Patterns::add`].
pub(crate) struct Matches {
    /// Those that match all of it.
    pub(crate) complete: u128,
    /// Prefix patterns that match a beginning of it.
    pub(crate) touched: u128,
    /// Its length.
    pub(crate) length: usize,
}

enum Node {
    /// One digit of a set (bit by bit), then on.
    Digit(u16, u32),
    /// Any of these.
    Split(Vec<u32>),
    /// Only at the end of the text.
    End(u32),
    /// The pattern has matched.
    Match(u32),
}

/// A nondeterministic automaton of several patterns. More than 128 are more than any calling code needs, because
/// patterns that are the same in several regions are added once.
#[derive(Default)]
pub(crate) struct Patterns {
    nodes: Vec<Node>,
    starts: Vec<u32>,
    known: HashMap<(String, bool), u32>,
    /// Prefix patterns: they count as soon as they have matched at least one digit.
    prefixes: u128,
    /// Patterns whose match means that the library has to be asked.
    ask: u128,
    /// National prefixes.
    strip: u128,
}

impl Patterns {
    /// A pattern that has to match the whole text.
    pub(crate) fn add(&mut self, pattern: &str) -> u128 {
        self.insert(pattern, false)
    }

    /// A pattern that has to match a beginning of the text.
    pub(crate) fn add_prefix(&mut self, pattern: &str) -> u128 {
        self.insert(pattern, true)
    }

    /// A pattern that, matching a beginning of the text (and not just the empty one), calls for the library.
    pub(crate) fn add_ask(&mut self, pattern: &str) {
        self.ask |= self.insert(pattern, true);
    }

    /// A pattern that, matching the whole text, sets [`ASK_FLAG`].
    pub(crate) fn add_ask_complete(&mut self, pattern: &str) {
        self.ask |= self.insert(pattern, false);
    }

    /// A national prefix.
    pub(crate) fn add_strip(&mut self, pattern: &str) {
        self.strip |= self.insert(pattern, true);
    }

    fn insert(&mut self, pattern: &str, prefix: bool) -> u128 {
        let key = (pattern.to_owned(), prefix);
        if let Some(index) = self.known.get(&key) {
            return 1 << index;
        }
        let index = u32::try_from(self.starts.len()).expect("few");
        assert!(index < 128, "a calling code with more than 128 patterns");
        let hir =
            ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).expect("a valid pattern");
        let end = self.node(Node::Match(index));
        let start = self.compile(&hir, end);
        self.starts.push(start);
        self.known.insert(key, index);
        if prefix {
            self.prefixes |= 1 << index;
        }
        1 << index
    }

    fn node(&mut self, node: Node) -> u32 {
        self.nodes.push(node);
        u32::try_from(self.nodes.len() - 1).expect("few")
    }

    /// Nodes that match `hir` and then go on at `next`.
    fn compile(&mut self, hir: &Hir, next: u32) -> u32 {
        match hir.kind() {
            HirKind::Empty => next,
            HirKind::Literal(literal) => literal.0.iter().rev().fold(next, |next, byte| {
                // Anything but a digit never comes.
                let digit = if byte.is_ascii_digit() { 1 << (byte - b'0') } else { 0 };
                self.node(Node::Digit(digit, next))
            }),
            HirKind::Class(Class::Bytes(class)) => {
                let digits = (b'0'..=b'9')
                    .filter(|digit| class.ranges().iter().any(|r| (r.start()..=r.end()).contains(digit)));
                let set = digits.fold(0, |set, digit| set | 1 << (digit - b'0'));
                self.node(Node::Digit(set, next))
            }
            HirKind::Class(Class::Unicode(_)) => unreachable!("the parser is in byte mode"),
            HirKind::Look(Look::End) => self.node(Node::End(next)),
            HirKind::Look(look) => panic!("{look:?} is in no numbering plan so far"),
            HirKind::Capture(capture) => self.compile(&capture.sub, next),
            HirKind::Concat(parts) => parts.iter().rev().fold(next, |next, part| self.compile(part, next)),
            HirKind::Alternation(parts) => {
                let ways = parts.iter().map(|part| self.compile(part, next)).collect();
                self.node(Node::Split(ways))
            }
            HirKind::Repetition(repetition) => {
                let max = repetition.max.map_or(LONGEST + 1, |max| max as usize);
                let mut start = next;
                for _ in repetition.min as usize..max {
                    let once = self.compile(&repetition.sub, start);
                    start = self.node(Node::Split(vec![once, next]));
                }
                (0..repetition.min).fold(start, |next, _| self.compile(&repetition.sub, next))
            }
        }
    }

    /// All nodes that can be reached without a digit; ends are kept as they are.
    fn closure(&self, mut open: Vec<u32>) -> Vec<u32> {
        let mut set = Vec::new();
        while let Some(node) = open.pop() {
            if let Node::Split(ways) = &self.nodes[node as usize] {
                open.extend(ways);
            } else if !set.contains(&node) {
                set.push(node);
            }
        }
        set.sort_unstable();
        set
    }

    fn step(&self, set: &[u32], digit: usize) -> Vec<u32> {
        let next = set.iter().filter_map(|node| match self.nodes[*node as usize] {
            Node::Digit(digits, next) if digits & (1 << digit) != 0 => Some(next),
            Node::Digit(..) | Node::Split(_) | Node::End(_) | Node::Match(_) => None,
        });
        self.closure(next.collect())
    }

    fn prefix_matches(&self, set: &[u32], depth: usize) -> u128 {
        if depth == 0 {
            return 0;
        }
        set.iter().fold(0, |matches, node| match self.nodes[*node as usize] {
            Node::Match(index) => matches | (1 << index & self.prefixes),
            Node::Digit(..) | Node::Split(_) | Node::End(_) => matches,
        })
    }

    fn complete_matches(&self, set: &[u32]) -> u128 {
        let mut matches = 0;
        let mut open = set.to_vec();
        while let Some(node) = open.pop() {
            match &self.nodes[node as usize] {
                Node::Match(index) => matches |= 1 << index,
                Node::End(next) => open.push(*next),
                Node::Split(ways) => open.extend(ways),
                Node::Digit(..) => {}
            }
        }
        matches
    }
}
