use std::collections::BTreeMap;

use crate::Dice;

/// What a disk writes as one: it holds the old bytes or the new ones, never a mix.
pub const SECTOR: usize = 512;

#[derive(Debug, Clone)]
enum Op {
    Write { offset: usize, data: Vec<u8> },
    Truncate { len: usize },
}

/// One file: what the program sees, what is certainly on the disk, and what was done in between.
#[derive(Debug, Clone, Default)]
pub struct File {
    content: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Op>,
    /// Its name is certainly in the folder.
    pub named: bool,
}

impl File {
    /// A file as it lies after a start of the machine.
    pub fn at_rest(content: Vec<u8>) -> Self {
        Self { durable: content.clone(), content, pending: Vec::new(), named: true }
    }

    pub fn content(&self) -> &[u8] {
        &self.content
    }

    pub fn len(&self) -> usize {
        self.content.len()
    }

    /// Fills the buffer from `offset` and answers how many bytes there were.
    pub fn read(&self, offset: usize, buffer: &mut [u8]) -> usize {
        let there = self.content.get(offset..).unwrap_or(&[]);
        let many = there.len().min(buffer.len());
        buffer[..many].copy_from_slice(&there[..many]);
        many
    }

    pub fn write(&mut self, offset: usize, data: &[u8]) {
        let op = Op::Write { offset, data: data.to_vec() };
        apply(&mut self.content, &op);
        self.pending.push(op);
    }

    pub fn truncate(&mut self, len: usize) {
        let op = Op::Truncate { len };
        apply(&mut self.content, &op);
        self.pending.push(op);
    }

    /// All that was done is on the disk now. What a failed sync lost stays lost: only bytes
    /// written since are brought to the disk.
    pub fn sync(&mut self) {
        for op in std::mem::take(&mut self.pending) {
            apply(&mut self.durable, &op);
        }
        self.named = true;
    }

    /// A sync that failed, as Linux does it: the program goes on seeing what it wrote, part of it
    /// may have reached the disk, and no later sync brings the rest.
    pub fn fail_sync(&mut self, dice: &mut Dice) {
        self.durable = self.survivor(dice, false);
        self.pending.clear();
    }

    /// What a power cut leaves. Every sector that was touched since the last sync holds any of
    /// the versions it had since then, each sector for itself. With `blots`, a sector that was
    /// being written may also hold rubbish, its synced bytes with it.
    pub fn survivor(&self, dice: &mut Dice, blots: bool) -> Vec<u8> {
        if self.pending.is_empty() {
            return self.durable.clone();
        }
        let manner = Manner::roll(dice, self.pending.len());
        let (touched, lens) = self.history();
        let mut left = self.durable.clone();
        left.resize(lens.iter().copied().max().unwrap_or(0), 0);
        for (sector, ops) in touched {
            let kept = manner.kept(dice, &ops);
            let from = sector * SECTOR;
            let to = (from + SECTOR).min(left.len());
            let bytes = left.get_mut(from..to).unwrap_or(&mut []);
            for op in ops.iter().take(kept).filter_map(|place| self.pending.get(*place)) {
                apply_to_sector(bytes, from, op);
            }
            if blots && manner.tears() && dice.once_in(4) {
                bytes.fill_with(|| dice.roll().to_le_bytes()[0]);
            }
        }
        left.resize(manner.len(dice, &lens), 0);
        left
    }

    /// Which operations touched which sector, and how long the file was before and after each.
    fn history(&self) -> (BTreeMap<usize, Vec<usize>>, Vec<usize>) {
        let mut touched: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut len = self.durable.len();
        let mut lens = vec![len];
        for (place, op) in self.pending.iter().enumerate() {
            let (from, to) = match op {
                Op::Write { offset, data } => (*offset, offset + data.len()),
                Op::Truncate { len: cut } => (*cut, len.max(*cut)),
            };
            for sector in from / SECTOR..to.div_ceil(SECTOR) {
                touched.entry(sector).or_default().push(place);
            }
            len = match op {
                Op::Write { .. } => len.max(to),
                Op::Truncate { len: cut } => *cut,
            };
            lens.push(len);
        }
        (touched, lens)
    }
}

/// How a power cut falls on one file.
enum Manner {
    Nothing,
    Everything,
    /// What was done first is kept, and a part of the operation at this place.
    Until(usize),
    /// Every sector for itself.
    Scattered,
}

impl Manner {
    fn roll(dice: &mut Dice, ops: usize) -> Self {
        match dice.below(5) {
            0 => Self::Nothing,
            1 => Self::Everything,
            2 => Self::Until(dice.below(ops)),
            _ => Self::Scattered,
        }
    }

    fn tears(&self) -> bool {
        matches!(self, Self::Until(_) | Self::Scattered)
    }

    /// How many of the operations that touched a sector reached it.
    fn kept(&self, dice: &mut Dice, ops: &[usize]) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Everything => ops.len(),
            Self::Until(last) => {
                let before = ops.iter().filter(|place| *place < last).count();
                before + usize::from(ops.contains(last) && dice.once_in(2))
            }
            Self::Scattered => dice.below(ops.len() + 1),
        }
    }

    fn len(&self, dice: &mut Dice, lens: &[usize]) -> usize {
        let place = match self {
            Self::Nothing => 0,
            Self::Everything => lens.len().saturating_sub(1),
            Self::Until(last) => last + dice.below(2),
            Self::Scattered => dice.below(lens.len()),
        };
        lens.get(place).copied().unwrap_or(0)
    }
}

fn apply(bytes: &mut Vec<u8>, op: &Op) {
    match op {
        Op::Write { offset, data } => {
            let end = offset + data.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[*offset..end].copy_from_slice(data);
        }
        Op::Truncate { len } => bytes.resize(*len, 0),
    }
}

/// The part of an operation that falls on the sector that begins at `from`.
fn apply_to_sector(sector: &mut [u8], from: usize, op: &Op) {
    for (place, byte) in sector.iter_mut().enumerate() {
        let at = from + place;
        match op {
            Op::Write { offset, data } => {
                let new = at.checked_sub(*offset).and_then(|at| data.get(at));
                *byte = new.copied().unwrap_or(*byte);
            }
            Op::Truncate { len } if at >= *len => *byte = 0,
            Op::Truncate { .. } => {}
        }
    }
}
